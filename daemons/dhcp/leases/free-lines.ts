import type { Pools } from '../subnets/pools.ts'
import { FreeAddresses } from './free-addresses.ts'

/** The free addresses of one subnet: a line for each group of pools. */
export class FreeLines {
  readonly #pools: Pools
  /** By group. */
  readonly #lines: readonly FreeAddresses[]

  constructor(pools: Pools) {
    this.#pools = pools
    this.#lines = pools.groups.map(({ ranges }) => new FreeAddresses(ranges))
  }

  /** The line that an address is given from; null for one outside of all pools, which only reservations have. */
  of(address: number): FreeAddresses | null {
    return this.#lines[this.#pools.at(address)?.group ?? -1] ?? null
  }

  /** `FreeAddresses.first` of several lines. @param groups those of the pools that the client is given from */
  first(
    groups: readonly number[],
    passes: (address: number) => boolean,
    isNew: (address: number) => boolean,
  ): number | null {
    for (const group of groups) {
      const address = this.#lines[group]?.first(passes, isNew) ?? null
      if (address !== null) return address
    }
    return null
  }
}
