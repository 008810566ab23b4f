/** The newest of many, in one pass over them and without sorting them all: the answering thread does it between two batches. */
export class Newest {
  readonly #limit: number
  /** A heap by time, the oldest first: the one that makes room. */
  readonly #heap: { readonly index: number; readonly atMs: number }[] = []

  /** @param limit how many are kept, at least 0 */
  constructor(limit: number) {
    this.#limit = limit
  }

  offer(index: number, atMs: number): void {
    const heap = this.#heap
    if (heap.length < this.#limit) {
      heap.push({ index, atMs })
      this.#rise(heap.length - 1)
    } else if (atMs > (heap[0]?.atMs ?? Number.POSITIVE_INFINITY)) {
      heap[0] = { index, atMs }
      this.#sink()
    }
  }

  /** What was kept, newest first. */
  take(): readonly number[] {
    return this.#heap.toSorted((a, b) => b.atMs - a.atMs).map(({ index }) => index)
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const above = (at - 1) >> 1
      if (!this.#swapIfOlder(at, above)) return
      at = above
    }
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      const below = this.#at(left + 1) < this.#at(left) ? left + 1 : left
      if (!this.#swapIfOlder(below, at)) return
      at = below
    }
  }

  #at(index: number): number {
    return this.#heap[index]?.atMs ?? Number.POSITIVE_INFINITY
  }

  #swapIfOlder(below: number, above: number): boolean {
    const lower = this.#heap[below]
    const upper = this.#heap[above]
    if (lower === undefined || upper === undefined || lower.atMs >= upper.atMs) return false
    this.#heap[below] = upper
    this.#heap[above] = lower
    return true
  }
}
