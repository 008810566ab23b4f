import { readFileSync, statSync } from 'node:fs'
import type { KernelClock } from '../../linux/kernel-clock.ts'
import type { Clock } from '../../runtime/contract.ts'
import type { ServedClock } from '../served-clock.ts'
import { findLeap, isFresh } from './leap-plan.ts'
import { type LeapTable, readLeapTable } from './leap-table.ts'

const MINUTE_MS = 60_000
/** The served time takes the leap second exactly by itself; this late it is written into what it comes from. */
const LATE_MS = 20

export interface LeapKeeperParts {
  /** The file of leap seconds; null = what the reference announces is all that is known. */
  readonly file: string | null
  readonly smear: boolean
  readonly served: ServedClock
  readonly clock: Clock
  readonly readKernel: () => KernelClock | null
  /** The time that the sources tell has moved by this many seconds. */
  readonly onSourcesMoved: (by: number) => void
}

/** What is known of leap seconds, as `lanward time --json` shows it. */
export interface LeapReport {
  /** The leap second at the end of this day: "inserted" or "deleted"; null for none. */
  readonly today: 'inserted' | 'deleted' | null
  readonly file: string | null
  readonly expires: string | null
  readonly expired: boolean
  /** How far the served time is from UTC for the smear. */
  readonly smear_s: number
}

/** Looks each minute for a leap second that is near, and brings the served time over it. */
export class LeapKeeper {
  readonly #parts: LeapKeeperParts
  readonly #looking: NodeJS.Timeout
  #passing: NodeJS.Timeout | null = null
  #table: LeapTable | null = null
  #readMs = 0
  #fault: string | null = null
  /** The leap second that we are over; its own second is still to pass. */
  #doneUnix = 0

  constructor(parts: LeapKeeperParts) {
    this.#parts = parts
    this.#looking = setInterval(() => this.#look(), MINUTE_MS)
    this.#looking.unref()
    this.#look()
  }

  /** Why the file is of no use, in words; null when it is, or there is none. */
  get fault(): string | null {
    return this.#fault
  }

  report(): LeapReport {
    const { file, served, clock } = this.#parts
    const plan = served.leapPlan
    const now = clock.wallMs() / 1000
    return {
      today: plan === null || now >= plan.atUnix ? null : plan.by === -1 ? 'inserted' : 'deleted',
      file,
      expires: this.#table === null ? null : new Date(this.#table.expiresUnix * 1000).toISOString(),
      expired: this.#table !== null && !isFresh(this.#table, now),
      smear_s: served.smearSeconds,
    }
  }

  /** What people should know now of leap seconds, each in words. */
  words(): readonly string[] {
    const { today, expired, expires, smear_s } = this.report()
    return [
      ...(today === null ? [] : [`a leap second is ${today} at the end of today`]),
      ...(smear_s === 0 ? [] : [`smeared by ${smear_s.toFixed(3)} s`]),
      ...(expired ? [`leap file expired on ${expires?.slice(0, 10)}`] : []),
    ]
  }

  close(): void {
    clearInterval(this.#looking)
    if (this.#passing !== null) clearTimeout(this.#passing)
  }

  #look(): void {
    const { served, smear, clock, readKernel } = this.#parts
    this.#readFile()
    const nowMs = clock.monotonicMs()
    const now = this.#utc(nowMs)
    const table = isFresh(this.#table, now) ? this.#table : null
    const announced = served.origin === 'source' ? served.announcedLeap : 0
    const found = findLeap(table, announced, now, smear)
    if (found === null) {
      served.planLeap(null, table !== null)
      return
    }
    const left = found.atUnix === this.#doneUnix ? 0 : found.atUnix - now
    if (left <= 0 && !smear) {
      served.planLeap(null, table !== null)
      return
    }
    // A keeper of the clock has told the kernel to do it. What is past is done, by whomever.
    const kernelDoes = left <= 0 || served.origin === 'kernel' || (readKernel()?.leap ?? 0) !== 0
    const doneMs = kernelDoes ? nowMs + left * 1000 : Number.POSITIVE_INFINITY
    served.planLeap({ ...found, announced: table !== null, performs: !kernelDoes, smear, doneMs }, table !== null)
    if (left > 0 && left * 1000 <= MINUTE_MS && this.#passing === null)
      this.#passing = setTimeout(() => this.#pass(), left * 1000 + LATE_MS)
  }

  /** The leap second is over: what is measured from now on has it in it. */
  #pass(): void {
    const { served, onSourcesMoved } = this.#parts
    this.#passing = null
    const plan = served.leapPlan
    if (plan === null) return
    this.#doneUnix = plan.atUnix
    served.planLeap(null, true)
    if (served.followed !== null) onSourcesMoved(plan.by)
    else if (plan.performs) served.shiftSeconds += plan.by
    this.#look()
  }

  /** UTC as far as we know it, without a smear. */
  #utc(nowMs: number): number {
    const { served, clock } = this.#parts
    const wall = clock.wallMs() / 1000
    served.correctTo(nowMs, wall)
    return wall + served.correctionSeconds + served.correctionNanoseconds / 1e9 - served.smearSeconds
  }

  /** The package of time zones brings a new one every half year. */
  #readFile(): void {
    const { file } = this.#parts
    if (file === null) return
    try {
      const { mtimeMs } = statSync(file)
      if (mtimeMs === this.#readMs) return
      this.#readMs = mtimeMs
      const read = readLeapTable(readFileSync(file, 'utf8'))
      this.#fault = typeof read === 'string' ? `cannot use ${file}: ${read}` : null
      if (typeof read !== 'string') this.#table = read
    } catch (error) {
      this.#fault = `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`
    }
  }
}
