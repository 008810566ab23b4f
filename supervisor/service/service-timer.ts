/** A timer this much late means that we ourselves did not run. */
const STALL_MS = 1_000
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The one timer of a service: set for its earliest deadline, whatever that is about. */
export class ServiceTimer {
  readonly #nowMs: () => number
  readonly #onTime: (nowMs: number, stalledMs: number) => void
  #timer: NodeJS.Timeout | null = null

  /** @param onTime also told how long we ourselves slept beyond the deadline; 0 when that is within the usual */
  constructor(nowMs: () => number, onTime: (nowMs: number, stalledMs: number) => void) {
    this.#nowMs = nowMs
    this.#onTime = onTime
  }

  /** Forgets what it was set for, and is set for this monotonic time; null = for none. */
  set(dueMs: number | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (dueMs === null) return
    const waitMs = Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(dueMs - this.#nowMs())))
    this.#timer = setTimeout(() => {
      const lateMs = this.#nowMs() - dueMs
      // What arrived while we slept is heard first: a heartbeat or READY may lie in its socket.
      setImmediate(() => this.#onTime(this.#nowMs(), lateMs > STALL_MS ? lateMs : 0))
    }, waitMs)
  }
}
