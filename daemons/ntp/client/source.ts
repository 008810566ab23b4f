import type { SourceSettings } from '../section.ts'
import { identityOf } from '../source-identity.ts'
import { ClockFilter, type FilteredClock } from './clock-filter.ts'
import type { Answer, Measurement } from './exchange.ts'
import { Interleaving } from './interleaving.ts'

/** Questions of a burst, and the time between them. @rfc 5905 section 7.2, BCOUNT and BTIME */
const BURST = 8
const BURST_MS = 2_000
/** A source that refuses us is asked again after this long. */
const REFUSED_MS = 3_600_000
/** Steadiness that moves the poll interval. @rfc 5905 appendix A.1.1, LIMIT and PGATE */
const POLL_LIMIT = 30
const POLL_GATE = 4
/** Kisses that say nothing of the source's clock. @rfc 5905 section 7.4; 8915 section 5.7 */
const MANNERS: ReadonlySet<string> = new Set(['RATE', 'DENY', 'RSTR', 'NTSN'])

/** One upstream source: what it said lately, whether it answers, and when it is asked next. */
export class Source {
  readonly filter = new ClockFilter()
  /** The last eight questions, newest in the lowest bit; set = answered. */
  reach = 0
  /** Log2 of the seconds between questions. */
  poll: number
  /** When it is asked next, monotonic milliseconds. */
  dueMs: number
  /** Why its last answer is of no use, in words; null when it is. */
  fault: string | null = 'not asked yet'
  latest: Measurement | null = null
  /** When that came, monotonic milliseconds. */
  heardMs = Number.NEGATIVE_INFINITY
  /** How far its measurements were off together then, before any silence that followed. @unit seconds */
  dispersion = Number.POSITIVE_INFINITY
  /** Whether its last word was a time; one that says itself that it has none is not followed. @rfc 5905 section 11.2.1, fit() */
  isFit = false
  #settings: SourceSettings
  #interleaving: Interleaving | null
  #burst: number
  #steadiness = 0
  /** Log2 of the seconds that it wants between questions at least; null = it never said. */
  #floor: number | null = null

  constructor(settings: SourceSettings, nowMs: number) {
    this.#settings = settings
    this.#interleaving = interleavingOf(settings)
    this.poll = settings.minPoll
    this.dueMs = nowMs
    this.#burst = settings.iburst ? BURST : 0
  }

  get settings(): SourceSettings {
    return this.#settings
  }

  /** null = it is asked in the basic mode. */
  get interleaving(): Interleaving | null {
    return this.#interleaving
  }

  get identity(): string {
    return identityOf(this.#settings)
  }

  /** Goes on by settings of the same identity, and keeps all that it said. One that refused us is left alone as long as before. */
  adopt(settings: SourceSettings, nowMs: number): void {
    const { minPoll, maxPoll } = settings
    const isRefused = this.#isRefused(nowMs)
    if (settings.interleaved !== this.#settings.interleaved) this.#interleaving = interleavingOf(settings)
    this.#settings = settings
    this.poll = Math.min(maxPoll, Math.max(minPoll, this.#floor ?? minPoll, this.poll))
    if (!isRefused) this.dueMs = Math.min(this.dueMs, nowMs + 2 ** this.poll * 1000)
  }

  /** A question goes out now. */
  asked(nowMs: number): void {
    this.reach = (this.reach << 1) & 0xff
    if (this.#burst > 0) this.#burst -= 1
    this.dueMs = nowMs + (this.#burst > 0 ? BURST_MS : 2 ** this.poll * 1000)
  }

  /**
   * What came back, or null when nothing did in time.
   *
   * @param residual how far a measurement lies from what we serve, in seconds; null while we follow nobody
   */
  heard(answer: Answer | null, nowMs: number, precision: number, residual: number | null): void {
    switch (answer?.kind) {
      case undefined:
        this.fault = 'no answer'
        if ((this.reach & 7) === 0) this.filter.miss()
        return
      case 'kiss':
        this.fault = `kiss code ${answer.code}`
        // ntpd says INIT or STEP in this place while it has no time; those below only mean how often it may be asked.
        if (MANNERS.has(answer.code)) this.#kissed(answer.code, nowMs)
        else this.isFit = false
        return
      case 'unsynchronised':
        this.isFit = false
        this.fault = answer.why
        return
      case 'unusable':
        this.fault = answer.why
        return
      case 'other':
        return
      case 'measurement':
        this.fault = null
        if (this.reach === 0 && this.#burst === 0) this.#askBriskly(nowMs)
        this.reach |= 1
        this.latest = answer.measurement
        this.heardMs = nowMs
        this.isFit = true
        this.filter.add(answer.measurement, nowMs - (answer.measurement.interleavedMs ?? 0))
        this.#judge(this.filter.read(nowMs, precision), residual)
    }
  }

  /** Nothing that it said holds any more: it is asked at once, in a burst where it may be. One that asked for peace has it. */
  hurry(nowMs: number): void {
    if (this.#floor !== null || this.#isRefused(nowMs)) return
    this.#burst = this.#settings.iburst ? BURST : 0
    this.dueMs = nowMs
  }

  #isRefused(nowMs: number): boolean {
    return this.dueMs - nowMs > 2 ** this.#settings.maxPoll * 1000
  }

  #judge(clock: FilteredClock | null, residual: number | null): void {
    if (clock === null) return
    this.dispersion = clock.dispersion
    if (residual !== null) this.#adapt(residual, clock.jitter)
  }

  /** One that was away is back. */
  #askBriskly(nowMs: number): void {
    if (!this.#settings.iburst || this.#floor !== null) return
    this.#burst = BURST - 1
    this.dueMs = nowMs + BURST_MS
  }

  /** @rfc 5905 section 7.4: after RATE slower, after DENY or RSTR not at all */
  #kissed(code: string, nowMs: number): void {
    this.#burst = 0
    if (code === 'RATE') {
      this.poll = Math.min(this.#settings.maxPoll, this.poll + 1)
      this.#floor = this.poll
    }
    this.dueMs = nowMs + (code === 'DENY' || code === 'RSTR' ? REFUSED_MS : 2 ** this.poll * 1000)
  }

  /** A steady clock is asked less often, one that moves more often. @rfc 5905 appendix A.5.5.6 */
  #adapt(residual: number, jitter: number): void {
    const { minPoll, maxPoll } = this.#settings
    if (Math.abs(residual) < POLL_GATE * jitter) this.#steadiness += this.poll
    else this.#steadiness -= 2 * this.poll
    if (this.#steadiness > POLL_LIMIT) this.#move(Math.min(maxPoll, this.poll + 1))
    else if (this.#steadiness < -POLL_LIMIT) this.#move(Math.max(this.#floor ?? minPoll, this.poll - 1))
  }

  #move(poll: number): void {
    this.poll = poll
    this.#steadiness = 0
  }
}

function interleavingOf({ interleaved }: SourceSettings): Interleaving | null {
  return interleaved === true ? new Interleaving() : null
}
