import type { Lease } from './lease.ts'

/** How long an offered address waits for its REQUEST. */
export const HOLD_MS = 60_000
/** The same while offered addresses become scarce: clients answer within seconds. */
export const PRESSED_HOLD_MS = 4000

export interface Hold {
  /** The lease as it was offered; its end is that of the hold. */
  readonly lease: Lease
  readonly client: string
  readonly address: number
  readonly sinceMs: number
}

/** A place in the queue; empty when its hold is over, so that the queue keeps nothing of it in memory. */
interface Place {
  hold: Hold | null
}

/**
 * Addresses that were offered and not yet asked for, in memory only. At most `capacity`: then the oldest hold goes,
 * whose client still gets the address if nobody else took it meanwhile.
 *
 * @attack a flood of DISCOVERs under made-up names takes no more than the capacity
 */
export class HoldTable {
  readonly #capacity: number
  readonly #byClient = new Map<string, Place>()
  readonly #byAddress = new Map<number, Hold>()
  /** In the order of their beginnings, which is that of their ends, since all last equally long. */
  #queue: Place[] = []
  #head = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#byAddress.size
  }

  addressOf(client: string): number | null {
    return this.#byClient.get(client)?.hold?.address ?? null
  }

  clientOf(address: number): string | null {
    return this.#byAddress.get(address)?.client ?? null
  }

  entries(): Iterable<Hold> {
    return this.#byAddress.values()
  }

  /** Holds the address of the lease for its client instead of what was held before; returns addresses that became free. */
  put(lease: Lease, nowMs: number): number[] {
    const { client, address } = lease
    const freed: number[] = []
    const before = this.drop(client)
    if (before !== null && before !== address) freed.push(before)
    while (this.#byAddress.size >= this.#capacity) {
      const oldest = this.#takeOldest(Number.POSITIVE_INFINITY)
      if (oldest === null) break
      freed.push(oldest)
    }
    const hold = { lease: { ...lease, endsMs: nowMs + HOLD_MS }, client, address, sinceMs: nowMs }
    const place = { hold }
    this.#byClient.set(client, place)
    this.#byAddress.set(address, hold)
    this.#queue.push(place)
    if (this.#queue.length > 2 * this.#byAddress.size + 64) {
      this.#queue = this.#queue.slice(this.#head).filter((one) => one.hold !== null)
      this.#head = 0
    }
    return freed
  }

  /** Ends the hold of a client; returns the address it was on. */
  drop(client: string): number | null {
    const place = this.#byClient.get(client)
    const hold = place?.hold ?? null
    if (place === undefined || hold === null) return null
    place.hold = null
    this.#byClient.delete(client)
    this.#byAddress.delete(hold.address)
    return hold.address
  }

  /**
   * Ends one hold that is over and returns its address; null when none is.
   *
   * @param holdMs how long a hold lasts at present; that may change
   */
  takeLapsed(nowMs: number, holdMs = HOLD_MS): number | null {
    return this.#takeOldest(nowMs - holdMs)
  }

  /** @param latestMs one that began later stays */
  #takeOldest(latestMs: number): number | null {
    for (let place = this.#queue[this.#head]; place !== undefined; place = this.#queue[this.#head]) {
      if (place.hold !== null && place.hold.sinceMs > latestMs) return null
      this.#head++
      if (place.hold !== null) return this.drop(place.hold.client)
    }
    this.#queue = []
    this.#head = 0
    return null
  }
}
