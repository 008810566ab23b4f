import { formatIpv4, parseIpv4 } from '../../daemons/wire/address.ts'
import type { Finding, KeyPath } from '../config-problem.ts'
import { formatRange, hostRange, rangeContains, rangesOverlap } from '../pieces/ipv4-range.ts'
import type { WrittenSubnet } from '../sections/dhcp-subnet.ts'

/** Where an item of a list stands in the file, when the list holds only those that are well formed. */
export type PlaceOf = (key: 'pools' | 'reservation' | 'options', at: number) => number

/** What is wrong within one `[[dhcp.subnet]]`. */
export function checkSubnet(subnet: WrittenSubnet, path: KeyPath, placeOf: PlaceOf): Finding[] {
  return [
    ...checkPools(subnet, path, placeOf),
    ...checkLeaseTimes(subnet, path),
    ...checkReservations(subnet, path, placeOf),
    ...checkOptionCodes(subnet, path, placeOf),
  ]
}

function checkPools(subnet: WrittenSubnet, path: KeyPath, placeOf: PlaceOf): Finding[] {
  const findings: Finding[] = []
  const hosts = hostRange(subnet.subnet)
  for (const [index, pool] of subnet.pools.entries()) {
    const place = [...path, 'pools', placeOf('pools', index)]
    if (!rangeContains(hosts, pool)) {
      findings.push({ path: place, message: `must lie within ${formatRange(hosts)}, not ${formatRange(pool)}` })
      continue
    }
    const other = subnet.pools.slice(0, index).find((earlier) => rangesOverlap(earlier, pool))
    if (other !== undefined) findings.push({ path: place, message: `must not overlap the pool ${formatRange(other)}` })
  }
  return findings
}

function checkLeaseTimes(subnet: WrittenSubnet, path: KeyPath): Finding[] {
  const { min_lease_time: least, lease_time: usual, max_lease_time: most } = subnet
  if (least > most)
    return [{ path: [...path, 'min_lease_time'], message: `must not be longer than max_lease_time (${most}s)` }]
  if (usual < least)
    return [{ path: [...path, 'lease_time'], message: `must not be shorter than min_lease_time (${least}s)` }]
  if (usual > most)
    return [{ path: [...path, 'lease_time'], message: `must not be longer than max_lease_time (${most}s)` }]
  return []
}

function checkReservations(subnet: WrittenSubnet, path: KeyPath, placeOf: PlaceOf): Finding[] {
  const findings: Finding[] = []
  const hosts = hostRange(subnet.subnet)
  const addresses = new Map<string, number>()
  const clients = new Map<string, number>()
  for (const [at, reservation] of subnet.reservation.entries()) {
    const index = placeOf('reservation', at)
    const place = [...path, 'reservation', index]
    const address = parseIpv4(reservation.address) ?? 0
    if (!rangeContains(hosts, { first: address, last: address }))
      findings.push({
        path: [...place, 'address'],
        message: `must lie within ${formatRange(hosts)}, not ${formatIpv4(address)}`,
      })
    const taken = addresses.get(reservation.address)
    if (taken === undefined) addresses.set(reservation.address, index)
    else findings.push({ path: [...place, 'address'], message: `is reserved already by reservation[${taken}]` })

    const keys = (['mac', 'client_id', 'circuit_id'] as const).filter((key) => reservation[key] !== undefined)
    const [key, second] = keys
    if (key === undefined) {
      findings.push({ path: place, message: 'must have one of mac, client_id, circuit_id' })
      continue
    }
    if (second !== undefined) {
      findings.push({ path: [...place, second], message: `must not stand beside ${key}; give one of the two` })
      continue
    }
    const client = `${key} ${reservation[key]}`
    const earlier = clients.get(client)
    if (earlier === undefined) clients.set(client, index)
    else findings.push({ path: [...place, key], message: `has an address already by reservation[${earlier}]` })
  }
  return findings
}

function checkOptionCodes(subnet: WrittenSubnet, path: KeyPath, placeOf: PlaceOf): Finding[] {
  const seen = new Set<number>()
  const findings: Finding[] = []
  for (const [index, option] of subnet.options.entries()) {
    if (seen.has(option.code))
      findings.push({
        path: [...path, 'options', placeOf('options', index)],
        message: `option ${option.code} is given twice`,
      })
    seen.add(option.code)
  }
  return findings
}
