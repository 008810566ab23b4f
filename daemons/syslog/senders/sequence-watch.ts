/** Numbers that a device left out. */
export interface SequenceGap {
  readonly missing: number
  /** The numbers on both sides. */
  readonly after: number
  readonly before: number
  /** When those were received. @unit milliseconds since 1970 */
  readonly fromMs: number
  readonly toMs: number
}

/** Missing numbers that may still come. */
interface Hole extends SequenceGap {
  readonly seen: Set<number>
}

/**
 * Finds what is missing in the numbers of one device. A number that comes late was only overtaken; a device that begins anew
 * has not lost what lies between.
 *
 * @rfc 5424 section 7.3.1: `sequenceId` begins at 1 and, after 2147483647, begins at 1 again; Cisco's numbers go on
 */
export class SequenceWatch {
  /** Counted on over the wrap, so that later numbers are always greater. */
  #highest: number | null = null
  #highestMs = 0
  /** How often the numbers have wrapped. */
  #wraps = 0
  /** A number that was seen before came again: when its successor comes too, the device has begun anew. */
  #again: number | null = null
  #holes: Hole[] = []

  /** Whether gaps may be found by `settle` alone. */
  get isPending(): boolean {
    return this.#holes.length > 0
  }

  /** Takes the number of a message. @returns gaps that are certain now */
  take(number: number, nowMs: number): readonly SequenceGap[] {
    const highest = this.#highest
    const position = this.#position(number)
    if (highest === null || this.#isRestart(number, position, highest)) {
      const settled = this.#holes.map(gapOf)
      this.#holes = []
      this.#highest = number
      this.#highestMs = nowMs
      this.#wraps = 0
      this.#again = null
      return settled
    }
    if (position <= highest) {
      this.#fill(position)
      return this.settle(nowMs)
    }
    this.#again = null
    const settled = [...this.settle(nowMs)]
    if (position > highest + 1) {
      const span = { fromMs: this.#highestMs, toMs: nowMs }
      const hole = { missing: position - highest - 1, after: highest, before: position, ...span }
      this.#holes.push({ ...hole, seen: new Set() })
      if (this.#holes.length > MOST_HOLES) settled.push(...this.#holes.splice(0, 1).map(gapOf))
    }
    this.#highest = position
    this.#highestMs = nowMs
    if (position > (this.#wraps + 1) * WRAP) this.#wraps += 1
    return settled.filter(({ missing }) => missing > 0)
  }

  /** Gaps that nothing can fill any more. */
  settle(nowMs: number): readonly SequenceGap[] {
    const due = this.#holes.filter(({ toMs }) => nowMs - toMs >= LATE_MS || nowMs < toMs)
    if (due.length === 0) return []
    this.#holes = this.#holes.filter((hole) => !due.includes(hole))
    return due.map(gapOf).filter(({ missing }) => missing > 0)
  }

  /** A small number right after the greatest ones is one of the next round, a great one right after the smallest of the last. */
  #position(number: number): number {
    const round = this.#wraps * WRAP
    const last = (this.#highest ?? 0) - round
    const position = number + round
    if (last > WRAP - WINDOW && number <= WINDOW) return position + WRAP
    return this.#wraps > 0 && last < WINDOW && number > WRAP - WINDOW ? position - WRAP : position
  }

  #isRestart(number: number, position: number, highest: number): boolean {
    if (position > highest) return position - highest > FARTHEST
    if (highest - position > WINDOW) return true
    if (position === highest || this.#holeOf(position) !== undefined) return false
    const restarted = number === 1 || (this.#again !== null && position === this.#again + 1)
    this.#again = position
    return restarted
  }

  #holeOf(position: number): Hole | undefined {
    return this.#holes.find(({ after, before, seen }) => position > after && position < before && !seen.has(position))
  }

  #fill(position: number): void {
    this.#holeOf(position)?.seen.add(position)
  }
}

function gapOf({ seen, missing, after, before, fromMs, toMs }: Hole): SequenceGap {
  return { missing: missing - seen.size, after: numberAt(after), before: numberAt(before), fromMs, toMs }
}

function numberAt(position: number): number {
  return ((position - 1) % WRAP) + 1
}

const WRAP = 2_147_483_647
/** How far back a number may be overtaken, and how long it may take. */
const WINDOW = 1000
const LATE_MS = 5000
/** Who jumps farther ahead has begun anew somewhere else. */
const FARTHEST = 1_000_000
const MOST_HOLES = 16
