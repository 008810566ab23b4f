/** One agreed offset of all sources. */
interface Point {
  readonly atMs: number
  readonly offset: number
  /** How far it may be off; the weight is its inverse square. */
  readonly error: number
}

/** How far our kernel's clock is from the truth, at one moment and from then on. */
export interface Correction {
  /** Monotonic milliseconds of that moment. */
  readonly atMs: number
  /** To be added to the kernel's time. @unit seconds */
  readonly offset: number
  /** How the offset grows. @unit seconds per second */
  readonly frequency: number
  /** How far the points lie from the line. @unit seconds */
  readonly jitter: number
}

const POINTS = 16
/** Of as many residuals from a line, chance brings fewer changes of sign than this in one case of twenty at most. */
const FEWEST_RUNS: Readonly<Record<number, number>> = { 9: 4, 10: 4, 11: 4, 12: 5, 13: 5, 14: 5, 15: 6, 16: 6 }
/** A drift can be told from the noise of its points only over such a time. @unit milliseconds */
const SHORTEST_SPAN_MS = 60_000
/** No oscillator is worse than this. */
const MAX_FREQUENCY = 500e-6

/**
 * Follows the kernel's clock against its sources by a straight line through the last agreed offsets: its height
 * corrects the time that is served, its slope is the drift, which holds while the sources are away.
 */
export class DriftTracker {
  #points: Point[] = []
  #frequency: number

  /** @param frequency as learned in an earlier life; 0 when nothing is known */
  constructor(frequency: number) {
    this.#frequency = clampFrequency(frequency)
  }

  add(atMs: number, offset: number, error: number): Correction {
    this.#points.push({ atMs, offset, error: Math.max(error, 1e-9) })
    // Of questions that follow each other quickly the oldest stays, or the points would never span enough time.
    const spanMs = atMs - (this.#points[1]?.atMs ?? atMs)
    if (this.#points.length > POINTS) this.#points.splice(spanMs < SHORTEST_SPAN_MS ? 1 : 0, 1)
    return this.#fit(atMs)
  }

  /** The kernel's clock was set by this much: everything measured so far moves along. @unit seconds */
  step(by: number): void {
    this.#points = this.#points.map((point) => ({ ...point, offset: point.offset - by }))
  }

  /** What was measured so far is proved wrong; the drift is believed until it is measured anew. */
  forget(): void {
    this.#points = []
  }

  get frequency(): number {
    return this.#frequency
  }

  /** A line through points that do not lie on one is no drift: the oldest go until they do. */
  #fit(nowMs: number): Correction {
    let line = this.#draw(nowMs)
    while (this.#spans(nowMs) && isBent(this.#points.map(({ atMs, offset }) => offset - correctionAt(line, atMs)))) {
      this.#points.shift()
      line = this.#draw(nowMs)
    }
    return line
  }

  #spans(nowMs: number): boolean {
    return nowMs - (this.#points[0]?.atMs ?? nowMs) >= SHORTEST_SPAN_MS
  }

  #draw(nowMs: number): Correction {
    const mean = weightedMean(this.#points, nowMs)
    if (this.#points.length >= 3 && this.#spans(nowMs) && mean.timeSquare > 0)
      this.#frequency = clampFrequency(mean.timeOffset / mean.timeSquare)
    // The line passes through the middle of the points with the slope that is believed.
    const offset = mean.offset - this.#frequency * mean.time
    const line = (atMs: number): number => offset + (this.#frequency * (atMs - nowMs)) / 1000
    const square = this.#points.reduce((sum, point) => sum + (point.offset - line(point.atMs)) ** 2, 0)
    const jitter = Math.sqrt(square / Math.max(1, this.#points.length - 2))
    return { atMs: nowMs, offset, frequency: this.#frequency, jitter }
  }
}

/** The oscillator changed its speed meanwhile: neighbours lie on the same side of the line. @param residuals in order of time */
function isBent(residuals: readonly number[]): boolean {
  const runs = residuals.filter((one, index) => index === 0 || one > 0 !== (residuals[index - 1] ?? 0) > 0).length
  return runs < (FEWEST_RUNS[residuals.length] ?? 0)
}

/** What has to be added to the kernel's time at a moment. @unit monotonic milliseconds; seconds */
export function correctionAt({ offset, frequency, atMs }: Correction, nowMs: number): number {
  return offset + (frequency * (nowMs - atMs)) / 1000
}

/** Weighted sums, times in seconds before `nowMs` (so negative). */
function weightedMean(
  points: readonly Point[],
  nowMs: number,
): { readonly time: number; readonly offset: number; readonly timeSquare: number; readonly timeOffset: number } {
  let weight = 0
  let time = 0
  let offset = 0
  for (const point of points) {
    const w = 1 / point.error ** 2
    weight += w
    time += (w * (point.atMs - nowMs)) / 1000
    offset += w * point.offset
  }
  time /= weight
  offset /= weight
  let timeSquare = 0
  let timeOffset = 0
  for (const point of points) {
    const w = 1 / point.error ** 2
    const away = (point.atMs - nowMs) / 1000 - time
    timeSquare += w * away * away
    timeOffset += w * away * (point.offset - offset)
  }
  return { time, offset, timeSquare, timeOffset }
}

function clampFrequency(frequency: number): number {
  return Math.min(MAX_FREQUENCY, Math.max(-MAX_FREQUENCY, Number.isFinite(frequency) ? frequency : 0))
}
