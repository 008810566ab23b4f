import * as v from 'valibot'
import type { DhcpLimits } from '../../daemons/dhcp/section.ts'
import { table, whole } from '../pieces/piece.ts'

const MOST = 1_000_000

/** `[dhcp.limits]`. */
export const dhcpLimitsSchema = table('What one client, port or link may have; 0 = without limit.', {
  per_mac: v.optional(whole('Messages in a second of one hardware address.', 0, MOST), 100),
  per_port: v.optional(
    whole('Messages in a second of one port behind a relay (option 82), from clients without a lease.', 0, MOST),
    1000,
  ),
  per_link: v.optional(
    whole('Messages in a second of one interface or relay, from clients without a lease.', 0, MOST),
    0,
  ),
  leases_per_port: v.optional(whole('Leases at a time of one port behind a relay (option 82).', 0, MOST), 0),
})

type WrittenLimits = v.InferOutput<typeof dhcpLimitsSchema>

/** Names them as the daemon does. */
export function buildLimits(limits: WrittenLimits): DhcpLimits {
  const { per_mac: perMac, per_port: perPort, per_link: perLink, leases_per_port: leasesPerPort } = limits
  return { perMac, perPort, perLink, leasesPerPort }
}
