/** Lists of wishes that are remembered; clients choose them, so that they have no other bound. */
const MOST_LISTS = 64

/** The options of one profile by what clients wish for: there are many clients, and few lists of wishes among them. */
export class OfferCache {
  readonly #made = new Map<string, ReadonlyMap<number, Uint8Array>>()

  /** @param make makes the options of a list that is not remembered */
  of(wishes: string, make: () => ReadonlyMap<number, Uint8Array>): ReadonlyMap<number, Uint8Array> {
    const before = this.#made.get(wishes)
    if (before !== undefined) return before
    if (this.#made.size >= MOST_LISTS) this.#made.clear()
    const options = make()
    this.#made.set(wishes, options)
    return options
  }
}
