/** Chance that gives the same numbers each time (mulberry32). */
export class Dice {
  #state: number
  readonly #last = new Map<readonly unknown[], number>()

  constructor(seed: number) {
    this.#state = seed
  }

  /** From 0 up to, without, `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit)
  }

  /**
   * One of them: every other time the one chosen last, else the first ones far more often. A few devices, clients and users of any
   * site do most of the talking, and what has just happened mostly happens again.
   */
  skewed<Item>(items: readonly Item[]): Item {
    const last = this.#last.get(items)
    const index =
      last !== undefined && this.below(2) === 0
        ? last
        : Math.floor((this.below(1 << 20) / (1 << 20)) ** 3 * items.length)
    this.#last.set(items, index)
    return items[index] as Item
  }

  /** Below `limit`, small ones far more often: sizes, durations, counts. */
  small(limit: number): number {
    return Math.floor((this.below(1 << 20) / (1 << 20)) ** 4 * limit)
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }
}
