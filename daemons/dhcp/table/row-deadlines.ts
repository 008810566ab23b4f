const START = 64

/**
 * One deadline for each row, the earliest first: a heap in which each row knows its place, so that a deadline that moves is
 * moved and none is ever there twice. A deadline of Infinity never comes up.
 *
 * @attack a client that asks for ever shorter leases makes nothing grow
 */
export class RowDeadlines {
  /** Heaps of the rows and of their deadlines. */
  #rows = new Uint32Array(START)
  #times = new Float64Array(START)
  /** By row, its place in the heap plus one; 0 = it has no deadline. */
  #places = new Uint32Array(START)
  #size = 0

  get size(): number {
    return this.#size
  }

  has(row: number): boolean {
    return (this.#places[row] ?? 0) !== 0
  }

  /** Gives a row its deadline, in place of the one that it has. */
  set(row: number, atMs: number): void {
    if (row >= this.#places.length) this.#places = new Uint32Array(this.#places.buffer.transfer(8 * (row + 1)))
    const place = this.#places[row] ?? 0
    if (place !== 0) {
      this.#settle(place - 1, row, atMs)
      return
    }
    if (this.#size === this.#rows.length) {
      this.#rows = new Uint32Array(this.#rows.buffer.transfer(8 * this.#size))
      this.#times = new Float64Array(this.#times.buffer.transfer(16 * this.#size))
    }
    this.#settle(this.#size++, row, atMs)
  }

  /** Takes a row out; false when it has no deadline. */
  delete(row: number): boolean {
    const place = this.#places[row] ?? 0
    if (place === 0) return false
    this.#places[row] = 0
    this.#size--
    // The last of the heap goes where the gap is.
    if (place - 1 < this.#size) this.#settle(place - 1, this.#rows[this.#size] ?? 0, this.#times[this.#size] ?? 0)
    return true
  }

  /** Takes out the row that is due first; -1 when none is. */
  takeDue(nowMs: number): number {
    const row = this.#rows[0] ?? 0
    if (this.#size === 0 || (this.#times[0] ?? 0) > nowMs || this.#times[0] === Number.POSITIVE_INFINITY) return -1
    this.delete(row)
    return row
  }

  /** Finds the place of a row, up or down from one that is free for it. */
  #settle(from: number, row: number, atMs: number): void {
    let at = from
    for (; at > 0; at = (at - 1) >> 1) {
      const up = (at - 1) >> 1
      if ((this.#times[up] ?? 0) <= atMs) break
      this.#move(up, at)
    }
    if (at === from) at = this.#sink(from, atMs)
    this.#rows[at] = row
    this.#times[at] = atMs
    this.#places[row] = at + 1
  }

  #sink(from: number, atMs: number): number {
    let at = from
    for (;;) {
      const left = 2 * at + 1
      if (left >= this.#size) return at
      const right = left + 1
      const child = right < this.#size && (this.#times[right] ?? 0) < (this.#times[left] ?? 0) ? right : left
      if ((this.#times[child] ?? 0) >= atMs) return at
      this.#move(child, at)
      at = child
    }
  }

  #move(from: number, to: number): void {
    const row = this.#rows[from] ?? 0
    this.#rows[to] = row
    this.#times[to] = this.#times[from] ?? 0
    this.#places[row] = to + 1
  }
}
