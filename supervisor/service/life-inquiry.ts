import type { Child } from '../child/child.ts'
import { isRecord } from '../child/child-channel.ts'
import { HangWatch } from '../hang/hang-watch.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { Surroundings } from '../surroundings.ts'
import type { GapAccount } from './gap-record.ts'
import type { ServiceAction, ServiceEvent } from './service-state.ts'

/** How long a daemon may take to count what had waited for it. */
const COUNT_MS = 500

/** The life that is asked, as its service sees it at each moment. */
export interface InquiredLife {
  readonly life: number
  spec(): ServiceSpec
  /** null when it has ended. */
  child(): Child | null
  /** Takes what was found as an event. */
  tell(event: ServiceEvent): void
  /** Takes a line that belongs to the last words. */
  note(line: string): void
}

/** What the state table wants to know. */
type Inquiry = Extract<ServiceAction, { kind: 'probe' | 'suspect' | 'examine' | 'interrogate' }>

/** All that is asked of one life: whether it serves, what had waited for it, and, when it gives no sign of life, why. */
export class LifeInquiry {
  readonly #surroundings: Surroundings
  readonly #asked: InquiredLife
  readonly #hangs: HangWatch
  #probing: AbortController | null = null

  constructor(surroundings: Surroundings, asked: InquiredLife) {
    this.#surroundings = surroundings
    this.#asked = asked
    this.#hangs = new HangWatch(surroundings.clock.monotonicMs)
  }

  /** Takes a line that it printed. @returns whether that was an answer to us alone */
  hear(line: string): boolean {
    return this.#hangs.hear(line)
  }

  heartbeat(): void {
    this.#hangs.forgive('watchdog')
  }

  /** A probe under way is of no interest any more. */
  abort(): void {
    this.#probing?.abort()
  }

  /** What it found when it began; null when it does not tell. */
  async accountOfGap(): Promise<GapAccount | null> {
    try {
      const answer = await this.#asked.child()?.ask('counters', null, COUNT_MS)
      if (!isRecord(answer) || typeof answer['waited'] !== 'number') return null
      const droppedBefore = answer['dropped_before']
      return { waited: answer['waited'], droppedBefore: typeof droppedBefore === 'number' ? droppedBefore : null }
    } catch {
      // A daemon that does not answer now leaves the number as it is; the probe and the heartbeat judge it.
      return null
    }
  }

  /** Asks; what was found comes as an event. */
  perform(action: Inquiry): void {
    switch (action.kind) {
      case 'probe':
        void this.#probe()
        break
      case 'suspect':
        this.#hangs.suspect(action.about, this.#asked.child()?.pid ?? null)
        break
      case 'examine':
        this.#examine(action.about)
        break
      case 'interrogate':
        void this.#interrogate()
        break
    }
  }

  async #probe(): Promise<void> {
    const { probe, clock, stalledMs } = this.#surroundings
    const aborter = new AbortController()
    this.#probing = aborter
    const sinceMs = clock.monotonicMs()
    const outcome = await probe(this.#asked.spec(), aborter.signal)
    if (this.#probing === aborter) this.#probing = null
    if (outcome.kind !== 'silent') this.#hangs.forgive('probe')
    const { life } = this.#asked
    this.#asked.tell({ kind: 'probed', life, outcome, nowMs: clock.monotonicMs(), stalledMs: stalledMs(sinceMs) })
  }

  #examine(about: 'watchdog' | 'probe'): void {
    const { life } = this.#asked
    const { rules, name } = this.#asked.spec()
    const budgetMs = (about === 'watchdog' ? rules.watchdogMs : rules.probeEveryMs) ?? 0
    const finding = this.#hangs.examine(about, this.#asked.child()?.pid ?? null, budgetMs)
    const fields = { daemon: name, life, reason: finding.words }
    if (!finding.hung) this.#surroundings.log.warn(fields, 'no sign of life, but it is not to blame')
    this.#asked.tell({ kind: 'examined', life, about, finding, nowMs: this.#surroundings.clock.monotonicMs() })
  }

  async #interrogate(): Promise<void> {
    const { life } = this.#asked
    const { name, own } = this.#asked.spec()
    const child = this.#asked.child()
    const stack = child === null ? [] : await this.#hangs.locate(child, own)
    for (const line of stack) this.#asked.note(line)
    this.#surroundings.log.error({ daemon: name, life, stack }, 'where it hangs')
    this.#asked.tell({ kind: 'interrogated', life, nowMs: this.#surroundings.clock.monotonicMs() })
  }
}
