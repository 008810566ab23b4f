/** Addresses in the order in which they will be given out. */
export interface AddressLine<Address = number> {
  /** Goes on rightly while the line changes: what left it is passed over. */
  coming(): Iterable<Address>
}

/** Addresses that one call looks at, so that no client waits for a long walk. */
const STEPS = 16

/**
 * Walks along a line of free addresses ahead of those that are promised. Each walk goes on where the last one ended, so that
 * a call costs the same however far ahead it is.
 */
export class Lookahead<Address = number> {
  readonly #line: AddressLine<Address>
  readonly #restMs: number
  /** Met, and not promised yet. */
  readonly #ahead = new Set<Address>()
  #walk: Iterator<Address> | null = null
  #beganMs = Number.NEGATIVE_INFINITY

  /** @param restMs between two beginnings at least */
  constructor(line: AddressLine<Address>, restMs: number) {
    this.#line = line
    this.#restMs = restMs
  }

  /**
   * Takes in whose turn it is.
   *
   * @param wasMet false = it is not known about: the line goes another way than we went, which is begun again
   */
  promise(address: Address, wasMet: boolean, nowMs: number): void {
    this.#ahead.delete(address)
    if (wasMet || nowMs - this.#beganMs < this.#restMs) return
    this.#ahead.clear()
    this.#walk = this.#line.coming()[Symbol.iterator]()
    this.#beganMs = nowMs
  }

  /**
   * Goes on until as many are ahead, or for a number of steps.
   *
   * @param passes whether an address met may be given out
   * @returns those met
   */
  goOn(most: number, passes: (address: Address) => boolean): Address[] {
    const met: Address[] = []
    for (let step = 0; step < STEPS && this.#ahead.size < most; step++) {
      const next = this.#walk?.next()
      if (next === undefined || next.done === true) break
      if (!passes(next.value)) continue
      this.#ahead.add(next.value)
      met.push(next.value)
    }
    return met
  }
}
