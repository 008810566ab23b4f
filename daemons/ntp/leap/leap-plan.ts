import type { LeapSecond, LeapTable } from './leap-table.ts'

/** A leap second that is near, and how the served time takes it. */
export interface LeapPlan extends LeapSecond {
  /** Whether replies announce it by our own word, instead of passing on what the reference says. */
  readonly announced: boolean
  /** Whether we have to move the served time: nobody moves the kernel's clock. */
  readonly performs: boolean
  /** Spread over a day instead of done at once. */
  readonly smear: boolean
  /** From when on the kernel has done it itself, monotonic milliseconds; infinite when it does not. */
  readonly doneMs: number
}

const DAY = 86_400
/** A smear begins at noon before the leap second and ends at noon after it. */
const HALF = DAY / 2

/**
 * Finds the leap second at the end of this UTC day; with `smear` also one up to twelve hours ago.
 *
 * The last day is the one time at which both readings of the leap indicator are right: "the last minute of the current day"
 * (RFC 1305, 4330) and "of the current month" (RFC 5905).
 *
 * @rfc 5905 section 7.3
 * @param table null = no file, or an expired one
 * @param announced leap indicator of the reference, believed on the last day of a month when there is no table
 */
export function findLeap(
  table: LeapTable | null,
  announced: number,
  unixSeconds: number,
  smear: boolean,
): LeapSecond | null {
  if (table !== null) {
    const near = (at: number): boolean => at - DAY <= unixSeconds && unixSeconds < at + (smear ? HALF : 0)
    return table.leaps.find(({ atUnix }) => near(atUnix)) ?? null
  }
  const atUnix = (Math.floor(unixSeconds / DAY) + 1) * DAY
  if ((announced !== 1 && announced !== 2) || new Date(atUnix * 1000).getUTCDate() !== 1) return null
  return { atUnix, by: announced === 1 ? -1 : 1 }
}

/** Whether the table still says something about this moment. */
export function isFresh(table: LeapTable | null, unixSeconds: number): boolean {
  return table !== null && unixSeconds < table.expiresUnix
}

/** The leap indicator of a plan: 1 = the last minute has 61 seconds, 2 = 59, 0 = it is past, or smeared. */
export function leapIndicatorOf(plan: LeapPlan, unixSeconds: number): number {
  if (plan.smear || unixSeconds >= plan.atUnix) return 0
  return plan.by === -1 ? 1 : 2
}

/**
 * What a leap second adds to the served time.
 *
 * @param seconds the time before it is added, with its fraction, since 1970
 * @returns both parts in seconds: the leap itself where we perform it, and the smear
 */
export function leapOffset(
  plan: LeapPlan,
  seconds: number,
  nowMs: number,
): { readonly leap: number; readonly smear: number } {
  const due = plan.performs && seconds >= plan.atUnix
  const leap = due ? plan.by : 0
  return { leap, smear: plan.smear ? smearOffset(plan, seconds + leap, due || nowMs >= plan.doneMs) : 0 }
}

/**
 * How far a smeared clock is from UTC: it runs evenly from noon to noon, through a day of 86,401 or 86,399 seconds.
 *
 * @param utc as POSIX counts it, seconds since 1970
 * @param done whether UTC has moved already
 */
function smearOffset({ atUnix, by }: LeapSecond, utc: number, done: boolean): number {
  const elapsed = utc - (atUnix - HALF) - (done ? by : 0)
  const whole = DAY - by
  if (elapsed <= 0 || elapsed >= whole) return 0
  return (by * elapsed) / whole - (done ? by : 0)
}

/**
 * The reference id of a smeared time, as NTP servers that smear write it: 254, then the offset as a signed number of
 * 24 bits, 22 of them behind the point.
 */
export function smearReferenceId(offset: number): number {
  return (0xfe00_0000 | (Math.round(offset * 2 ** 22) & 0xff_ffff)) >>> 0
}
