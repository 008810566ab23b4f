import type { Chunk, Found } from './chunk.ts'
import { filterOf, type LogFilter } from './log-filter.ts'

/** A message that is shown. */
export interface Shown extends Found {
  /** Something between it and the one shown before is left out. */
  readonly gap: boolean
}

/**
 * Picks what matches with some messages before and behind each, as `grep -C` does. What stands around a hit are messages
 * that pass all filters but that for the text: with `--host` those of the same host.
 *
 * Chunks come one after the other, forward or backward; in the latter case messages are given out from the last to the first.
 */
export class Surroundings {
  readonly #around: number
  readonly #filter: LogFilter
  readonly #scope: LogFilter
  readonly #order: 'forward' | 'backward'
  /** The last ones in scope that are not shown; at most `#around`. */
  #held: Found[] = []
  /** One more than these has gone by. */
  #skipped = false
  #shownAny = false
  /** How many are still to be shown behind the last hit. */
  #owed = 0
  #hits = 0

  /** @param around how many before and behind */
  constructor(filter: LogFilter, around: number, order: 'forward' | 'backward') {
    this.#filter = filter
    this.#around = around
    this.#order = order
    this.#scope = filterOf(filter.sinceMs, filter.untilMs, { ...filter.tests, text: null })
  }

  /** How many have matched. */
  get hits(): number {
    return this.#hits
  }

  /** Whether the last hit has all that belongs behind it. */
  get complete(): boolean {
    return this.#owed === 0
  }

  /** @param mostHits no more hits than this are taken altogether */
  pick(chunk: Chunk, mostHits: number): Shown[] {
    const forward = this.#order === 'forward'
    const hits = new Set(chunk.find(this.#filter).map(({ message }) => message.seq))
    if (hits.size === 0 && this.#owed === 0) {
      const tail = chunk.find(this.#scope, { most: this.#around, from: forward ? 'end' : 'start' })
      for (const each of forward ? tail : tail.reverse()) this.#hold(each)
      if (tail.length === this.#around) this.#skipped = true
      return []
    }
    const shown: Shown[] = []
    const scope = chunk.find(this.#scope)
    for (const each of forward ? scope : scope.reverse()) {
      if (hits.has(each.message.seq) && this.#hits < mostHits) {
        this.#hits += 1
        for (const before of this.#held) this.#show(before, shown)
        this.#held = []
        this.#show(each, shown)
        this.#owed = this.#around
      } else if (this.#owed > 0) {
        this.#owed -= 1
        this.#show(each, shown)
      } else if (this.#hits >= mostHits) break
      else this.#hold(each)
    }
    return shown
  }

  #show(found: Found, into: Shown[]): void {
    const gap = this.#skipped && this.#shownAny
    this.#skipped = false
    this.#shownAny = true
    into.push({ message: found.message, line: found.line, gap })
  }

  #hold(found: Found): void {
    this.#held.push(found)
    if (this.#held.length <= this.#around) return
    this.#held.shift()
    this.#skipped = true
  }
}
