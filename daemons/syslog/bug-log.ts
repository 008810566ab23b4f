import type { Logger } from 'pino'
import type { Clock } from '../runtime/contract.ts'

const EVERY_MS = 60_000

/** Tells of throws of our own code, of one in a minute: what causes them may be what a stranger sends. */
export class BugLog {
  readonly #log: Pick<Logger, 'error'>
  readonly #clock: Pick<Clock, 'monotonicMs'>
  #toldMs = Number.NEGATIVE_INFINITY

  constructor({ log, clock }: { readonly log: Pick<Logger, 'error'>; readonly clock: Pick<Clock, 'monotonicMs'> }) {
    this.#log = log
    this.#clock = clock
  }

  /** @param listen the URL of the listener */
  tell(error: unknown, listen: string): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#toldMs < EVERY_MS) return
    this.#toldMs = nowMs
    this.#log.error({ err: error, listen }, 'cannot take in a message')
  }
}
