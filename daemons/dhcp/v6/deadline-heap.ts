interface Entry {
  readonly atMs: number
  readonly address: bigint
}

/**
 * One deadline for each address, the earliest first. A deadline that is moved later keeps its entry until that is
 * due, so that a client renewing all the time does not make the heap grow; one that is moved earlier gets another.
 *
 * @attack a client that asks for ever shorter leases: the entries are never more than twice the addresses
 */
export class DeadlineHeap {
  readonly #scheduled = new Map<bigint, number>()
  #entries: Entry[] = []

  /** Entries in memory, also those that count no more. */
  get size(): number {
    return this.#entries.length
  }

  /** Sees to it that the address comes up at `atMs` or before; Infinity = never. */
  schedule(address: bigint, atMs: number): void {
    if (atMs === Number.POSITIVE_INFINITY || (this.#scheduled.get(address) ?? Number.POSITIVE_INFINITY) <= atMs) return
    this.#scheduled.set(address, atMs)
    this.#push({ atMs, address })
    if (this.#entries.length > 2 * this.#scheduled.size + 64) this.#compact()
  }

  /** Takes out the next address that is due; null when none is. The caller looks whether its deadline has moved. */
  takeDue(nowMs: number): bigint | null {
    for (let top = this.#entries[0]; top !== undefined && top.atMs <= nowMs; top = this.#entries[0]) {
      this.#pop()
      if (this.#scheduled.get(top.address) !== top.atMs) continue
      this.#scheduled.delete(top.address)
      return top.address
    }
    return null
  }

  /** Leaves only the entries that count; a list in order is a heap. */
  #compact(): void {
    this.#entries = this.#entries
      .filter(({ address, atMs }) => this.#scheduled.get(address) === atMs)
      .sort((one, other) => one.atMs - other.atMs)
  }

  #push(entry: Entry): void {
    const entries = this.#entries
    let at = entries.length
    entries.push(entry)
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = entries[up]
      if (parent === undefined || parent.atMs <= entry.atMs) break
      entries[at] = parent
      at = up
    }
    entries[at] = entry
  }

  #pop(): void {
    const entries = this.#entries
    const last = entries.pop()
    if (last === undefined || entries.length === 0) return
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const leftEntry = entries[left]
      if (leftEntry === undefined) break
      const rightEntry = entries[left + 1]
      const smaller = rightEntry !== undefined && rightEntry.atMs < leftEntry.atMs ? left + 1 : left
      const child = entries[smaller]
      if (child === undefined || child.atMs >= last.atMs) break
      entries[at] = child
      at = smaller
    }
    entries[at] = last
  }
}
