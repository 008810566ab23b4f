/** What was handed to a target and is not yet known to be with it for good. */
interface Entry {
  /** Number of the last message of the store that is dealt with when this is. */
  readonly through: number
  readonly count: number
  /** How many of them the target never had before. */
  readonly fresh: number
  /** Offset behind it in the stream of bytes, or farther when its end was being taken while we looked. */
  end: number
  /** When the target's kernel had taken it, monotonic; null = not yet. */
  takenMs: number | null
}

/**
 * Remembers what is under way on one connection. Plain TCP tells what the kernel of the target has taken, not what its
 * program has read, let alone kept: what was taken only a moment ago, or lies unread in its receive buffer, is held to be
 * under way still and is sent again if the connection breaks.
 *
 * @rfc 6587 section 3.3 (no acknowledgement by the program)
 */
export class SentLog {
  readonly #settleMs: number
  #entries: Entry[] = []
  /** Those before this one are taken. */
  #untaken = 0
  #takenBytes = 0
  /** Messages that passed for good in each of the last seconds. */
  #passed: { readonly second: number; count: number }[] = []

  /** @param settleMs so long after it was taken, a message passes for good */
  constructor(settleMs: number) {
    this.#settleMs = settleMs
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  add(entry: Omit<Entry, 'takenMs'>): void {
    this.#entries.push({ ...entry, takenMs: null })
  }

  /**
   * The target's kernel has taken all bytes before this offset.
   *
   * @param isAll whether these are all bytes that were written
   * @returns what of that is new: fresh messages, and the last number of all; null when nothing is
   */
  taken(bytes: number, nowMs: number, isAll = false): { fresh: number; through: number } | null {
    this.#takenBytes = Math.max(this.#takenBytes, bytes)
    let fresh = 0
    let last: Entry | null = null
    for (; this.#untaken < this.#entries.length; this.#untaken++) {
      const entry = this.#entries[this.#untaken]
      if (entry === undefined || (entry.end > bytes && !isAll)) break
      entry.end = Math.min(entry.end, bytes)
      entry.takenMs = nowMs
      fresh += entry.fresh
      last = entry
    }
    return last === null ? null : { fresh, through: last.through }
  }

  /**
   * Lets go of what is with the target for good.
   *
   * @param unreadBytes may lie in the target's receive buffer
   * @returns number of the last message of them, null when there are none
   */
  settle(nowMs: number, unreadBytes: number): number | null {
    const read = this.#takenBytes - unreadBytes
    return this.#release(
      ({ takenMs, end }) => takenMs !== null && nowMs - takenMs >= this.#settleMs && end <= read,
      nowMs,
    )
  }

  /** The target has said farewell in good order: whatever its kernel took, it has read. @returns as `settle` */
  settleTaken(nowMs: number): number | null {
    return this.#release(({ takenMs }) => takenMs !== null, nowMs)
  }

  /** Messages that passed for good so lately that a target whose machine failed may not have kept them. */
  passedLately(nowMs: number): number {
    this.#forget(nowMs)
    return this.#passed.reduce((sum, { count }) => sum + count, 0)
  }

  #release(mayGo: (entry: Entry) => boolean, nowMs: number): number | null {
    const first = this.#entries.findIndex((entry) => !mayGo(entry))
    const gone = this.#entries.splice(0, first < 0 ? this.#entries.length : first)
    if (gone.length === 0) return null
    this.#untaken -= gone.length
    this.#forget(nowMs)
    const second = Math.floor(nowMs / 1000)
    const count = gone.reduce((sum, entry) => sum + entry.count, 0)
    const newest = this.#passed.at(-1)
    if (newest?.second === second) newest.count += count
    else this.#passed.push({ second, count })
    return gone.at(-1)?.through ?? null
  }

  #forget(nowMs: number): void {
    this.#passed = this.#passed.filter(({ second }) => nowMs - second * 1000 < LATELY_MS)
  }
}

/** Linux writes what a program wrote to the disk after 30 s. */
const LATELY_MS = 30_000
