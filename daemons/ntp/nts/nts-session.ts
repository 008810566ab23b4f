import { randomBytes } from 'node:crypto'
import type { Guard } from '../auth/guard.ts'
import type { Passage } from '../auth/source-guards.ts'
import { AesSiv, SIV_KEY_BYTES } from './aes-siv.ts'
import { isCookie } from './cookie.ts'
import type { Agreement } from './exchange-keys.ts'
import { decodeNtsAnswer, encodeNtsQuestion, UNIQUE_BYTES } from './nts-question.ts'
import type { RandomPool } from './random-pool.ts'

/** As many as a server gives and a client keeps. @rfc 8915 section 4.1.6 */
const COOKIES_MAX = 8

/** Between two attempts to get keys: doubled after each that failed, so that a server that is back is not overrun. */
const RETRY_FIRST_MS = 16_000
const RETRY_MAX_MS = 4_096_000

export interface NtsSessionParts {
  /** Gets keys from the server; throws in words. */
  readonly exchange: () => Promise<Agreement>
  /** Where time is asked when the server names no port. */
  readonly port: number
  readonly random: RandomPool
  /** Monotonic. */
  readonly nowMs: () => number
}

/**
 * What we share with one source: keys, and the cookies that are left. Kept in memory alone: after a restart keys are got
 * anew, which costs one connection, and there is nothing on the disk that a thief could use.
 *
 * @rfc 8915 section 5.7
 */
export class NtsSession implements Guard {
  readonly #parts: NtsSessionParts
  readonly #toServer = new AesSiv(new Uint8Array(SIV_KEY_BYTES))
  readonly #toClient = new AesSiv(new Uint8Array(SIV_KEY_BYTES))
  #cookies: Uint8Array[] = []
  #passage: Omit<Passage, 'guard'> | null = null
  #unique: Uint8Array = new Uint8Array(UNIQUE_BYTES)
  /** Somebody who saw the question says that our cookie is none; whoever it was, an authentic answer is worth more. */
  #refused = false
  #failures = 0
  #retryMs = Number.NEGATIVE_INFINITY
  #trouble = ''

  constructor(parts: NtsSessionParts) {
    this.#parts = parts
  }

  /** Cookies that are left: questions that can be asked without an answer. */
  get cookies(): number {
    return this.#cookies.length
  }

  /**
   * Makes ready for a question: gets keys when there are none, or when the last question was refused.
   *
   * @throws Error in words when there is no cookie to ask with
   */
  async open(): Promise<Passage> {
    const isDue = this.#parts.nowMs() >= this.#retryMs
    if ((this.#cookies.length === 0 || this.#refused) && isDue) await this.#agree()
    if (this.#passage === null || this.#cookies.length === 0) throw new Error(this.#trouble)
    return { ...this.#passage, guard: this }
  }

  /** @throws Error when no cookie is left */
  seal(question: Uint8Array): Uint8Array {
    const cookie = this.#cookies.shift()
    if (cookie === undefined) throw new Error('no cookie is left')
    this.#unique = randomBytes(UNIQUE_BYTES)
    const placeholders = Math.max(0, COOKIES_MAX - 1 - this.#cookies.length)
    return encodeNtsQuestion(
      question,
      { unique: this.#unique, cookie, placeholders },
      this.#toServer,
      this.#parts.random,
    )
  }

  isAuthentic(datagram: Uint8Array): boolean {
    const answer = decodeNtsAnswer(datagram, this.#unique, this.#toClient)
    if (answer.kind === 'unproved') this.#refused = true
    if (answer.kind !== 'authentic') return false
    this.#refused = false
    this.#cookies.push(...answer.cookies.filter(isCookie))
    this.#cookies.splice(0, this.#cookies.length - COOKIES_MAX)
    return true
  }

  /** What fails leaves the cookies that are left in use: who forges refusals must not be able to take them from us. */
  async #agree(): Promise<void> {
    try {
      const { keys, cookies, server, port, address } = await this.#parts.exchange()
      this.#toServer.rekey(keys.subarray(0, SIV_KEY_BYTES))
      this.#toClient.rekey(keys.subarray(SIV_KEY_BYTES))
      this.#cookies = [...cookies]
      this.#passage = { host: server ?? address, port: port ?? this.#parts.port }
      this.#failures = 0
      this.#refused = false
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : String(error)
      this.#failures += 1
    }
    // After a success as well: a source whose answers never come, or are always refused, is not asked for keys all the time.
    this.#retryMs = this.#parts.nowMs() + Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.max(0, this.#failures - 1))
  }
}
