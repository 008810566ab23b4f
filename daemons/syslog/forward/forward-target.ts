import { setImmediate as yieldTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Clock } from '../../runtime/contract.ts'
import type { ForwardSection } from '../section.ts'
import type { Backlog } from './backlog.ts'
import { Bell } from './bell.ts'
import { type Breakage, type CarrierEvents, type Parcel, wordsOfNetworkError } from './carrier.ts'
import { type OpenedCarrier, openCarrier } from './open-carrier.ts'
import { retryDelayMs } from './retry-delay.ts'
import { describeTarget, type TargetReport, type TargetState } from './target-report.ts'

export interface ForwardTargetParts {
  readonly section: ForwardSection
  readonly backlog: Backlog
  readonly clock: Clock
  readonly log: Logger
  /** Uniform in [0, 1). */
  readonly chance: () => number
}

/**
 * Brings the messages of the store to one target, in order, over one connection after the other. A target that is slow
 * or away holds up nothing but its own place in the store.
 */
export class ForwardTarget {
  readonly section: ForwardSection
  readonly backlog: Backlog
  readonly #parts: ForwardTargetParts
  readonly #bell = new Bell()
  readonly #ended: Promise<void>
  #state: TargetState = { kind: 'connecting' }
  #stopping = false
  /** Ends what may take longer than a stop may. */
  #onStop: () => void = () => undefined
  /** Since when nothing gets there, monotonic; null while the way is open. */
  #awayMs: number | null = null
  /** Since when it takes nothing of what was handed over, monotonic; null while nothing is. */
  #stalledMs: number | null = null
  /** The target has kept something on this way. */
  #progress = false
  /** It has shown on this way that it is there. */
  #hasBegun = false
  #maybeLost = 0
  #retryAfterMs = 0
  #connects = 0
  #lastError: string | null = null

  constructor(parts: ForwardTargetParts) {
    this.#parts = parts
    this.section = parts.section
    this.backlog = parts.backlog
    this.#ended = this.#run()
  }

  /** There may be something new in the store. */
  wake(): void {
    this.#bell.ring()
  }

  /** Ends the connection in good order and keeps the place. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#onStop()
    this.#bell.ring()
    await this.#ended
  }

  report(): TargetReport {
    const { section, clock } = this.#parts
    const nowMs = clock.monotonicMs()
    const awayMs = this.#awayMs === null ? null : nowMs - this.#awayMs
    const totals = { ...this.backlog.counters, maybe_lost: this.#maybeLost, connects: this.#connects }
    const facts = { behind: this.backlog.behind, behindMs: this.backlog.behindMs(), awayMs, error: this.#lastError }
    const isTried = this.#state.kind === 'connected' && !this.#hasBegun && facts.behind > 0
    return describeTarget(section, isTried ? { kind: 'connecting' } : this.#state, facts, totals, nowMs)
  }

  /** What keeps messages from the target for a while now, in words. */
  faults(): readonly string[] {
    const place = this.backlog.fault
    const own = place === null ? [] : [place]
    const nowMs = this.#parts.clock.monotonicMs()
    if (this.#awayMs !== null && nowMs - this.#awayMs >= PATIENCE_MS)
      return [...own, `cannot forward to ${this.section.name}: ${this.#lastError ?? 'no answer'}`]
    if (this.#stalledMs === null || nowMs - this.#stalledMs < STALL_MS) return own
    return [...own, `cannot forward to ${this.section.name}: it takes nothing, for ${STALL_MS / 1000} s or longer`]
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stopping; ) {
      const beganMs = this.#parts.clock.monotonicMs()
      const reason = await this.#serveOnce()
      if (reason === null) break
      const lastedMs = this.#parts.clock.monotonicMs() - beganMs
      // Who keeps something now and then is tried again soon.
      failures = this.#progress || lastedMs >= GOOD_RUN_MS ? 1 : failures + 1
      this.#lastError = reason
      await this.#rest(Math.max(this.#retryAfterMs, retryDelayMs(failures, this.#parts.chance())), reason)
      this.#retryAfterMs = 0
    }
    this.#state = { kind: 'stopped' }
    this.backlog.saveNow()
    this.backlog.close()
  }

  /** One connection from its beginning to its end. @returns why it ended; null = because of a stop */
  async #serveOnce(): Promise<string | null> {
    const { section, clock, log } = this.#parts
    let breakage: Breakage | null = null
    const events: CarrierEvents = {
      taken: (fresh, through) => {
        this.backlog.taken(fresh, through)
        this.#stalledMs = this.backlog.isOutstanding ? clock.monotonicMs() : null
      },
      settled: (through) => {
        this.#awayMs = null
        this.#progress = true
        this.backlog.settled(through)
        this.#begin()
      },
      refused: (lines, reason) => this.backlog.refused(lines, reason),
      broken: (how) => {
        breakage = how
        this.#maybeLost += how.maybeLost
        this.#bell.ring()
      },
    }
    const broken = (): Breakage | null => breakage
    this.#state = { kind: 'connecting' }
    this.#progress = false
    let opened: OpenedCarrier | null
    try {
      opened = await this.#open(events)
      if (opened === null) return null
    } catch (error) {
      this.#awayMs ??= clock.monotonicMs()
      return wordsOfNetworkError(error)
    }
    this.#connects += 1
    this.#state = { kind: 'connected', sinceMs: clock.monotonicMs() }
    this.#hasBegun = false
    if (opened.proven) {
      this.#awayMs = null
      this.#begin()
    }
    this.backlog.rewind()
    const { carrier } = opened
    this.#onStop = () => void carrier.close()
    try {
      await this.#pour(opened, () => broken() !== null)
    } catch (error) {
      breakage ??= { reason: wordsOfNetworkError(error), maybeLost: 0 }
    }
    const how = broken()
    this.#stalledMs = null
    await carrier.close()
    if (how === null || this.#stopping) return null
    this.#awayMs ??= clock.monotonicMs()
    this.#retryAfterMs = how.retryAfterMs ?? 0
    if (this.#hasBegun)
      log.warn({ target: section.name, reason: how.reason, behind: this.backlog.behind }, 'forwarding is interrupted')
    return how.reason
  }

  /** The target has shown that it is there. */
  #begin(): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.#parts.log.info({ target: this.section.name, behind: this.backlog.behind }, 'forwarding begins')
  }

  /** @returns null when we are to stop meanwhile */
  async #open(events: CarrierEvents): Promise<OpenedCarrier | null> {
    const { section, clock } = this.#parts
    const opening = openCarrier(section, clock, events)
    const stopped = new Promise<null>((resolve) => {
      this.#onStop = () => resolve(null)
    })
    const opened = await Promise.race([opening, stopped])
    if (opened === null) opening.then(({ carrier }) => carrier.close()).catch(() => undefined)
    return opened
  }

  /** Sends until the way breaks or we are to stop. */
  async #pour({ carrier, address }: OpenedCarrier, isBroken: () => boolean): Promise<void> {
    while (!this.#stopping && !isBroken()) {
      const parcel = this.backlog.next(address)
      if (parcel === null) {
        await this.#bell.wait()
        continue
      }
      const beganMs = this.#parts.clock.monotonicMs()
      this.#stalledMs ??= beganMs
      await carrier.send(parcel)
      // Receiving comes first; of what was not read from the store there is no more than was just received.
      if (this.backlog.live?.isOpen !== true) await yieldTurn()
      await this.#pace(parcel, beganMs)
    }
  }

  async #pace({ count }: Parcel, beganMs: number): Promise<void> {
    const { rate } = this.section
    if (rate === null) return
    const dueMs = beganMs + (count / rate) * 1000
    for (let nowMs = this.#parts.clock.monotonicMs(); nowMs < dueMs && !this.#stopping; ) {
      await this.#bell.wait(dueMs - nowMs)
      nowMs = this.#parts.clock.monotonicMs()
    }
  }

  async #rest(ms: number, reason: string): Promise<void> {
    const { clock } = this.#parts
    const untilMs = clock.monotonicMs() + ms
    this.#state = { kind: 'waiting', untilMs, reason }
    for (let nowMs = clock.monotonicMs(); nowMs < untilMs && !this.#stopping; nowMs = clock.monotonicMs())
      await this.#bell.wait(untilMs - nowMs)
  }
}

/** Shorter absences, such as the restart of a target, are no fault. */
const PATIENCE_MS = 10_000
/** A peer that is connected and reads nothing, or answers nothing. */
const STALL_MS = 60_000
/** A connection that lived as long makes the next failure the first again. */
const GOOD_RUN_MS = 10_000
