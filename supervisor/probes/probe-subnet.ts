import type { DhcpSection } from '../../daemons/dhcp/section.ts'
import { formatIpv4, parseIpv4 } from '../../daemons/wire/address.ts'

/** Where a DHCP probe claims to come from, and what it asks for there. */
export interface ProbeSubnet {
  /** Address of the relay that it claims to be, inside of the subnet. */
  readonly giaddr: string
  /** `settings` where only reserved clients get an address: there nobody else can be offered one. */
  readonly wants: 'address' | 'settings'
}

/** Chooses the first subnet with a pool for any client, or else the first; the relay is its first host, which every subnet has. */
export function chooseProbeSubnet({ subnets }: Pick<DhcpSection, 'subnets'>): ProbeSubnet | null {
  const open = ({ pools }: (typeof subnets)[number]): boolean => pools.some(({ classes }) => classes === undefined)
  const chosen = subnets.find(open) ?? subnets[0]
  if (chosen === undefined) return null
  const [network = '', bits = ''] = chosen.subnet.split('/')
  // RFC 3021: in networks of one or two addresses the first is a host.
  const host = (parseIpv4(network) ?? 0) + (Number(bits) < 31 ? 1 : 0)
  return { giaddr: formatIpv4(host), wants: open(chosen) ? 'address' : 'settings' }
}
