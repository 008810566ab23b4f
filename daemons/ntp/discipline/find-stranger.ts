import {
  LOOP_CONSTANT,
  PLAIN_TICK,
  plainFrequency,
  type SteeringOrder,
  type SteeringState,
} from '../../linux/steered-clock.ts'

/** The kernel keeps the frequency finer than it tells it. @unit 2^-16 ppm */
const ROUNDING = 2

/** What the kernel is expected to say: as it was found, until we steer it ourselves. */
export type Expected =
  | { readonly kind: 'found'; readonly state: SteeringState }
  | { readonly kind: 'ordered'; readonly order: SteeringOrder }

/**
 * Sees whether anybody else steers the clock. Setting it (`date`) takes away that it is vouched for, and nothing else: whoever does
 * that keeps it no more than before.
 *
 * @returns what was done to it, in words; null for nothing
 */
export function findStranger(state: SteeringState, expected: Expected): string | null {
  const { frequency, tick, constant, synchronised, hasLoop, holdsFrequency } =
    expected.kind === 'found'
      ? expected.state
      : { ...expected.order, tick: PLAIN_TICK, constant: LOOP_CONSTANT, hasLoop: true, holdsFrequency: true }
  if (!isSameFrequency(state.frequency, frequency))
    return `its frequency became ${(plainFrequency(state.frequency) * 1e6).toFixed(3)} ppm`
  if (state.tick !== tick) return `its tick became ${state.tick} µs`
  if (state.synchronised && !synchronised) return 'the kernel was told that it is kept right'
  if (state.constant !== constant || state.hasLoop !== hasLoop || state.holdsFrequency !== holdsFrequency)
    return 'the kernel was told to run its loop in another way'
  return null
}

/** Whether two frequencies of the kernel are one that was written and read back. */
export function isSameFrequency(one: number, other: number): boolean {
  return Math.abs(one - other) <= ROUNDING
}
