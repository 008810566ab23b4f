import { formatIpv4, parseIpv4 } from '../../daemons/wire/address.ts'
import type { Finding, KeyPath } from '../config-problem.ts'
import { rangesOverlap } from '../pieces/ipv4-range.ts'
import type { WrittenDhcp } from '../sections/dhcp.ts'
import type { WrittenSubnet } from '../sections/dhcp-subnet.ts'
import { checkSubnet } from './dhcp-subnet.ts'

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
  for (const [index, subnet] of section.subnet.entries()) {
    const path = ['dhcp', 'subnet', index]
    const other = section.subnet.slice(0, index).find((earlier) => rangesOverlap(earlier.subnet, subnet.subnet))
    if (other !== undefined) {
      const written = `${formatIpv4(other.subnet.first)}/${other.subnet.bits}`
      findings.push({ path: [...path, 'subnet'], message: `must not overlap the subnet ${written}` })
    }
    findings.push(...checkSubnet(subnet, path), ...checkServerId(section, subnet, path))
  }
  return findings
}

function checkServerId(section: WrittenDhcp, subnet: WrittenSubnet, path: KeyPath): Finding[] {
  const server = parseIpv4(section.server_id ?? '')
  if (server === null) return []
  const index = subnet.pools.findIndex((pool) => rangesOverlap(pool, { first: server, last: server }))
  if (index < 0) return []
  return [{ path: [...path, 'pools', index], message: `must not hold ${section.server_id}, the address of the server` }]
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
      if (subnet.pools.some((pool) => rangesOverlap(pool, { first: address, last: address })))
        findings.push({ path: [...path, 'routers', position], message: `lies in a pool: a client could get ${router}` })
    }
  }
  return findings
}
