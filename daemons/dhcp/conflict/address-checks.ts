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

/** `answer`: those who wait for it can go on. `too many`: it answers for everything, and is not believed. */
export type Heard = 'answer' | 'unasked' | 'too many'

interface Asking {
  /** Asked for the last time: what comes next is the end. */
  isLast: boolean
  readonly askedMs: number
}

interface Answer {
  readonly by: string | null
  readonly untilMs: number
}

/** How long an answer, or none, is believed. */
export const BELIEVED_MS = 60_000
/** Addresses asked about at one time. */
const ASKING_MAX = 128
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
export class AddressChecks {
  readonly #waitMs: number
  readonly #asking = new Map<number, Asking>()
  readonly #answers = new Map<number, Answer>()
  /** By hardware address, the addresses that it answered for. */
  readonly #answeredBy = new Map<string, Set<number>>()

  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  look(address: number, nowMs: number): Verdict {
    if (this.#asking.has(address)) return { kind: 'asking' }
    const answer = this.#answers.get(address)
    if (answer === undefined || answer.untilMs <= nowMs) return { kind: 'unknown' }
    return answer.by === null ? { kind: 'clear' } : { kind: 'taken', by: answer.by }
  }

  /** Notes that an address is asked about; false when too many are, and it is not to be asked about. */
  ask(address: number, nowMs: number): boolean {
    if (this.#asking.size >= ASKING_MAX) return false
    this.#answers.delete(address)
    this.#asking.set(address, { isLast: false, askedMs: nowMs })
    return true
  }

  /**
   * Takes in that somebody uses an address. Only an answer to a question is believed at once; what is heard otherwise
   * makes an address one to ask about.
   *
   * @param by hardware address; empty where only the address itself is known, as behind a relay
   */
  heard(address: number, by: string, nowMs: number): Heard {
    const answer = this.#answers.get(address)
    if (!this.#asking.has(address)) {
      if (answer?.by === null) this.#answers.delete(address)
      return 'unasked'
    }
    if (by !== '' && !this.#isCredible(address, by)) return 'too many'
    this.#asking.delete(address)
    this.#remember(address, by, nowMs)
    return 'answer'
  }

  #isCredible(address: number, by: string): boolean {
    const mine = this.#answeredBy.get(by) ?? new Set()
    if (mine.size >= ANSWERS_OF_ONE && !mine.has(address)) return false
    mine.add(address)
    this.#answeredBy.delete(by)
    this.#answeredBy.set(by, mine)
    trim(this.#answeredBy, ANSWERS_MAX / ANSWERS_OF_ONE)
    return true
  }

  /**
   * Moves on to a moment.
   *
   * @returns the addresses to ask about once more, and whether the time of others is over
   */
  pass(nowMs: number): { readonly again: readonly number[]; readonly isOver: boolean } {
    const again: number[] = []
    let isOver = false
    for (const [address, asking] of this.#asking) {
      const age = nowMs - asking.askedMs
      if (age >= this.#waitMs) {
        this.#asking.delete(address)
        this.#remember(address, null, nowMs)
        isOver = true
      } else if (age >= this.#waitMs / 2 && !asking.isLast) {
        asking.isLast = true
        again.push(address)
      }
    }
    return { again, isOver }
  }

  /** When `pass` has something to do next; null = nothing is asked. */
  nextMs(): number | null {
    let next: number | null = null
    for (const { isLast, askedMs } of this.#asking.values()) {
      const due = askedMs + (isLast ? this.#waitMs : this.#waitMs / 2)
      if (next === null || due < next) next = due
    }
    return next
  }

  #remember(address: number, by: string | null, nowMs: number): void {
    this.#answers.delete(address)
    this.#answers.set(address, { by, untilMs: nowMs + BELIEVED_MS })
    trim(this.#answers, ANSWERS_MAX)
  }
}

/** Maps keep their order: the oldest entry comes first. */
function trim(map: Map<unknown, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}
