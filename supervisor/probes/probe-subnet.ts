import type { DhcpSection } from '../../daemons/dhcp/section.ts'
import { formatAddress, formatIpv4, parseIpv4, parsePrefix } from '../../daemons/wire/address.ts'

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

/**
 * The same of DHCPv6: the first subnet with a pool, or else the first that is served; the relay is its first address, which is
 * that of all routers.
 *
 * @rfc 4291 section 2.6.1
 */
export function chooseProbeSubnet6({ subnets6 }: Pick<DhcpSection, 'subnets6'>): ProbeSubnet | null {
  const served = subnets6.filter(({ mode }) => mode !== 'slaac')
  const chosen = served.find(({ pools }) => pools.length > 0) ?? served[0]
  const prefix = chosen === undefined ? null : parsePrefix(chosen.subnet)
  if (chosen === undefined || prefix === null) return null
  return { giaddr: formatAddress(prefix.bytes, 16), wants: chosen.pools.length > 0 ? 'address' : 'settings' }
}
