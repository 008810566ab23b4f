import { hashText } from '../table/hash-text.ts'
import { AddressQueue } from './address-queue.ts'
import type { Range6 } from './subnet-plan.ts'

/** Places that a client's own hash leads to before it gets what is next. */
const OWN_PLACES = 8
/** Pools beyond this are never full: a subnet has not so many leases, running and remembered. */
const LARGE = 2n ** 20n

/** What is asked about an address. */
export interface AddressTests {
  /** Whether it may be given to anyone, and no lease of it is remembered. One of which that was not so is met again when it is given back. */
  readonly unused: (address: bigint) => boolean
  /** Whether nobody has it; one that fails is met again when it is given back. */
  readonly free: (address: bigint) => boolean
  /** Whether it goes to another association of the same message. */
  readonly taken: (address: bigint) => boolean
}

/**
 * The order in which free addresses of the pools are given: one that the hash of the client leads to and nobody had yet, so
 * that a client without a record gets the address it had; else the first that nobody had; else the one unused for longest.
 * A free address is found in constant time on average, however large or full the pools are.
 */
export class FreeAddresses6 {
  readonly #pools: readonly Range6[]
  readonly #size: bigint
  /** Everything before this was given since the walk began; counted over all pools. */
  #next = 0n
  readonly #used = new AddressQueue()

  constructor(pools: readonly Range6[]) {
    this.#pools = pools
    this.#size = pools.reduce((sum, { first, last }) => sum + last - first + 1n, 0n)
  }

  /** Gives back an address whose lease is over. */
  putUsed(address: bigint): void {
    this.#used.put(address)
  }

  /**
   * No lease of an address that was given back is remembered any more.
   *
   * @attack made-up clients that come and go for ever: of a large pool nothing is kept, since there it is met again when
   *   all others were given
   */
  forget(address: bigint): void {
    if (this.#size > LARGE) this.#used.drop(address)
  }

  /** Addresses kept in the order in which they were given back. */
  get usedCount(): number {
    return this.#used.size
  }

  /** The address that the client would get; null = none is free. */
  first(client: string, is: AddressTests): bigint | null {
    if (this.#size === 0n) return null
    const mayHave = (address: bigint): boolean => is.unused(address) && is.free(address) && !is.taken(address)
    const hash = hashOf(client)
    for (let place = 0; place < OWN_PLACES; place++) {
      const address = this.#at((hash >> BigInt(place)) % this.#size)
      if (mayHave(address)) return address
    }
    this.#skipUsed(is)
    if (this.#next === this.#size && this.#size > LARGE) {
      this.#next = 0n
      this.#skipUsed(is)
    }
    for (let place = this.#next; place < this.#size; place++) {
      const address = this.#at(place)
      if (mayHave(address)) return address
    }
    const next = this.#used.first(is.free)
    if (next === null || !is.taken(next)) return next
    for (const address of this.#used.waiting()) if (is.free(address) && !is.taken(address)) return address
    return null
  }

  #skipUsed({ unused }: AddressTests): void {
    while (this.#next < this.#size && !unused(this.#at(this.#next))) this.#next++
  }

  /** The address at a place counted over all pools. */
  #at(place: bigint): bigint {
    let rest = place
    for (const { first, last } of this.#pools) {
      const size = last - first + 1n
      if (rest < size) return first + rest
      rest -= size
    }
    throw new RangeError(`no address at place ${place}`)
  }
}

/**
 * 128 bits out of a text, evenly spread, the same in every life. Nothing rests on it that a client could gain by choosing
 * its name: it may ask for any free address.
 */
function hashOf(text: string): bigint {
  return SEEDS.reduce((whole, seed) => (whole << 32n) | BigInt(hashText(text, seed)), 0n)
}

const SEEDS = [0, 0x9e3779b1, 0x3c6ef362, 0xdaa66d13]
