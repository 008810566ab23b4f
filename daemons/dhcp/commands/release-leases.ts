import { formatIpv4 } from '../../wire/address.ts'
import { isOccupied, type LeaseState, leaseState } from '../leases/lease.ts'
import type { LeaseDesk } from '../leases/lease-desk.ts'
import { type ClientWord, findMeant } from './client-word.ts'

/** A lease that was ended by command. */
export interface ReleasedRow {
  readonly address: string
  readonly mac: string
  readonly client_id: string | null
  /** Of DHCPv6. */
  readonly duid: string | null
  /** What it was. */
  readonly state: LeaseState
}

/**
 * Ends the leases of a client, or that of an address, whether bound or set aside. A client that is still there goes on
 * using its address until it renews; the address is looked at before it is given to another, as far as addresses are.
 *
 * @returns those that ended; none when nothing was there to end, or its subnet is served no more
 * @throws Error when it cannot be stored; then nothing was changed
 */
export function releaseLeases(desk: LeaseDesk, word: ClientWord): readonly ReleasedRow[] {
  const nowMs = desk.nowMs()
  const ended = findMeant(desk.book, word).filter(
    (lease) => isOccupied(lease, nowMs) && desk.book.subnetOf(lease.address) !== null,
  )
  desk.enter(ended.map((lease) => ({ ...lease, state: 'released', endsMs: nowMs })))
  if (!desk.settle()) throw new Error(desk.fault ?? 'cannot store leases')
  return ended.map((lease) => ({
    address: formatIpv4(lease.address),
    mac: lease.mac,
    client_id: lease.clientId,
    duid: null,
    state: leaseState(lease, nowMs),
  }))
}
