import type { Logger } from 'pino'

/** Lines in one second; more are counted and told in one. */
const LINES_PER_SECOND = 20

/** Lines about leases, as many as the log can take. */
export class LeaseLines {
  readonly #log: Logger
  readonly #monotonicMs: () => number
  /** What is told of those for which there was no line. */
  readonly #more: string
  #second = 0
  #written = 0
  #left = 0

  constructor(log: Logger, monotonicMs: () => number, more: string) {
    this.#log = log
    this.#monotonicMs = monotonicMs
    this.#more = more
  }

  /** Whether there is a line left in this second for one more change; it is used up. */
  take(): boolean {
    const second = Math.floor(this.#monotonicMs() / 1000)
    if (second !== this.#second) {
      if (this.#left > 0) this.#log.info({ count: this.#left }, this.#more)
      this.#second = second
      this.#written = 0
      this.#left = 0
    }
    if (this.#written >= LINES_PER_SECOND) this.#left += 1
    else this.#written += 1
    return this.#left === 0
  }
}
