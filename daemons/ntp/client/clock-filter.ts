import { PHI } from '../frequency-tolerance.ts'
import type { Measurement } from './exchange.ts'

/** What the last measurements of a source say together. */
export interface FilteredClock {
  /** The measurement that erred least: of a short way, and not too old. */
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
/** How far a drift that is known may be from that of the moment: room temperature moves a crystal by so much. @unit seconds per second */
const WANDER = 1e-6

/**
 * The last eight measurements of one source. Delay and error go together, so the one with the shortest delay is
 * believed; the others tell how much.
 *
 * @rfc 5905 section 10
 * @deviation one that is older counts for less even at the shortest way: the best of a burst would else be all that is known for
 *   seven more polls, while a drift that nobody knows yet takes the clock 50 ms away
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
    const sorted = held.sort((a, b) => errorOf(a, nowMs) - errorOf(b, nowMs))
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

/** Half of the way, and what the clock has wandered since. @unit seconds */
function errorOf({ measurement, atMs }: Stage, nowMs: number): number {
  return measurement.delay / 2 + (WANDER * (nowMs - atMs)) / 1000
}

function ageDispersion(measurement: Measurement, atMs: number, nowMs: number): number {
  return Math.min(MAX_DISPERSION, measurement.dispersion + (PHI * Math.max(0, nowMs - atMs)) / 1000)
}
