/**
 * Decides how long a busy socket is left alone, so that datagrams gather in it instead of waking us one by one: a wake-up
 * costs several times what it costs to read one more datagram. A socket with little to do is never left alone.
 */
export class Gathering {
  readonly #mostMs: number
  readonly #room: number
  #lastMs = Number.NEGATIVE_INFINITY
  #wasShort = false

  /**
   * @param mostMs longest rest, which is also what a datagram may have to wait
   * @param room datagrams that may gather, well below what the receive buffer holds
   */
  constructor(mostMs: number, room: number) {
    this.#mostMs = mostMs
    this.#room = room
  }

  /**
   * Looks at a reading that has just ended.
   *
   * @param count datagrams that it took
   * @param nowMs monotonic time
   * @param isEmpty whether it took all that was there; what is left was left alone long enough
   * @param isMoreAtHand whether many will come at once in answer to what was sent: for them there is one short rest, so that
   *   who asks twice waits a whole one only once
   * @returns whole milliseconds to leave the socket alone; 0 = wake us when something comes
   */
  rest(count: number, nowMs: number, isEmpty = true, isMoreAtHand = false): number {
    const sinceMs = Math.max(nowMs - this.#lastMs, 1)
    this.#lastMs = nowMs
    const perMs = count / sinceMs
    if (!isEmpty || perMs * this.#mostMs < WORTH_WAITING) return 0
    this.#wasShort = isMoreAtHand && !this.#wasShort
    return Math.floor(Math.min(this.#wasShort ? SHORT_MS : this.#mostMs, this.#room / perMs))
  }
}

/** In this time most programs have answered. */
const SHORT_MS = 1
/** Fewer are no gain. */
const WORTH_WAITING = 2
