import { RateTable } from '../abuse/rate-table.ts'

/** What is known of an address that is to be given out. */
export type Verdict =
  /** Nobody answered for it a short time ago. */
  | { readonly kind: 'clear' }
  /** Asked, and the time to answer is not over. */
  | { readonly kind: 'asking' }
  /** Not asked. */
  | { readonly kind: 'unknown' }
  /** Answered for by this hardware address (aa:bb:…, or empty where only the address itself answered). */
  | { readonly kind: 'taken'; readonly by: string }

/** `answer`: those who wait for it can go on. `disbelieved`: it answers for everything, and is not believed. */
export type Heard = 'answer' | 'unasked' | 'disbelieved'

interface Answer {
  readonly by: string | null
  readonly untilMs: number
}

/** How long an answer, or none, is believed. */
export const BELIEVED_MS = 60_000
/** Addresses newly asked about; each is asked twice, and every host of the link must look at each question. */
const QUESTIONS = { perSecond: 2048, burst: 1024 }
/** Addresses asked about at one time. */
const ASKING_MAX = 2048
/** Answers remembered; the oldest go first. */
const ANSWERS_MAX = 8192
/** A hardware address that answers for more addresses than this answers for all: a router with proxy ARP, or an attack. */
const ANSWERS_OF_ONE = 16

/**
 * Which addresses somebody was heard to use. Each is asked about twice, the second time when half of the wait is over: a
 * radio link may lose the first.
 *
 * @attack a host that answers for every address would close all pools: after 16 addresses it is no longer believed
 */
export class AddressChecks<Address extends number | bigint = number> {
  readonly #waitMs: number
  /** When each was asked about that was asked once; the earliest comes first. */
  readonly #askedOnce = new Map<Address, number>()
  /** The same for those that were asked twice: what comes next is the end. */
  readonly #askedTwice = new Map<Address, number>()
  readonly #questions = new RateTable(QUESTIONS, 2)
  readonly #answers = new Map<Address, Answer>()
  /** By hardware address, the addresses that it answered for. */
  readonly #answeredBy = new Map<string, Set<Address>>()

  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  look(address: Address, nowMs: number): Verdict {
    if (this.#isAsking(address)) return { kind: 'asking' }
    const answer = this.#answers.get(address)
    if (answer === undefined || answer.untilMs <= nowMs) return { kind: 'unknown' }
    return answer.by === null ? { kind: 'clear' } : { kind: 'taken', by: answer.by }
  }

  /** Notes that an address is asked about; false when too many are, and it is not to be asked about. */
  ask(address: Address, nowMs: number): boolean {
    if (this.#askedOnce.size + this.#askedTwice.size >= ASKING_MAX || !this.#questions.take('', nowMs)) return false
    this.#answers.delete(address)
    this.#askedOnce.set(address, nowMs)
    return true
  }

  /**
   * Takes in that somebody uses an address. Only an answer to a question is believed at once; what is heard otherwise
   * makes an address one to ask about.
   *
   * @param by hardware address; empty where only the address itself is known, as behind a relay
   */
  heard(address: Address, by: string, nowMs: number): Heard {
    const answer = this.#answers.get(address)
    if (!this.#isAsking(address)) {
      if (answer?.by === null) this.#answers.delete(address)
      return 'unasked'
    }
    if (by !== '' && !this.#isCredible(address, by)) return 'disbelieved'
    this.#askedOnce.delete(address)
    this.#askedTwice.delete(address)
    this.#remember(address, by, nowMs)
    return 'answer'
  }

  #isCredible(address: Address, by: string): boolean {
    const mine = this.#answeredBy.get(by) ?? new Set<Address>()
    if (mine.size >= ANSWERS_OF_ONE && !mine.has(address)) return false
    mine.add(address)
    this.#answeredBy.delete(by)
    this.#answeredBy.set(by, mine)
    trim(this.#answeredBy, ANSWERS_MAX / ANSWERS_OF_ONE)
    return true
  }

  /**
   * Moves on to a moment, at a cost for those whose time has come alone.
   *
   * @returns the addresses to ask about once more, and those whose time is over
   */
  pass(nowMs: number): { readonly again: readonly Address[]; readonly over: readonly Address[] } {
    const again: Address[] = []
    const over: Address[] = []
    for (const asked of [this.#askedTwice, this.#askedOnce])
      for (const [address, askedMs] of asked) {
        const age = nowMs - askedMs
        if (age < (asked === this.#askedOnce ? this.#waitMs / 2 : this.#waitMs)) break
        asked.delete(address)
        if (age < this.#waitMs) {
          this.#askedTwice.set(address, askedMs)
          again.push(address)
        } else {
          this.#remember(address, null, nowMs)
          over.push(address)
        }
      }
    return { again, over }
  }

  /** When `pass` has something to do next; null = nothing is asked. */
  nextMs(): number | null {
    const [once] = this.#askedOnce.values()
    const [twice] = this.#askedTwice.values()
    if (once === undefined && twice === undefined) return null
    const never = Number.POSITIVE_INFINITY
    return Math.min((once ?? never) + this.#waitMs / 2, (twice ?? never) + this.#waitMs)
  }

  #isAsking(address: Address): boolean {
    return this.#askedOnce.has(address) || this.#askedTwice.has(address)
  }

  #remember(address: Address, by: string | null, nowMs: number): void {
    this.#answers.delete(address)
    this.#answers.set(address, { by, untilMs: nowMs + BELIEVED_MS })
    trim(this.#answers, ANSWERS_MAX)
  }
}

/** Maps keep their order: the oldest entry comes first. */
function trim(map: Map<unknown, unknown>, most: number): void {
  if (map.size <= most) return
  for (const key of map.keys()) {
    map.delete(key)
    if (map.size <= most) return
  }
}
