import type { Measurement } from './exchange.ts'

/** What the last measurements of a source say together. */
export interface FilteredClock {
  /** The measurement with the shortest way: it erred least. */
  readonly best: Measurement
  /** When it was made, monotonic milliseconds. */
  readonly atMs: number
  /** How far the measurements may be off together. @unit seconds */
  readonly dispersion: number
  /** How much they differ from the best. @unit seconds */
  readonly jitter: number
}

interface Stage {
  readonly measurement: Measurement
  readonly atMs: number
}

const STAGES = 8
/** A stage that holds nothing counts this much. @rfc 5905 section 7.2, MAXDISP */
const MAX_DISPERSION = 16
const PHI = 15e-6

/**
 * The last eight measurements of one source. Delay and error go together, so the one with the shortest delay is
 * believed; the others tell how much.
 *
 * @rfc 5905 section 10
 */
export class ClockFilter {
  #stages: (Stage | null)[] = []

  add(measurement: Measurement, atMs: number): void {
    this.#push({ measurement, atMs })
  }

  /** An answer did not come, nor those before it: what there is gets worth less. @rfc 5905 appendix A.5.7.3 */
  miss(): void {
    this.#push(null)
  }

  /** Nothing that was measured holds any more: the clock was set. */
  clear(): void {
    this.#stages = []
  }

  /** What they say now; null when there is none. @param precision ours, log2 seconds */
  read(nowMs: number, precision: number): FilteredClock | null {
    const held = this.#stages.filter((stage) => stage !== null)
    const sorted = held.sort((a, b) => a.measurement.delay - b.measurement.delay)
    const [first] = sorted
    if (first === undefined) return null
    let dispersion = 0
    let square = 0
    for (let stage = STAGES - 1; stage >= 0; stage--) {
      const one = sorted[stage]
      const off = one === undefined ? MAX_DISPERSION : ageDispersion(one.measurement, one.atMs, nowMs)
      dispersion = (dispersion + off) / 2
      if (one !== undefined) square += (one.measurement.offset - first.measurement.offset) ** 2
    }
    const jitter = Math.max(Math.sqrt(square / Math.max(1, sorted.length - 1)), 2 ** precision)
    return { best: first.measurement, atMs: first.atMs, dispersion, jitter }
  }

  #push(stage: Stage | null): void {
    this.#stages.unshift(stage)
    this.#stages.length = Math.min(this.#stages.length, STAGES)
  }
}

function ageDispersion(measurement: Measurement, atMs: number, nowMs: number): number {
  return Math.min(MAX_DISPERSION, measurement.dispersion + (PHI * Math.max(0, nowMs - atMs)) / 1000)
}
