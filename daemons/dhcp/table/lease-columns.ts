import type { Lease } from '../leases/lease.ts'

const START_ROWS = 64
const STATES: readonly Lease['state'][] = ['bound', 'released', 'declined']
/** In the mark of a row, beside the number of its state plus one; a row that is not in use has the mark 0. */
const RESERVED = 4

/** The parts of a lease that are numbers; one row for each lease, a row that is given back is used again. */
export class LeaseColumns {
  address = new Uint32Array(START_ROWS)
  /** Handle of the texts. */
  record = new Uint32Array(START_ROWS)
  startsMs = new Float64Array(START_ROWS)
  endsMs = new Float64Array(START_ROWS)
  relay = new Uint32Array(START_ROWS)
  /** Hash of the client. */
  client = new Uint32Array(START_ROWS)
  #marks = new Uint8Array(START_ROWS)
  readonly #freed: number[] = []
  #next = 0

  /** A row to write to. */
  take(): number {
    const freed = this.#freed.pop()
    if (freed !== undefined) return freed
    if (this.#next === this.address.length) this.#double()
    return this.#next++
  }

  free(row: number): void {
    this.#marks[row] = 0
    this.#freed.push(row)
  }

  /** Those in use. */
  *rows(): Iterable<number> {
    for (let row = 0; row < this.#next; row++) if (this.#marks[row] !== 0) yield row
  }

  state(row: number): Lease['state'] {
    return STATES[((this.#marks[row] ?? 0) & 3) - 1] ?? 'bound'
  }

  reserved(row: number): boolean {
    return ((this.#marks[row] ?? 0) & RESERVED) !== 0
  }

  mark(row: number, state: Lease['state'], reserved: boolean): void {
    this.#marks[row] = (STATES.indexOf(state) + 1) | (reserved ? RESERVED : 0)
  }

  #double(): void {
    const rows = 2 * this.address.length
    this.address = new Uint32Array(this.address.buffer.transfer(4 * rows))
    this.record = new Uint32Array(this.record.buffer.transfer(4 * rows))
    this.startsMs = new Float64Array(this.startsMs.buffer.transfer(8 * rows))
    this.endsMs = new Float64Array(this.endsMs.buffer.transfer(8 * rows))
    this.relay = new Uint32Array(this.relay.buffer.transfer(4 * rows))
    this.client = new Uint32Array(this.client.buffer.transfer(4 * rows))
    this.#marks = new Uint8Array(this.#marks.buffer.transfer(rows))
  }
}
