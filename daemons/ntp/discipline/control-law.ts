import {
  kernelFrequency,
  LOOP_SECONDS,
  plainFrequency,
  type SteeringOrder,
  type SteeringState,
} from '../../linux/steered-clock.ts'
import type { LeapPlan } from '../leap/leap-plan.ts'
import { MAX_DISTANCE } from '../served-clock.ts'

/** Slewing bends the clock by no more than this, beside the drift that it makes up for. @rfc 5905 section 12, 500 ppm */
export const MAX_SLEW = 500e-6

/** So much the kernel gets to work off at once: its loop takes a 64th of it per second, and ends by itself should we die. @unit seconds */
export const MAX_REST = MAX_SLEW * LOOP_SECONDS

/** What is known of the clock at one moment. */
export interface ClockError {
  /** How much the clock lacks. @unit seconds */
  readonly rest: number
  /** How fast its oscillator loses time against the truth. @unit seconds per second */
  readonly drift: number
  /** How far the truth itself may be off, and is likely to be. @unit seconds */
  readonly distance: number
  readonly jitter: number
}

/**
 * What the kernel is to do until the next second. The frequency makes up for the drift alone, as the line through the
 * measurements has it, and the rest is worked off by the kernel's own loop, which leaves the frequency alone: so the clock runs right
 * for as long as the oscillator does, whatever becomes of us meanwhile.
 */
export function orderOf({ rest, drift, distance, jitter }: ClockError, leap: 0 | 1 | 2): SteeringOrder {
  const maxError = distance + Math.abs(rest)
  return {
    frequency: kernelFrequency(drift),
    rest: Math.max(-MAX_REST, Math.min(MAX_REST, rest)),
    maxError,
    error: Math.abs(rest) + jitter,
    // Vouched for no more at the bound at which clients are told so, too.
    synchronised: maxError <= MAX_DISTANCE,
    leap,
  }
}

/**
 * The leap second that the kernel is to do. It knows none but that at the end of the day which its own clock shows, and that clock may
 * still be on its way.
 *
 * @param unixSeconds what that clock shows
 */
export function leapToday(plan: LeapPlan | null, unixSeconds: number): 0 | 1 | 2 {
  // Whoever performs a leap second in the served time has not counted on the kernel.
  if (plan === null || plan.performs) return 0
  if (unixSeconds < plan.atUnix - DAY || unixSeconds >= plan.atUnix) return 0
  return plan.by === -1 ? 1 : 2
}

const DAY = 86_400

/** How fast the rest grows while the kernel runs its clock like this. @unit seconds per second */
export function growthOf(drift: number, { frequency, rest, constant, hasLoop }: SteeringState): number {
  return drift - plainFrequency(frequency) - (hasLoop ? rest / 2 ** (2 + constant) : 0)
}
