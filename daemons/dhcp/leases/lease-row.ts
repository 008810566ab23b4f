import { formatIpv4 } from '../../wire/address.ts'
import { type AddressRange, EVERY_ADDRESS, isWithin } from '../subnets/pools.ts'
import { isConflict, type Lease, type LeaseState, leaseState } from './lease.ts'
import type { LeaseBook } from './lease-book.ts'
import type { LeaseClock } from './lease-clock.ts'

/** One lease as shown to people and scripts; the names are part of the interface. */
export interface LeaseRow {
  readonly address: string
  readonly mac: string
  readonly client_id: string | null
  readonly hostname: string | null
  readonly subnet: string | null
  readonly state: LeaseState | 'offered'
  readonly starts: string
  readonly ends: string
  readonly relay: string | null
  readonly reserved: boolean
  /** Why an address is set aside, in words; null for one that is not. */
  readonly reason: string | null
  /** Of DHCPv6, who the client is and which of its identity associations the lease is of; null for IPv4. */
  readonly duid: string | null
  readonly iaid: number | null
  /** Until when its client begins something new by the address, of a lease of DHCPv6 that is not set aside or given back. */
  readonly preferred_until: string | null
}

/** Shown as the end of a lease without an end. */
const NEVER = '9999-12-31T23:59:59.000Z'
/** What ends later than this never ends. @unit milliseconds since 1970 */
export const LATEST_MS = Date.parse(NEVER)

/**
 * Lists leases by address, offers included.
 *
 * @param all also those that are over: expired or released
 * @param span of their addresses
 */
export function listLeases(
  book: LeaseBook,
  clock: LeaseClock,
  nowMs: number,
  all: boolean,
  span: AddressRange = EVERY_ADDRESS,
): LeaseRow[] {
  const rows: { readonly address: number; readonly row: LeaseRow }[] = []
  const add = (lease: Lease, subnet: string | null, state: LeaseState | 'offered'): void => {
    if (all || (state !== 'expired' && state !== 'released'))
      rows.push({ address: lease.address, row: leaseRow(clock.toWall(lease), subnet, state) })
  }
  for (const subnet of book.subnets) {
    const { name } = subnet.plan
    for (const hold of subnet.holds()) if (isWithin(span, hold.address)) add(hold.lease, name, 'offered')
    for (const lease of subnet.leases(span))
      if (subnet.heldAt(lease.address) === null || leaseState(lease, nowMs) === 'bound')
        add(lease, name, leaseState(lease, nowMs))
  }
  for (const lease of book.strays(span)) add(lease, null, leaseState(lease, nowMs))
  return rows.sort((one, other) => one.address - other.address).map(({ row }) => row)
}

/** @param lease with times of the wall clock */
export function leaseRow(lease: Lease, subnet: string | null, state: LeaseRow['state']): LeaseRow {
  return {
    address: formatIpv4(lease.address),
    mac: lease.mac,
    client_id: lease.clientId,
    hostname: lease.hostname,
    subnet,
    state,
    starts: new Date(Math.max(0, lease.startsMs)).toISOString(),
    ends: endText(lease.endsMs),
    relay: lease.relay === 0 ? null : formatIpv4(lease.relay),
    reserved: lease.reserved,
    reason: state === 'declined' ? declinedReason(lease) : null,
    duid: null,
    iaid: null,
    preferred_until: null,
  }
}

/** The end of a lease as shown; the year 9999 stands for none. */
export function endText(endsMs: number): string {
  return endsMs >= LATEST_MS ? NEVER : new Date(Math.max(0, endsMs)).toISOString()
}

function declinedReason(lease: Lease): string {
  return isConflict(lease) ? 'found in use by a device without a lease of it' : 'its client found it in use'
}
