import { check, declare } from './libc.ts'
import { ADJ, FREQ_PER_PPM, STA, TIMEX, TIMEX_BYTES } from './timex.ts'

const adjtimex = declare<(state: Uint8Array) => number>('int adjtimex(void *state)')
const clock_gettime = declare<(clock: number, time: Uint8Array) => number>('int clock_gettime(int clock, void *time)')

const CLOCK_MONOTONIC = 1
const CLOCK_MONOTONIC_RAW = 4

/** How the kernel runs its clock. */
export interface SteeringState {
  /** Whether a program vouches for it. */
  readonly synchronised: boolean
  /** How much faster it runs than its oscillator, in the kernel's own units of 2^-16 ppm: exact, to know it again. */
  readonly frequency: number
  /** What it still has to add by its own loop, an exponential of `2^(2 + constant)` seconds. @unit seconds */
  readonly rest: number
  readonly constant: number
  /** Whether that loop runs, and leaves the frequency alone. */
  readonly hasLoop: boolean
  readonly holdsFrequency: boolean
  /** Length of a tick; 10000 unless somebody bends it. @unit microseconds */
  readonly tick: number
}

/** What the kernel is to do with its clock from now on. */
export interface SteeringOrder {
  /** @unit 2^-16 ppm, a whole number within 500 ppm */
  readonly frequency: number
  /** To be added little by little; the kernel ends this by itself, should we die. @unit seconds, within 0.5 */
  readonly rest: number
  /** What others are told: how far off it may be at worst, and is likely to be. @unit seconds */
  readonly maxError: number
  readonly error: number
  readonly synchronised: boolean
  /** The leap second at the end of this UTC day: 1 = one more, 2 = one less, 0 = none. */
  readonly leap: 0 | 1 | 2
}

/** A clock that can be steered: the kernel's, or that of a simulation. Each method throws when it is not allowed. */
export interface SteerableClock {
  read(): SteeringState
  steer(order: SteeringOrder): void
  /** Sets it by this much at once. @unit seconds */
  step(by: number): void
  /** How far slewing, by whomever, has moved it ahead of its oscillator; only differences mean anything. @unit seconds */
  slewed(): number
}

/** The kernel's loop closes on its goal as slowly as sources are usually asked, so that it does not run after their noise. */
export const LOOP_CONSTANT = 4
/** @unit seconds: SHIFT_PLL of the kernel is 2 */
export const LOOP_SECONDS = 2 ** (2 + LOOP_CONSTANT)
export const PLAIN_TICK = 10_000

/**
 * The clock of this machine. To change it takes CAP_SYS_TIME.
 *
 * @throws SystemError from each method that the kernel refuses
 */
export const kernelClock: SteerableClock = {
  read: () => {
    const state = Buffer.alloc(TIMEX_BYTES)
    check(adjtimex(state), 'adjtimex')
    return decodeSteering(state)
  },
  steer: (order) => void check(adjtimex(encodeSteering(order)), 'adjtimex'),
  step: (by) => void check(adjtimex(encodeStep(by)), 'adjtimex'),
  slewed: () => readSlew(),
}

/** Reads a struct timex as adjtimex filled it. */
export function decodeSteering(state: Buffer): SteeringState {
  const status = state.readInt32LE(TIMEX.status)
  const unit = (status & STA.NANO) !== 0 ? 1e-9 : 1e-6
  return {
    synchronised: (status & STA.UNSYNC) === 0,
    frequency: Number(state.readBigInt64LE(TIMEX.freq)),
    rest: Number(state.readBigInt64LE(TIMEX.offset)) * unit,
    constant: Number(state.readBigInt64LE(TIMEX.constant)),
    hasLoop: (status & STA.PLL) !== 0,
    holdsFrequency: (status & STA.FREQHOLD) !== 0,
    tick: Number(state.readBigInt64LE(TIMEX.tick)),
  }
}

/** Writes a struct timex that carries out an order in one call. */
export function encodeSteering(order: SteeringOrder): Buffer {
  const state = Buffer.alloc(TIMEX_BYTES)
  const { OFFSET, FREQUENCY, MAXERROR, ESTERROR, STATUS, TIMECONST, NANO, TICK } = ADJ
  const leap = [0, STA.INS, STA.DEL][order.leap] ?? 0
  state.writeUInt32LE(OFFSET | FREQUENCY | MAXERROR | ESTERROR | STATUS | TIMECONST | NANO | TICK, TIMEX.modes)
  state.writeInt32LE(STA.PLL | STA.FREQHOLD | leap | (order.synchronised ? 0 : STA.UNSYNC), TIMEX.status)
  state.writeBigInt64LE(BigInt(Math.round(order.frequency)), TIMEX.freq)
  state.writeBigInt64LE(BigInt(Math.round(order.rest * 1e9)), TIMEX.offset)
  state.writeBigInt64LE(BigInt(Math.ceil(order.maxError * 1e6)), TIMEX.maxerror)
  state.writeBigInt64LE(BigInt(Math.ceil(order.error * 1e6)), TIMEX.esterror)
  state.writeBigInt64LE(BigInt(LOOP_CONSTANT), TIMEX.constant)
  state.writeBigInt64LE(BigInt(PLAIN_TICK), TIMEX.tick)
  return state
}

/** Writes a struct timex that sets the clock. @param by seconds; the fraction goes in as nanoseconds that are never negative */
export function encodeStep(by: number): Buffer {
  const state = Buffer.alloc(TIMEX_BYTES)
  const nanoseconds = BigInt(Math.round(by * 1e9))
  const fraction = ((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  state.writeUInt32LE(ADJ.SETOFFSET | ADJ.NANO, TIMEX.modes)
  state.writeBigInt64LE((nanoseconds - fraction) / 1_000_000_000n, TIMEX.seconds)
  state.writeBigInt64LE(fraction, TIMEX.fraction)
  return state
}

/** @returns the kernel's units of 2^-16 ppm, at most 500 ppm either way; @param frequency seconds per second */
export function kernelFrequency(frequency: number): number {
  const most = 500 * FREQ_PER_PPM
  return Math.max(-most, Math.min(most, Math.round(frequency * 1e6 * FREQ_PER_PPM)))
}

/** @returns seconds per second; @param units of 2^-16 ppm */
export function plainFrequency(units: number): number {
  return units / FREQ_PER_PPM / 1e6
}

const TRIES = 5

/** The raw clock knows nothing of slewing, so the difference of both is what slewing came to. The tightest of a few looks counts. */
function readSlew(): number {
  const [before, between, after] = [Buffer.alloc(128), Buffer.alloc(128), Buffer.alloc(128)]
  let tightest = Number.POSITIVE_INFINITY
  let slewed = 0
  for (let tries = 0; tries < TRIES; tries++) {
    clock_gettime(CLOCK_MONOTONIC_RAW, before)
    clock_gettime(CLOCK_MONOTONIC, between)
    clock_gettime(CLOCK_MONOTONIC_RAW, after)
    const start = nanosecondsAt(before)
    const width = Number(nanosecondsAt(after) - start)
    if (width >= tightest) continue
    tightest = width
    slewed = (Number(nanosecondsAt(between) - start) - width / 2) / 1e9
  }
  return slewed
}

function nanosecondsAt(time: Buffer): bigint {
  return time.readBigInt64LE(0) * 1_000_000_000n + time.readBigInt64LE(8)
}
