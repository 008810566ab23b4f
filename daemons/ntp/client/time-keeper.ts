import { PHI } from '../frequency-tolerance.ts'
import { LEAP_UNKNOWN } from '../header.ts'
import type { FilteredClock } from './clock-filter.ts'
import { type Correction, correctionAt, DriftTracker } from './drift-tracker.ts'
import { type Candidate, combine, type Selection, selectSources } from './select-sources.ts'
import type { Source } from './source.ts'

/** The clock that we follow, as replies tell of it. */
export interface Reference {
  readonly correction: Correction
  readonly leapIndicator: number
  readonly stratum: number
  /** The source that leads. */
  readonly source: Source
  /** @unit seconds */
  readonly rootDelay: number
  /** When the leading source was last heard, monotonic milliseconds. */
  readonly atMs: number
  /** At that time; it grows from then on. @unit seconds */
  readonly rootDispersion: number
}

export type SourceState = 'selected' | 'candidate' | 'falseticker' | 'unreachable'

/** A source further away than this is not believed. @rfc 5905 section 7.2, MAXDIST @unit seconds */
const MAX_DISTANCE = 1
const MAX_STRATUM = 15
/** Sources further from what we serve than this have jumped, or we were wrong. @rfc 5905 appendix A.1.1, STEPT @unit seconds */
const STEP = 0.128
/** They are believed when they stay there for so long. @rfc 5905 appendix A.1.1, WATCH */
const STEP_OUT_MS = 900_000

/**
 * Decides what time it is from all sources together. Pure: measurements and times in, the reference out.
 *
 * @rfc 5905 section 11
 */
export class TimeKeeper {
  readonly #precision: number
  readonly #tracker: DriftTracker
  #sources: readonly Source[]
  #selection: Selection = { survivors: [], falsetickers: [] }
  #newestMs = Number.NEGATIVE_INFINITY
  #reference: Reference | null = null
  /** Since when the sources are a jump away from the reference. */
  #strayMs: number | null = null
  #loneMs: number | null = null
  /** The reference came from none of those that are heard now: it stands until they agree, and binds nobody. */
  #isOrphaned = false

  /** @param frequency the drift learned earlier, seconds per second; precision: ours, log2 seconds */
  constructor(sources: readonly Source[], frequency: number, precision: number) {
    this.#sources = sources
    this.#precision = precision
    this.#tracker = new DriftTracker(frequency)
  }

  get sources(): readonly Source[] {
    return this.#sources
  }

  /** Goes on from what an earlier life followed, led by one of the sources. */
  resume(reference: Reference): void {
    this.#reference = reference
    this.#isOrphaned = true
  }

  /**
   * Goes on with these sources: those that were here before count as they did, and the reference stands until those that are
   * here now agree on another. Without any there is none; the drift is remembered.
   */
  replaceSources(sources: readonly Source[], nowMs: number): void {
    const stays = new Set(sources.filter((source) => this.#sources.includes(source)).map(nameOf))
    const { survivors, falsetickers } = this.#selection
    const isHere = ({ name }: Candidate): boolean => stays.has(name)
    this.#sources = sources
    this.#selection = { survivors: survivors.filter(isHere), falsetickers: falsetickers.filter(isHere) }
    if (sources.length === 0) {
      this.#reference = null
      this.#tracker.forget()
    }
    const led = this.#reference !== null && sources.includes(this.#reference.source) && !this.#isOrphaned
    this.#isOrphaned = this.#reference !== null && !led && this.#selection.survivors.length === 0
    this.update(nowMs)
  }

  /** What to follow; null before the first agreement. The last one stands while the sources are away. */
  get reference(): Reference | null {
    return this.#reference
  }

  /** Since when no source can be followed while an earlier reference stands, monotonic milliseconds; null = one can, or never could. */
  get loneMs(): number | null {
    return this.#reference === null ? null : this.#loneMs
  }

  /** The drift of our kernel's clock. @unit seconds per second */
  get frequency(): number {
    return this.#tracker.frequency
  }

  /** How far a measurement lies from what we serve; null while we follow nobody. @unit seconds */
  residual(offset: number, nowMs: number): number | null {
    return this.#reference === null ? null : offset - correctionAt(this.#reference.correction, nowMs)
  }

  /** Looks at all sources anew, after one was heard. */
  update(nowMs: number): void {
    const clocks = new Map<string, { source: Source; clock: FilteredClock }>()
    for (const source of this.sources) {
      const clock = source.reach === 0 || !source.isFit ? null : source.filter.read(nowMs, this.#precision)
      if (clock !== null && (source.latest?.stratum ?? 0) < MAX_STRATUM) clocks.set(nameOf(source), { source, clock })
    }
    const candidates = [...clocks.values()]
      .map(({ source, clock }) => candidateOf(source, clock, this.frequency, nowMs))
      .filter(({ distance }) => distance < MAX_DISTANCE)
    // Whoever is heard first must not lead us for a moment only because the others need a few more answers to be judged.
    const unjudged = [...clocks.values()].filter(({ clock }) => clock.dispersion >= MAX_DISTANCE).length
    if ((this.#reference === null || this.#isOrphaned) && unjudged >= candidates.length) {
      this.#loneMs ??= nowMs
      return
    }
    this.#selection = selectSources(candidates)
    const leader = clocks.get(this.#selection.survivors[0]?.name ?? '')
    if (leader === undefined) {
      this.#loneMs ??= nowMs
      return
    }
    this.#loneMs = null
    // The same measurement of the same leader moves nothing, but what it is worth has changed with the others beside it.
    const known = leader.source === this.#reference?.source && leader.clock.atMs <= this.#newestMs
    this.#newestMs = leader.clock.atMs
    this.#follow(leader.source, leader.clock, nowMs, known ? (this.#reference?.correction ?? null) : null)
  }

  /**
   * The kernel's clock was set by this much, by somebody else: nothing measured before holds.
   *
   * @param doubt how far the size of the step may be off, in seconds
   */
  kernelStepped(by: number, doubt: number): void {
    for (const source of this.sources) {
      source.filter.clear()
      source.interleaving?.forget()
    }
    this.#tracker.step(by)
    if (this.#reference === null) return
    const { correction, rootDispersion } = this.#reference
    this.#reference = {
      ...this.#reference,
      correction: { ...correction, offset: correction.offset - by },
      rootDispersion: rootDispersion + doubt,
    }
  }

  stateOf(source: Source): SourceState {
    const name = nameOf(source)
    const { survivors, falsetickers } = this.#selection
    if (source.reach === 0) return 'unreachable'
    if (survivors[0]?.name === name) return 'selected'
    return falsetickers.some((one) => one.name === name) ? 'falseticker' : 'candidate'
  }

  #survivors(): readonly Source[] {
    const names = new Set(this.#selection.survivors.map(({ name }) => name))
    return this.sources.filter((source) => names.has(nameOf(source)))
  }

  #follow(source: Source, clock: FilteredClock, nowMs: number, known: Correction | null): void {
    const { offset, jitter, atMs } = combine(this.#selection.survivors)
    const error = Math.max(clock.jitter, clock.best.delay / 4, jitter)
    const correction = known ?? this.#correct(offset, atMs, error, nowMs)
    const residual = Math.abs(offset - correctionAt(correction, nowMs))
    // Stratum and distance as the source tells them now; what the measurement with the shortest way told may be hours old.
    const latest = source.latest ?? clock.best
    this.#reference = {
      correction,
      source,
      atMs: source.heardMs,
      leapIndicator: majorityLeap(this.#survivors()),
      stratum: latest.stratum + 1,
      rootDelay: latest.rootDelay + clock.best.delay,
      rootDispersion:
        latest.rootDispersion + source.dispersion + Math.hypot(clock.jitter, jitter, correction.jitter) + residual,
    }
  }

  /**
   * Adds what the sources agree on. When they are a jump away, beyond what an unwatched clock may drift, the old correction stands
   * for a while, unless it came from one whom they prove wrong.
   *
   * @rfc 5905 section 11.3, the states SPIK and SYNC
   */
  #correct(offset: number, atMs: number, error: number, nowMs: number): Correction {
    const reference = this.#reference
    // The drift that is believed must not flow back into what it is learned from.
    const asMeasured = offset - (this.frequency * (nowMs - atMs)) / 1000
    if (this.#isOrphaned) return this.#begin(asMeasured, atMs, error)
    const residual = Math.abs(this.residual(offset, nowMs) ?? 0)
    if (reference === null || residual <= STEP + (PHI * (nowMs - reference.correction.atMs)) / 1000) {
      this.#strayMs = null
      return this.#tracker.add(atMs, asMeasured, error)
    }
    this.#strayMs ??= nowMs
    const proved = this.stateOf(reference.source) === 'falseticker' || nowMs - this.#strayMs >= STEP_OUT_MS
    return proved ? this.#begin(asMeasured, atMs, error) : reference.correction
  }

  /** Counts this alone: what was agreed on before was wrong, or came from others. */
  #begin(offset: number, atMs: number, error: number): Correction {
    this.#strayMs = null
    this.#isOrphaned = false
    this.#tracker.forget()
    return this.#tracker.add(atMs, offset, error)
  }
}

/** Address and port, as reports and logs name a source. */
export function nameOf({ settings: { address, port } }: Source): string {
  return port === 123 ? address : `${address}:${port}`
}

/** The offset of a source now: what was measured a while ago has drifted since. */
function candidateOf(source: Source, clock: FilteredClock, frequency: number, nowMs: number): Candidate {
  const { best, atMs, dispersion, jitter } = clock
  const { stratum, rootDelay, rootDispersion } = source.latest ?? best
  return {
    name: nameOf(source),
    atMs,
    offset: best.offset + (frequency * (nowMs - atMs)) / 1000,
    distance: (rootDelay + best.delay) / 2 + rootDispersion + dispersion + jitter,
    jitter,
    stratum,
  }
}

/** A leap second is announced when most of those that are believed announce it. */
function majorityLeap(sources: readonly Source[]): number {
  const said = sources.map(({ latest }) => latest?.leapIndicator ?? LEAP_UNKNOWN)
  for (const leap of [1, 2]) if (said.filter((one) => one === leap).length * 2 > said.length) return leap
  return said.length === 0 ? LEAP_UNKNOWN : 0
}
