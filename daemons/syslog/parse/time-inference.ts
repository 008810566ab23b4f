import { type CivilTime, civilMs, formatRfc3339, isCivilTime } from './calendar.ts'
import { RecentTime } from './recent-time.ts'

/** The year and zone that a time without them most likely has. */
export interface Inference {
  readonly year: number
  readonly offsetMinutes: number
  /** Where the zone comes from: this machine's, the one that agrees with the receipt, or one that is known of the sender. */
  readonly zone: 'guessed' | 'fitted' | 'known'
  /** The completed time in RFC 3339, without fraction. */
  readonly time: string
}

/**
 * Completes times that lack a year, a zone or both, against the time of receipt.
 *
 * The year is the latest in which the time is not more than about a day ahead of its receipt, in both directions over New
 * Year; in December a day of January is one of the next year, but for the first of January, at which clocks start that were
 * never set. The zone is this machine's, unless the time is then more than five minutes off and another zone (whole or half
 * hours) makes it agree with the receipt within half a minute: then the device simply lives in that zone.
 */
export class TimeInference {
  readonly recent = new RecentTime()
  readonly #localOffsetMinutes: (wallMs: number) => number
  readonly #known: boolean
  #year = -1
  #moment = -1
  #second = -1
  #result: Inference | null = null

  /**
   * @param localOffsetMinutes minutes east of UTC at an instant (milliseconds since 1970)
   * @param known it is the sender's zone for certain, not just this machine's: then no other is tried
   */
  constructor(localOffsetMinutes: (wallMs: number) => number, known = false) {
    this.#localOffsetMinutes = localOffsetMinutes
    this.#known = known
  }

  /**
   * @param civil year 0 = unknown
   * @returns null when there is no such day in that year
   */
  infer(civil: CivilTime, receiveMs: number): Inference | null {
    const second = Math.floor(receiveMs / 1000)
    const moment = (((civil.month * 100 + civil.day) * 100 + civil.hour) * 100 + civil.minute) * 100 + civil.second
    if (moment !== this.#moment || second !== this.#second || civil.year !== this.#year) {
      this.#result = this.#inferAfresh(civil, second * 1000)
      this.#moment = moment
      this.#second = second
      this.#year = civil.year
    }
    return this.#result
  }

  #inferAfresh(civil: CivilTime, receiveMs: number): Inference | null {
    const year = civil.year === 0 ? latestYear(civil, receiveMs) : civil.year
    const whole = { ...civil, year }
    if (!isCivilTime(whole)) return null
    const asUtc = civilMs(whole)
    const local = this.#localOffset(asUtc)
    if (this.#known) return inferred(whole, local, 'known')
    if (Math.abs(asUtc - local * MINUTE_MS - receiveMs) <= TRUSTED_SKEW_MS) return inferred(whole, local, 'guessed')
    const ahead = asUtc - receiveMs
    const fitted = Math.round(ahead / HALF_HOUR_MS) * 30
    if (Math.abs(ahead - fitted * MINUTE_MS) <= FIT_MS && fitted >= -12 * 60 && fitted <= 14 * 60)
      return inferred(whole, fitted, 'fitted')
    return inferred(whole, local, 'guessed')
  }

  /** Local offset of a civil time: in the hour that comes twice and in the one that never comes, summer time. */
  #localOffset(asUtc: number): number {
    const before = this.#localOffsetMinutes(asUtc - DAY_MS)
    const after = this.#localOffsetMinutes(asUtc + DAY_MS)
    if (before === after) return before
    const summer = Math.max(before, after)
    const winter = Math.min(before, after)
    if (this.#localOffsetMinutes(asUtc - summer * MINUTE_MS) === summer) return summer
    return this.#localOffsetMinutes(asUtc - winter * MINUTE_MS) === winter ? winter : summer
  }
}

function inferred(civil: CivilTime, offsetMinutes: number, zone: Inference['zone']): Inference {
  return { year: civil.year, offsetMinutes, zone, time: formatRfc3339(civil, '', offsetMinutes) }
}

/** Nothing is logged before it happens: the latest year in which the time is no more ahead than a wrong clock or zone makes it. */
function latestYear(civil: CivilTime, receiveMs: number): number {
  const received = new Date(receiveMs)
  const nextYear = received.getUTCFullYear() + 1
  if (civil.month === 1 && civil.day > 1 && received.getUTCMonth() === 11) return nextYear
  for (const year of [nextYear, nextYear - 1]) if (civilMs({ ...civil, year }) - receiveMs <= AHEAD_MS) return year
  return nextYear - 2
}

const MINUTE_MS = 60_000
const HALF_HOUR_MS = 30 * MINUTE_MS
const DAY_MS = 24 * 60 * MINUTE_MS
const TRUSTED_SKEW_MS = 5 * MINUTE_MS
const FIT_MS = 30_000
/** A day, and what the zone of a device may be east of ours. */
const AHEAD_MS = DAY_MS + 14 * 60 * MINUTE_MS
