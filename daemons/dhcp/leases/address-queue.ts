import { HashIndex } from '../table/hash-index.ts'

const START = 16
/** What an index can hold. */
const TICKETS = 2 ** 31

/**
 * Addresses in the order they became free; an address put in again moves to the back. All operations take
 * constant time on average, and the space is bounded by the number of addresses.
 */
export class AddressQueue {
  /** By address, the ticket that counts, as `mark` writes it. */
  readonly #ticketOf = new HashIndex()
  #addresses = new Uint32Array(START)
  #tickets = new Float64Array(START)
  #head = 0
  #end = 0
  #nextTicket = 0

  put(address: number): void {
    this.#drop(address)
    if (this.#end === this.#addresses.length) this.#compact()
    const ticket = this.#nextTicket++
    this.#ticketOf.add(address, mark(ticket))
    this.#addresses[this.#end] = address
    this.#tickets[this.#end] = ticket
    this.#end++
  }

  /** The address that waits longest of those that pass; those before it that do not are dropped for good. */
  first(passes: (address: number) => boolean): number | null {
    for (; this.#head < this.#end; this.#head++) {
      const address = this.#addresses[this.#head] ?? 0
      if (!this.#counts(this.#head)) continue
      if (passes(address)) return address
      this.#drop(address)
    }
    this.#head = 0
    this.#end = 0
    return null
  }

  /** The addresses next in line after those that `first` dropped, also while the line changes. */
  *waiting(): Iterable<number> {
    for (let at = this.#head; at < this.#end; ) {
      const ticket = this.#tickets[at] ?? 0
      if (this.#counts(at)) yield this.#addresses[at] ?? 0
      at = this.#after(ticket)
    }
  }

  /** The first place of a later ticket: places are in the order of their tickets. */
  #after(ticket: number): number {
    let low = this.#head
    let high = this.#end
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#tickets[middle] ?? 0) > ticket) high = middle
      else low = middle + 1
    }
    return low
  }

  /** Whether the address has not been put in again since. */
  #counts(at: number): boolean {
    return this.#ticketOf.find(this.#addresses[at] ?? 0) === mark(this.#tickets[at] ?? 0)
  }

  #drop(address: number): void {
    const known = this.#ticketOf.find(address)
    if (known >= 0) this.#ticketOf.delete(address, known)
  }

  /** Leaves out the places that count no more, and doubles the room when that did not halve it. */
  #compact(): void {
    const { length } = this.#addresses
    const isFull = 2 * this.#ticketOf.size > length
    const addresses = isFull ? new Uint32Array(2 * length) : this.#addresses
    const tickets = isFull ? new Float64Array(2 * length) : this.#tickets
    let to = 0
    for (let at = this.#head; at < this.#end; at++) {
      if (!this.#counts(at)) continue
      addresses[to] = this.#addresses[at] ?? 0
      tickets[to] = this.#tickets[at] ?? 0
      to++
    }
    this.#addresses = addresses
    this.#tickets = tickets
    this.#head = 0
    this.#end = to
  }
}

/** Two tickets so far apart are never in one line. */
function mark(ticket: number): number {
  return ticket % TICKETS
}
