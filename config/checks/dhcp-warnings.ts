import { parseIpv4 } from '../../daemons/wire/address.ts'
import type { Finding, KeyPath } from '../config-problem.ts'
import { hasDefaultRoute } from '../dhcp-options/classless-routes.ts'
import { hostRange, rangeContains, rangesOverlap } from '../pieces/ipv4-range.ts'
import type { WrittenDhcp } from '../sections/dhcp.ts'
import type { WrittenSettings } from '../sections/dhcp-settings.ts'
import type { WrittenSubnet } from '../sections/dhcp-subnet.ts'
import { warnSubnets6 } from './dhcp-subnets6.ts'

const CLASSLESS_ROUTES = 121

/** What is legal in `[dhcp]` but hardly meant; `served` names the services that are enabled. */
export function warnDhcp(section: WrittenDhcp, served: ReadonlySet<string>): Finding[] {
  const levels: readonly (readonly [KeyPath, WrittenSettings])[] = [
    [['dhcp'], section],
    ...section.class.map((one, at) => [['dhcp', 'class', at], one] as const),
    ...section.shared_network.map((one, at) => [['dhcp', 'shared_network', at], one] as const),
    ...section.subnet.flatMap((subnet, index) => levelsOf(subnet, ['dhcp', 'subnet', index])),
  ]
  return [
    ...levels.flatMap(([path, level]) => [...warnSelf(level, path, served), ...warnRouters(level, path)]),
    ...(levels.some(([, level]) => level.next_server !== undefined) ? [] : levels.flatMap(warnBoot)),
    ...warnSubnets6(section, served),
    ...section.subnet.flatMap((subnet, index) => warnSubnet(subnet, ['dhcp', 'subnet', index])),
  ]
}

function levelsOf(subnet: WrittenSubnet, path: KeyPath): (readonly [KeyPath, WrittenSettings])[] {
  return [
    [path, subnet],
    ...subnet.pools.map(({ settings }, at) => [[...path, 'pools', at], settings] as const),
    ...subnet.reservation.map((one, at) => [[...path, 'reservation', at], one] as const),
  ]
}

function warnSelf(level: WrittenSettings, path: KeyPath, served: ReadonlySet<string>): Finding[] {
  const keys = [
    ['ntp', 'ntp'],
    ['log', 'syslog'],
    ['lpr', 'lpd'],
  ] as const
  return keys.flatMap(([key, service]) =>
    level[key] === 'self' && !served.has(service)
      ? [{ path: [...path, key], message: `is left out: ${service} is not served by this machine` }]
      : [],
  )
}

function warnRouters(level: WrittenSettings, path: KeyPath): Finding[] {
  const routes = level.options?.find(({ code }) => code === CLASSLESS_ROUTES)
  const isBare = routes !== undefined && !hasDefaultRoute(Buffer.from(routes.hex, 'hex'))
  if (!isBare || level.routers === undefined || level.routers.length === 0) return []
  const message = 'do not reach clients that take classless-static-routes (RFC 3442): add "default via …" to those'
  return [{ path: [...path, 'routers'], message }]
}

/** For files that are no URLs, where no level says on which machine they lie. */
function warnBoot([path, level]: readonly [KeyPath, WrittenSettings]): Finding[] {
  const files: readonly (readonly [KeyPath, unknown])[] = [
    [['boot_file'], level.boot_file],
    ...Object.entries(level.boot_files ?? {}).map(([name, file]) => [['boot_files', name], file] as const),
  ]
  const message = 'has no next_server beside it or below: clients do not learn where it lies'
  return files.flatMap(([key, file]) =>
    typeof file === 'string' && !/^[a-z]+:\/\//i.test(file) ? [{ path: [...path, ...key], message }] : [],
  )
}

function warnSubnet(subnet: WrittenSubnet, path: KeyPath): Finding[] {
  const findings: Finding[] = []
  if (subnet.pools.length === 0 && subnet.reservation.length === 0)
    findings.push({ path, message: 'has neither pools nor reservations: no client will get an address' })
  for (const [position, router] of (subnet.routers ?? []).entries()) {
    const address = parseIpv4(router) ?? 0
    if (!rangeContains(hostRange(subnet.subnet), { first: address, last: address }))
      findings.push({
        path: [...path, 'routers', position],
        message: `lies outside of the subnet: a client does not reach ${router} without a route of its own`,
      })
  }
  return [...findings, ...warnPoolRouters(subnet, path), ...warnNames(subnet, path)]
}

/** The routers of the subnet itself are given to nobody; those of a level above are not known to be routers. */
function warnPoolRouters(subnet: WrittenSubnet, path: KeyPath): Finding[] {
  const [, ...above] = levelsOf(subnet, path)
  return above.flatMap(([place, { routers = [] }]) =>
    routers.flatMap((router, at): Finding[] => {
      const address = parseIpv4(router) ?? 0
      const isGiven = subnet.pools.some((pool) => rangesOverlap(pool, { first: address, last: address }))
      if (!isGiven || subnet.routers?.includes(router) === true) return []
      return [{ path: [...place, 'routers', at], message: `lies in a pool: a client could get ${router}` }]
    }),
  )
}

/** Two hosts of one name are not told apart in the logs. */
function warnNames({ reservation: hosts }: WrittenSubnet, path: KeyPath): Finding[] {
  const names = hosts.map(({ hostname }) => hostname?.toLowerCase())
  return names.flatMap((name, at): Finding[] => {
    const earlier = names.indexOf(name)
    if (name === undefined || earlier === at) return []
    return [{ path: [...path, 'reservation', at, 'hostname'], message: `is the name of reservation[${earlier}], too` }]
  })
}
