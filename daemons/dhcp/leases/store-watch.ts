import type { Logger } from 'pino'

/** A store that took something lately is not tried. */
const PROVEN_MS = 30_000

/** Whether what leases are kept in can be written: each attempt tells, and the begin and the end of a fault are logged. */
export class StoreWatch {
  readonly #log: Logger
  readonly #monotonicMs: () => number
  /** What is stored, in words. */
  readonly #what: string
  #fault: string | null = null
  #provenMs = Number.NEGATIVE_INFINITY

  constructor(log: Logger, monotonicMs: () => number, what: string) {
    this.#log = log
    this.#monotonicMs = monotonicMs
    this.#what = what
  }

  /** Why no lease can be confirmed, in words; null when the last write went well. */
  get fault(): string | null {
    return this.#fault
  }

  /** @returns whether the write went well; its errors are ours to tell */
  write(write: () => void): boolean {
    try {
      write()
    } catch (error) {
      if (this.#fault === null) this.#log.error({ err: error }, `cannot store ${this.#what}: no address is confirmed`)
      this.#fault = `cannot store ${this.#what}: ${error instanceof Error ? error.message : String(error)}`
      return false
    }
    if (this.#fault !== null) this.#log.info(`${this.#what} are stored again`)
    this.#fault = null
    this.#provenMs = this.#monotonicMs()
    return true
  }

  /** Tries it where that is not known: where nobody asks for addresses, only this tells that the disk is full, or no longer is. */
  prove(write: () => void): void {
    if (this.#fault !== null || this.#monotonicMs() - this.#provenMs >= PROVEN_MS) this.write(write)
  }
}
