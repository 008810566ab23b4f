import { formatIpv4, parseIpv4 } from '../../wire/address.ts'
import { type Lease, leaseState } from './lease.ts'
import type { LeaseBook } from './lease-book.ts'

/** What other services call a client. */
export interface LeaseName {
  readonly address: string
  readonly mac: string
  readonly hostname: string
}

/**
 * The names of clients that have a lease now.
 *
 * @param addresses dotted quads to look up; null = all
 */
export function leaseNames(book: LeaseBook, nowMs: number, addresses: readonly unknown[] | null): LeaseName[] {
  const leases = addresses === null ? book.leases() : addresses.flatMap((address) => leaseAt(book, address))
  const names: LeaseName[] = []
  for (const lease of leases)
    if (lease.hostname !== null && leaseState(lease, nowMs) === 'bound')
      names.push({ address: formatIpv4(lease.address), mac: lease.mac, hostname: lease.hostname })
  return names
}

function leaseAt(book: LeaseBook, text: unknown): Lease[] {
  const address = typeof text === 'string' ? parseIpv4(text) : null
  const lease = address === null ? undefined : book.subnetOf(address)?.leaseAt(address)
  return lease === undefined ? [] : [lease]
}
