import { type AddressRange, EVERY_ADDRESS } from '../subnets/pools.ts'
import type { LeaseBook } from './lease-book.ts'

/**
 * Divides all addresses into ranges that have so many leases and offers at most, so that a long list can be asked for in
 * parts, between which clients are served.
 *
 * @param most at least 1
 * @returns in order, without a gap
 */
export function divideLeases(book: LeaseBook, most: number): readonly AddressRange[] {
  const addresses = Uint32Array.from([...book.addresses()]).sort()
  const ranges: AddressRange[] = []
  let { first } = EVERY_ADDRESS
  for (let at = most; at < addresses.length; at += most) {
    const last = addresses[at - 1] ?? 0
    // An address that is leased and offered is met twice.
    if (last >= first) ranges.push({ first, last })
    first = last + 1
  }
  return [...ranges, { first, last: EVERY_ADDRESS.last }]
}
