import { formatIpv4, parseIpv4 } from '../../daemons/wire/address.ts'
import type { Finding } from '../config-problem.ts'
import { rangesOverlap } from '../pieces/ipv4-range.ts'
import { networkOf, type WrittenDhcp } from '../sections/dhcp.ts'
import type { WrittenSubnet } from '../sections/dhcp-subnet.ts'
import { checkClasses } from './dhcp-classes.ts'
import { checkNetworks } from './dhcp-networks.ts'
import { checkOptionCodes, checkOwnTimes } from './dhcp-settings.ts'
import { checkSubnet, type PlacedSubnet } from './dhcp-subnet.ts'
import { checkSubnets6 } from './dhcp-subnets6.ts'

/** What is wrong in `[dhcp]` as a whole. */
export function checkDhcp(section: WrittenDhcp): Finding[] {
  const findings: Finding[] = []
  if (section.interfaces.length === 0 && section.listen.length === 0)
    findings.push({
      path: ['dhcp'],
      message: 'must be reachable: give interfaces, or listen for relay agents, or both',
    })
  if (section.subnet.length === 0 && section.subnet6.length === 0)
    findings.push({ path: ['dhcp', 'subnet'], message: 'is missing; give at least one [[dhcp.subnet]]' })
  for (const [index, name] of section.interfaces.entries())
    if (section.interfaces.indexOf(name) < index)
      findings.push({ path: ['dhcp', 'interfaces', index], message: `"${name}" is given twice` })
  const subnets = section.subnet.map((subnet, index): PlacedSubnet => {
    const network = networkOf(section, subnet)
    const below = network === undefined ? [section] : [network, section]
    return { index, subnet, placeOf: (_, at) => at, below }
  })
  for (const [index, name] of section.trusted_links.entries())
    if (!section.interfaces.includes(name))
      findings.push({ path: ['dhcp', 'trusted_links', index], message: `"${name}" is none of interfaces` })
  return [
    ...findings,
    ...checkListen(section),
    ...checkOwnTimes(section, ['dhcp']),
    ...checkOptionCodes(section.options, ['dhcp']),
    ...checkClasses(section),
    ...checkNetworks(section),
    ...checkSubnets(subnets, parseIpv4(section.server_id ?? '')),
    ...checkSubnets6(section),
  ]
}

const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

function checkListen({ listen, interfaces, subnet6 }: WrittenDhcp): Finding[] {
  const hasDhcp6 = subnet6.some(({ mode }) => mode !== 'slaac')
  return listen.flatMap((url, index): Finding[] => {
    const host = 'host' in url ? url.host : ''
    const path = ['dhcp', 'listen', index]
    if (host.includes(':') && !hasDhcp6)
      return [{ path, message: 'must be an IPv4 address: relays of DHCPv4 have no other' }]
    if (!ANY.has(host) || interfaces.length === 0) return []
    const message = `must be the address that relays write to: ${host} hears what clients on interfaces broadcast, too`
    return [{ path, message }]
  })
}

/**
 * What is wrong within subnets, and between them.
 *
 * @param server the address of the server, where it is configured
 */
export function checkSubnets(subnets: readonly PlacedSubnet[], server: number | null): Finding[] {
  return subnets.flatMap((placed, order) => {
    const { index, subnet, placeOf } = placed
    const path = ['dhcp', 'subnet', index]
    const other = subnets.slice(0, order).find((earlier) => rangesOverlap(earlier.subnet.subnet, subnet.subnet))
    const overlap = other === undefined ? [] : [{ path: [...path, 'subnet'], message: overlapText(other.subnet) }]
    const pool =
      server === null ? -1 : subnet.pools.findIndex((one) => rangesOverlap(one, { first: server, last: server }))
    const taken = `must not hold ${formatIpv4(server ?? 0)}, the address of the server`
    return [
      ...overlap,
      ...checkSubnet(placed, path),
      ...(pool < 0 ? [] : [{ path: [...path, 'pools', placeOf('pools', pool)], message: taken }]),
    ]
  })
}

function overlapText({ subnet }: WrittenSubnet): string {
  return `must not overlap the subnet ${formatIpv4(subnet.first)}/${subnet.bits}`
}
