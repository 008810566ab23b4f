import type { Logger } from 'pino'
import type { Clock } from '../../runtime/contract.ts'
import { wordsOfDiskError } from './disk.ts'

/**
 * One thing the store has to do and, for a time, cannot: said once when that begins and once when it is over, however
 * often it is tried between. It is over when it has gone well for a while: a full disk takes a little now and then, and
 * a line in the log for each change would itself fill it.
 */
export class StoreFault {
  readonly #what: string
  readonly #clock: Clock
  readonly #log: Logger
  #code: string | null = null
  #beganMs = 0
  /** Since when it goes well; null while the last attempt failed. */
  #wellMs: number | null = null

  /** @param what in words, such as `cannot store messages` */
  constructor(what: string, clock: Clock, log: Logger) {
    this.#what = what
    this.#clock = clock
    this.#log = log
  }

  /** Error code of the last failure, e.g. `ENOSPC`, until all is well again. */
  get code(): string | null {
    return this.#code
  }

  /** The fault for people; null when there is none. */
  get text(): string | null {
    if (this.#code === null) return null
    return `${this.#what}: ${wordsOfDiskError(this.#code)}${this.#wellMs === null ? '' : ', until a moment ago'}`
  }

  failed(error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO'
    this.#wellMs = null
    if (this.#code === null) {
      this.#beganMs = this.#clock.monotonicMs()
      this.#log.error({ error: wordsOfDiskError(code) }, this.#what)
    }
    this.#code = code
  }

  worked(): void {
    if (this.#code === null) return
    this.#wellMs ??= this.#clock.monotonicMs()
    this.settle()
  }

  /** Ends the fault when it has gone well for long enough. */
  settle(): void {
    if (this.#code === null || this.#wellMs === null) return
    if (this.#clock.monotonicMs() - this.#wellMs < SETTLE_MS) return
    const seconds = Math.round((this.#wellMs - this.#beganMs) / 1000)
    this.#log.info({ error: wordsOfDiskError(this.#code), seconds }, `no more: ${this.#what}`)
    this.#code = null
    this.#wellMs = null
  }
}

const SETTLE_MS = 10_000
