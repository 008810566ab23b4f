import type { AddressRange } from '../subnets/pools.ts'
import { AddressQueue } from './address-queue.ts'

/**
 * The order in which free addresses of the pools are given: first those never used, then those whose offer was not
 * taken up, then those that were used, the longest unused first. It may list an address that is taken: the caller's
 * test decides, and an address that fails is forgotten here until it is given back.
 */
export class FreeAddresses {
  readonly #pools: readonly AddressRange[]
  #pool = 0
  #next: number
  readonly #lapsed = new AddressQueue()
  readonly #used = new AddressQueue()

  constructor(pools: readonly AddressRange[]) {
    this.#pools = pools
    this.#next = pools[0]?.first ?? 0
  }

  /** Gives back an address that never was leased. */
  putUnused(address: number): void {
    this.#lapsed.put(address)
  }

  /** Gives back an address whose lease is over. */
  putUsed(address: number): void {
    this.#used.put(address)
  }

  /**
   * The first address that passes; it stays first until it fails the test.
   *
   * @param isNew whether no lease of the address is remembered
   */
  first(passes: (address: number) => boolean, isNew: (address: number) => boolean): number | null {
    for (let range = this.#pools[this.#pool]; range !== undefined; range = this.#pools[this.#pool]) {
      for (; this.#next <= range.last; this.#next++) {
        if (isNew(this.#next) && passes(this.#next)) return this.#next
      }
      this.#pool++
      this.#next = this.#pools[this.#pool]?.first ?? 0
    }
    return this.#lapsed.first(passes) ?? this.#used.first(passes)
  }

  /**
   * Addresses in the order in which `first` will find them, some of which may not pass its test. The line may change
   * meanwhile: what `first` has left behind is not met any more.
   */
  *coming(): Iterable<number> {
    for (let pool = this.#pool; pool < this.#pools.length; pool++) {
      const range = this.#pools[pool]
      if (range === undefined) break
      for (let address = range.first; address <= range.last && pool >= this.#pool; address++) {
        if (pool === this.#pool) address = Math.max(address, this.#next)
        if (address <= range.last) yield address
      }
    }
    yield* this.#lapsed.waiting()
    yield* this.#used.waiting()
  }
}
