import { formatIpv4, parseIpv4 } from '../../daemons/wire/address.ts'
import type { Finding } from '../config-problem.ts'
import { hostRange, rangeContains, rangesOverlap } from '../pieces/ipv4-range.ts'
import type { WrittenDhcp } from '../sections/dhcp.ts'
import type { WrittenSubnet } from '../sections/dhcp-subnet.ts'
import { checkSubnet, type PlaceOf } from './dhcp-subnet.ts'

/** What is wrong in `[dhcp]` as a whole. */
export function checkDhcp(section: WrittenDhcp): Finding[] {
  const findings: Finding[] = []
  if (section.interfaces.length === 0 && section.listen.length === 0)
    findings.push({
      path: ['dhcp'],
      message: 'must be reachable: give interfaces, or listen for relay agents, or both',
    })
  if (section.subnet.length === 0)
    findings.push({ path: ['dhcp', 'subnet'], message: 'is missing; give at least one [[dhcp.subnet]]' })
  for (const [index, name] of section.interfaces.entries())
    if (section.interfaces.indexOf(name) < index)
      findings.push({ path: ['dhcp', 'interfaces', index], message: `"${name}" is given twice` })
  const subnets = section.subnet.map((subnet, index): PlacedSubnet => ({ index, subnet, placeOf: (_, at) => at }))
  return [...findings, ...checkSubnets(subnets, parseIpv4(section.server_id ?? ''))]
}

/** A subnet with its place in the file. */
export interface PlacedSubnet {
  readonly index: number
  readonly subnet: WrittenSubnet
  readonly placeOf: PlaceOf
}

/**
 * What is wrong within subnets, and between them.
 *
 * @param server the address of the server, where it is configured
 */
export function checkSubnets(subnets: readonly PlacedSubnet[], server: number | null): Finding[] {
  return subnets.flatMap(({ index, subnet, placeOf }, order) => {
    const path = ['dhcp', 'subnet', index]
    const other = subnets.slice(0, order).find((earlier) => rangesOverlap(earlier.subnet.subnet, subnet.subnet))
    const overlap = other === undefined ? [] : [{ path: [...path, 'subnet'], message: overlapText(other.subnet) }]
    const pool =
      server === null ? -1 : subnet.pools.findIndex((one) => rangesOverlap(one, { first: server, last: server }))
    const taken = `must not hold ${formatIpv4(server ?? 0)}, the address of the server`
    return [
      ...overlap,
      ...checkSubnet(subnet, path, placeOf),
      ...(pool < 0 ? [] : [{ path: [...path, 'pools', placeOf('pools', pool)], message: taken }]),
    ]
  })
}

function overlapText({ subnet }: WrittenSubnet): string {
  return `must not overlap the subnet ${formatIpv4(subnet.first)}/${subnet.bits}`
}

/** What is legal in `[dhcp]` but hardly meant; `served` names the services that are enabled. */
export function warnDhcp(section: WrittenDhcp, served: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = []
  for (const [index, subnet] of section.subnet.entries()) {
    const path = ['dhcp', 'subnet', index]
    if (subnet.pools.length === 0 && subnet.reservation.length === 0)
      findings.push({ path, message: 'has neither pools nor reservations: no client will get an address' })
    for (const [key, service] of [
      ['ntp', 'ntp'],
      ['log', 'syslog'],
      ['lpr', 'lpd'],
    ] as const)
      if (subnet[key] === 'self' && !served.has(service))
        findings.push({
          path: [...path, key],
          message: `sends clients to this machine, where ${service} is not served`,
        })
    for (const [position, router] of subnet.routers.entries()) {
      const address = parseIpv4(router) ?? 0
      if (!rangeContains(hostRange(subnet.subnet), { first: address, last: address }))
        findings.push({
          path: [...path, 'routers', position],
          message: `lies outside of the subnet: a client does not reach ${router} without a route of its own`,
        })
      if (subnet.pools.some((pool) => rangesOverlap(pool, { first: address, last: address })))
        findings.push({ path: [...path, 'routers', position], message: `lies in a pool: a client could get ${router}` })
    }
  }
  return findings
}
