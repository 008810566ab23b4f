import type { LeapPlan } from '../leap/leap-plan.ts'

/** What is wrong, on purpose, with the time of a drill. */
export interface Fault {
  /** Added to the time all along. @unit seconds, may be negative */
  readonly offset: number
  /** Added once, when the drill has run for `inSeconds`. @unit seconds */
  readonly step: number | null
  /** A leap second at that moment; the time of the drill is that of an end of year. */
  readonly leap: 'insert' | 'delete' | null
  readonly inSeconds: number
}

/** The time of a drill as it begins. */
export interface DrillTime {
  /** What is added to this machine's clock. @unit seconds */
  readonly shiftSeconds: number
  readonly plan: LeapPlan | null
}

/** "DRIL" as a reference id: who looks can see that this is no time to live by. */
export const DRIL = 0x4452_494c

/**
 * Begins a drill at a moment. For a leap second the whole time is moved: so many seconds before the end of this year, since a client
 * does a leap second at the end of its day and not when it is told to.
 *
 * @param unixSeconds this machine's clock, with its fraction
 */
export function beginDrill(fault: Fault, unixSeconds: number): DrillTime {
  if (fault.leap === null) return { shiftSeconds: fault.offset, plan: null }
  const atUnix = Date.UTC(new Date(unixSeconds * 1000).getUTCFullYear() + 1, 0, 1) / 1000
  const by = fault.leap === 'insert' ? -1 : 1
  // A second that is left out is the last one of the day: the time moves when it would begin.
  const moveUnix = by === 1 ? atUnix - 1 : atUnix
  return {
    shiftSeconds: moveUnix - fault.inSeconds - unixSeconds + fault.offset,
    plan: { atUnix: moveUnix, by, announced: true, performs: true, smear: false, doneMs: Number.POSITIVE_INFINITY },
  }
}

/** The fault in words. */
export function describeFault({ offset, step, leap, inSeconds }: Fault): string {
  const signed = (seconds: number): string => `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)} s`
  const parts = [
    ...(offset === 0 ? [] : [`the time is wrong by ${signed(offset)}`]),
    ...(step === null ? [] : [`in ${inSeconds} s it jumps by ${signed(step)}`]),
    ...(leap === null ? [] : [`it is the end of the year, and in ${inSeconds} s a leap second is ${DONE[leap]}`]),
  ]
  return parts.length === 0 ? 'nothing is wrong with the time' : parts.join('; ')
}

const DONE = { insert: 'inserted', delete: 'left out' } as const
