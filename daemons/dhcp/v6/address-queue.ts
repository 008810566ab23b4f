/**
 * Addresses in the order they became free; an address put in again moves to the back. All operations take
 * constant time on average, and the space is bounded by the number of addresses.
 */
export class AddressQueue {
  readonly #ticketOf = new Map<bigint, number>()
  #entries: { address: bigint; ticket: number }[] = []
  #head = 0
  #nextTicket = 0

  put(address: bigint): void {
    const ticket = this.#nextTicket++
    this.#ticketOf.set(address, ticket)
    this.#entries.push({ address, ticket })
    if (this.#entries.length > 2 * this.#ticketOf.size + 64) this.#compact()
  }

  /** Takes an address out. */
  drop(address: bigint): void {
    this.#ticketOf.delete(address)
    if (this.#entries.length > 2 * this.#ticketOf.size + 64) this.#compact()
  }

  get size(): number {
    return this.#ticketOf.size
  }

  /** The address that waits longest of those that pass; those before it that do not are dropped for good. */
  first(passes: (address: bigint) => boolean): bigint | null {
    for (; this.#head < this.#entries.length; this.#head++) {
      const entry = this.#entries[this.#head]
      if (entry === undefined || this.#ticketOf.get(entry.address) !== entry.ticket) continue
      if (passes(entry.address)) return entry.address
      this.#ticketOf.delete(entry.address)
    }
    this.#compact()
    return null
  }

  /** The addresses next in line after those that `first` dropped, also while the line changes. */
  *waiting(): Iterable<bigint> {
    let last = -1
    for (let entry = this.#after(last); entry !== undefined; entry = this.#after(last)) {
      last = entry.ticket
      if (this.#ticketOf.get(entry.address) === entry.ticket) yield entry.address
    }
  }

  /** The first entry of a later ticket: entries stand in the order of their tickets. */
  #after(ticket: number): { address: bigint; ticket: number } | undefined {
    let low = this.#head
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#entries[middle]?.ticket ?? 0) > ticket) high = middle
      else low = middle + 1
    }
    return this.#entries[low]
  }

  #compact(): void {
    this.#entries = this.#entries
      .slice(this.#head)
      .filter((entry) => this.#ticketOf.get(entry.address) === entry.ticket)
    this.#head = 0
  }
}
