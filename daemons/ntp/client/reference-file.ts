import { readFileSync } from 'node:fs'
import type { Logger } from 'pino'
import { readBootId } from '../../linux/boot-id.ts'
import type { Clock } from '../../runtime/contract.ts'
import { replaceFile } from '../../runtime/replace-file.ts'
import { type KeptReference, type Moment, packReference, unpackReference } from './kept-reference.ts'

/** The file in which the reference outlives our process. It need not outlive the machine: it is void after its next start. */
export class ReferenceFile {
  readonly #path: string
  readonly #clock: Clock
  readonly #log: Logger
  readonly #bootId = readBootId()
  #isRefused = false

  constructor(path: string, clock: Clock, log: Logger) {
    this.#path = path
    this.#clock = clock
    this.#log = log
  }

  /** What an earlier life followed; null when it does not hold any more, or there is none. */
  read(): KeptReference | null {
    try {
      return unpackReference(readFileSync(this.#path, 'utf8'), this.#now())
    } catch {
      return null
    }
  }

  /** Keeps it, whole or not at all. A disk that refuses is told once, until it takes it again. */
  write(kept: KeptReference): void {
    try {
      replaceFile(this.#path, packReference(kept, this.#now()))
      this.#isRefused = false
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (!this.#isRefused) this.#log.warn({ reason }, 'cannot keep the reference for the next start')
      this.#isRefused = true
    }
  }

  #now(): Moment {
    const wallMs = Number(this.#clock.wallNs() / 1000n) / 1000
    return { bootId: this.#bootId, monotonicMs: this.#clock.monotonicMs(), wallMs }
  }
}
