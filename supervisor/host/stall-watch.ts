/** How often we look whether we still run. */
const TICK_MS = 500
/** Later than this is a stall: stopped, suspended, starved of CPU or disk. */
const LATE_MS = 500
/** Stalls that are remembered; a question spans a few seconds. */
const KEPT = 8

/** Knows when this process itself did not run, so that nobody is blamed for what it could not hear then. */
export class StallWatch {
  readonly #nowMs: () => number
  readonly #timer: NodeJS.Timeout
  readonly #stalls: { readonly fromMs: number; readonly toMs: number }[] = []
  #lastMs: number

  /** @param nowMs monotonic */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
    this.#lastMs = nowMs()
    this.#timer = setInterval(() => this.look(), TICK_MS).unref()
  }

  /** Looks whether we ran since the last look; the timer does it, and whoever asks. */
  look(): void {
    const nowMs = this.#nowMs()
    const dueMs = this.#lastMs + TICK_MS
    this.#lastMs = nowMs
    if (nowMs - dueMs <= LATE_MS) return
    this.#stalls.push({ fromMs: dueMs, toMs: nowMs })
    if (this.#stalls.length > KEPT) this.#stalls.shift()
  }

  /** For how long of the time since then we did not run, in milliseconds; 0 when we always did. */
  stalledMs(sinceMs: number): number {
    this.look()
    return this.#stalls.reduce((sum, { fromMs, toMs }) => sum + Math.max(0, toMs - Math.max(fromMs, sinceMs)), 0)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
