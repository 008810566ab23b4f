import type { Answer, Exchange } from './exchange.ts'

/** After so many questions without an answer the source may have forgotten us, and what it says last is old. */
const QUESTIONS_MAX = 4

/**
 * Asks one source in the interleaved mode: each question names the last exchange, whose answer the source can by now tell the
 * true departure of. An exchange is named until the next one is complete, so that a lost answer costs nothing and no departure
 * counts twice.
 *
 * @rfc 9769 section 2
 */
export class Interleaving {
  #last: Exchange | null = null
  #address = ''
  #questions = 0

  /** What the next question goes back to; null = it is asked in the basic mode. @param address to which it goes */
  next(address: string): Exchange | null {
    if (address !== this.#address || this.#questions >= QUESTIONS_MAX) this.forget()
    this.#address = address
    this.#questions += 1
    return this.#last
  }

  /** Takes what a question came to, its answer being proved. */
  settle(answer: Answer): void {
    if (answer.kind === 'unusable' || answer.kind === 'unsynchronised') this.forget()
    if (answer.kind !== 'measurement') return
    this.#last = answer.exchange
    this.#questions = 0
  }

  /** The last exchange holds no more: the clock was set, or it leads to nothing. */
  forget(): void {
    this.#last = null
  }
}
