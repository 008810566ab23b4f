import type { Finding, KeyPath } from '../config-problem.ts'
import { formatRange, hostRange, rangeContains, rangesOverlap } from '../pieces/ipv4-range.ts'
import { layTimes, type WrittenSettings } from '../sections/dhcp-settings.ts'
import type { WrittenSubnet } from '../sections/dhcp-subnet.ts'
import { checkReservations } from './dhcp-reservations.ts'
import { checkOptionCodes, checkOwnTimes, compareTimes } from './dhcp-settings.ts'

/** Where an item of a list stands in the file, when the list holds only those that are well formed. */
export type PlaceOf = (key: 'pools' | 'reservation' | 'options', at: number) => number

/** A subnet with its place in the file. */
export interface PlacedSubnet {
  readonly index: number
  readonly subnet: WrittenSubnet
  readonly placeOf: PlaceOf
  /** The levels below it, highest first. */
  readonly below: readonly WrittenSettings[]
}

/** What is wrong within one `[[dhcp.subnet]]`. */
export function checkSubnet({ subnet, placeOf, below }: PlacedSubnet, path: KeyPath): Finding[] {
  return [
    ...checkPools(subnet, path, placeOf),
    ...checkLeaseTimes(subnet, below, path),
    ...checkReservations(subnet, path, (at) => placeOf('reservation', at)),
    ...checkOptionCodes(subnet.options, path, (at) => placeOf('options', at)),
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
    findings.push(...checkOwnTimes(pool.settings, place), ...checkOptionCodes(pool.settings.options, place))
  }
  return findings
}

/** A time is judged where it is written: what the levels below say wrongly is told there. */
function checkLeaseTimes(subnet: WrittenSubnet, below: readonly WrittenSettings[], path: KeyPath): Finding[] {
  const { leaseSeconds: usual, minLeaseSeconds: least, maxLeaseSeconds: most } = layTimes([subnet, ...below])
  const said = [subnet.lease_time, subnet.min_lease_time, subnet.max_lease_time].some((time) => time !== undefined)
  return said ? compareTimes({ usual, least, most }, path) : []
}
