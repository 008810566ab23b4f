import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import type { Finding, KeyPath } from '../config-problem.ts'
import { formatRange6, rangeContains6, rangesOverlap6 } from '../pieces/ipv6-range.ts'
import type { WrittenDhcp } from '../sections/dhcp.ts'
import {
  ADVERTISE_KEYS,
  everySecondsOf,
  lifetimesOf,
  subnetName6,
  type WrittenSubnet6,
} from '../sections/dhcp-subnet6.ts'

/** What is wrong within IPv6 subnets, and between them. */
export function checkSubnets6({ interfaces, listen, subnet6: subnets }: WrittenDhcp): Finding[] {
  return subnets.flatMap((subnet, index) => {
    const path = ['dhcp', 'subnet6', index]
    const other = subnets.slice(0, index).find((earlier) => rangesOverlap6(earlier.subnet, subnet.subnet))
    return [
      ...(other === undefined
        ? []
        : [{ path: [...path, 'subnet'], message: `must not overlap the subnet ${subnetName6(other)}` }]),
      ...checkInterface(subnet, path, interfaces),
      ...(interfaces.length === 0 ? checkRelayed(subnet, path, listen.some(isIpv6)) : []),
      ...checkMode(subnet, path),
      ...checkTimes(subnet, path),
      ...checkPools(subnet, path),
      ...checkReservations(subnet, path),
    ]
  })
}

/** What is legal in an IPv6 subnet but hardly meant. */
export function warnSubnets6({ subnet6: subnets }: WrittenDhcp, served: ReadonlySet<string>): Finding[] {
  return subnets.flatMap((subnet, index) => {
    const path = ['dhcp', 'subnet6', index]
    const isEmpty = subnet.mode === 'stateful' && subnet.pools.length === 0 && subnet.reservation.length === 0
    return [
      ...(isEmpty ? [{ path, message: 'has neither pools nor reservations: no client will get an address' }] : []),
      ...(subnet.ntp.includes('self') && !served.has('ntp')
        ? [{ path: [...path, 'ntp'], message: 'is left out: ntp is not served by this machine' }]
        : []),
    ]
  })
}

function isIpv6(url: ListenUrl): boolean {
  return 'host' in url && url.host.includes(':')
}

function checkInterface({ interface: name }: WrittenSubnet6, path: KeyPath, interfaces: readonly string[]): Finding[] {
  return name === undefined || interfaces.includes(name)
    ? []
    : [{ path: [...path, 'interface'], message: `must be one of interfaces of [dhcp], not "${name}"` }]
}

/** What keeps a subnet from being served where no link is attached. */
function checkRelayed({ advertise }: WrittenSubnet6, path: KeyPath, hasListener: boolean): Finding[] {
  if (!hasListener)
    return [{ path, message: 'needs a link: give interfaces of [dhcp], or listen for relay agents at an IPv6 address' }]
  return advertise
    ? [{ path: [...path, 'advertise'], message: 'must be false: there is no attached link to advertise on' }]
    : []
}

/** Keys that would reach nobody in the subnet's mode. */
function checkMode(subnet: WrittenSubnet6, path: KeyPath): Finding[] {
  const { mode, advertise } = subnet
  const given = (key: 'pools' | 'reservation' | 'ntp'): boolean => subnet[key].length > 0
  const idle = (['pools', 'reservation'] as const).filter((key) => mode !== 'stateful' && given(key))
  return [
    ...idle.map((key) => ({ path: [...path, key], message: `is for mode "stateful": "${mode}" gives no addresses` })),
    ...(mode !== 'stateful' && subnet.rapid_commit
      ? [{ path: [...path, 'rapid_commit'], message: `is for mode "stateful": "${mode}" gives no addresses` }]
      : []),
    ...(mode === 'slaac' && given('ntp')
      ? [{ path: [...path, 'ntp'], message: 'is told by DHCPv6: take mode "stateless"' }]
      : []),
    ...(mode !== 'stateful' && subnet.subnet.bits !== 64
      ? [{ path: [...path, 'subnet'], message: `must have a prefix length of 64: hosts make their addresses in it` }]
      : []),
    ...(!advertise && mode === 'slaac'
      ? [{ path: [...path, 'advertise'], message: 'must not be false in mode "slaac": there is nothing else to do' }]
      : []),
    ...ADVERTISE_KEYS.filter((key) => !advertise && subnet[key] !== undefined).map((key) => ({
      path: [...path, key],
      message: 'is told by router advertisements, and advertise = false',
    })),
  ]
}

function checkTimes(subnet: WrittenSubnet6, path: KeyPath): Finding[] {
  const every = everySecondsOf(subnet)
  const { preferred, valid } = lifetimesOf(subnet)
  const { router_lifetime: router = 0 } = subnet
  const short = `must not be shorter than advertise_every (${every}s): it would end before it is said again`
  return [
    ...(preferred > valid
      ? [{ path: [...path, 'preferred_lifetime'], message: `must not be longer than valid_lifetime (${valid}s)` }]
      : []),
    ...(subnet.advertise && router > 0 && router < every
      ? [{ path: [...path, 'router_lifetime'], message: short }]
      : []),
    ...(subnet.advertise && subnet.mode !== 'stateful' && preferred < every
      ? [{ path: [...path, 'preferred_lifetime'], message: short }]
      : []),
  ]
}

function checkPools(subnet: WrittenSubnet6, path: KeyPath): Finding[] {
  return subnet.pools.flatMap((pool, at) => {
    const place = [...path, 'pools', at]
    // RFC 4291 section 2.6.1: the first address belongs to the routers of the link.
    const hosts = { first: subnet.subnet.first + 1n, last: subnet.subnet.last }
    if (!rangeContains6(hosts, pool))
      return [{ path: place, message: `must lie within ${formatRange6(hosts)}, not ${formatRange6(pool)}` }]
    const other = subnet.pools.slice(0, at).find((earlier) => rangesOverlap6(earlier, pool))
    return other === undefined ? [] : [{ path: place, message: `must not overlap the pool ${formatRange6(other)}` }]
  })
}

function checkReservations({ subnet, reservation: reservations }: WrittenSubnet6, path: KeyPath): Finding[] {
  const clients = new Map<string, number>()
  return reservations.flatMap((reservation, at) => {
    const { address } = reservation
    const place = [...path, 'reservation', at]
    const taken = reservations.findIndex((one) => one.address === address)
    const keys = (['duid', 'mac'] as const).flatMap((key) => (reservation[key] ?? []).map((value) => ({ key, value })))
    const twice = keys.flatMap(({ key, value }): Finding[] => {
      const earlier = clients.get(`${key} ${value}`)
      clients.set(`${key} ${value}`, earlier ?? at)
      return earlier === undefined
        ? []
        : [{ path: [...place, key], message: `has an address already by reservation[${earlier}]` }]
    })
    return [
      ...(rangeContains6(subnet, { first: address, last: address })
        ? []
        : [{ path: [...place, 'address'], message: `must lie within ${formatRange6(subnet)}` }]),
      ...(taken < at ? [{ path: [...place, 'address'], message: `is reserved already by reservation[${taken}]` }] : []),
      ...(keys.length === 0 ? [{ path: place, message: 'must have one of duid, mac' }] : []),
      ...twice,
    ]
  })
}
