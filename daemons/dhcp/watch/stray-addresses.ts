import { formatIpv4 } from '../../wire/address.ts'
import { isOccupied } from '../leases/lease.ts'
import type { LeaseBook } from '../leases/lease-book.ts'
import { isInPool } from '../subnets/subnet-plan.ts'

/** An address that somebody uses who should not; the names are part of the interface. */
export interface StrayAddressRow {
  readonly address: string
  readonly mac: string
  readonly interface: string
  readonly what: 'no lease' | 'leased to another' | 'our own address'
  /** Whose lease it is; null when nobody's. */
  readonly leased_to: string | null
  readonly first: string
  readonly last: string
}

interface Sighting {
  readonly address: number
  readonly mac: string
  readonly device: string
  readonly firstMs: number
  readonly lastMs: number
}

/** What judging a use needs to know. */
export interface StrayPlace {
  readonly book: LeaseBook
  readonly own: ReadonlySet<number>
  /** Time of the lease clock. */
  readonly nowMs: number
}

/** @attack made-up senders push out the oldest, and no more than this is kept */
const CAPACITY = 256
const REMEMBERED_MS = 24 * 3600 * 1000

/**
 * Addresses of the pools that were seen in use without a lease, or by another than the one who has it. Judged anew
 * whenever they are listed: who got a lease meanwhile is no stray.
 */
export class StrayAddresses {
  readonly #seen = new Map<string, Sighting>()

  /**
   * Takes in that somebody uses an address.
   *
   * @returns the row when that is wrong and was not known; else null
   */
  notice(address: number, mac: string, device: string, place: StrayPlace, wallMs: number): StrayAddressRow | null {
    const fault = judge(address, mac, place)
    if (fault === null) return null
    const key = `${address} ${mac}`
    const before = this.#seen.get(key)
    const isKnown = before !== undefined && wallMs - before.lastMs < REMEMBERED_MS
    const sighting = { address, mac, device, firstMs: isKnown ? before.firstMs : wallMs, lastMs: wallMs }
    this.#seen.delete(key)
    this.#seen.set(key, sighting)
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= CAPACITY) break
      this.#seen.delete(oldest)
    }
    return isKnown ? null : asRow(sighting, fault)
  }

  /** Those that are still wrong, by address. */
  list(place: StrayPlace, wallMs: number): readonly StrayAddressRow[] {
    return [...this.#seen.values()]
      .filter(({ lastMs }) => wallMs - lastMs < REMEMBERED_MS)
      .sort((one, other) => one.address - other.address)
      .flatMap((sighting) => {
        const fault = judge(sighting.address, sighting.mac, place)
        return fault === null ? [] : [asRow(sighting, fault)]
      })
  }
}

type Fault = Pick<StrayAddressRow, 'what' | 'leased_to'>

/** What is wrong about the use of an address; null when it is as it should be, or none of our business. */
function judge(address: number, mac: string, { book, own, nowMs }: StrayPlace): Fault | null {
  const subnet = book.subnetOf(address)
  if (subnet === null) return null
  if (own.has(address)) return { what: 'our own address', leased_to: null }
  const lease = subnet.leaseAt(address)
  if (lease !== undefined && lease.state === 'bound' && isOccupied(lease, nowMs))
    return lease.mac === mac || lease.mac === '' ? null : { what: 'leased to another', leased_to: lease.mac }
  if (subnet.heldAt(address) !== null || !isInPool(subnet.plan, address)) return null
  return { what: 'no lease', leased_to: null }
}

function asRow({ address, mac, device, firstMs, lastMs }: Sighting, fault: Fault): StrayAddressRow {
  return {
    address: formatIpv4(address),
    mac,
    interface: device,
    ...fault,
    first: new Date(firstMs).toISOString(),
    last: new Date(lastMs).toISOString(),
  }
}
