import { check, declare } from './libc.ts'
import { FREQ_PER_PPM, STA, TIMEX, TIMEX_BYTES } from './timex.ts'

const adjtimex = declare<(state: Uint8Array) => number>('int adjtimex(void *state)')

/** What the call returns while a leap second that was asked for has been done, and the flag is not taken back yet. */
const TIME_WAIT = 4

export interface KernelClock {
  /** Whether a program keeps the clock right, as that program told the kernel. */
  readonly synchronised: boolean
  /** How far off it may be by now; the kernel adds 500 µs each second until that program tells it anew. */
  readonly maxErrorUs: number
  /** A leap second that the kernel does at the end of this UTC day: 1 = one more, 2 = one less, 0 = none. */
  readonly leap: 0 | 1 | 2
  /** How much faster the clock is made to run than its oscillator. @unit parts per million */
  readonly frequencyPpm: number
}

/**
 * Reads how the kernel judges the clock (adjtimex(2)); changes nothing and needs no rights.
 *
 * @throws SystemError where a sandbox forbids the call
 */
export function readKernelClock(): KernelClock {
  const state = Buffer.alloc(TIMEX_BYTES)
  const told = check(adjtimex(state), 'adjtimex')
  return decodeTimex(state, told)
}

/** Reads a struct timex as adjtimex filled it. @param told what the call returned */
export function decodeTimex(state: Buffer, told: number): KernelClock {
  const status = state.readInt32LE(TIMEX.status)
  const asked = (status & STA.INS) !== 0 ? 1 : (status & STA.DEL) !== 0 ? 2 : 0
  return {
    synchronised: (status & STA.UNSYNC) === 0,
    maxErrorUs: Number(state.readBigInt64LE(TIMEX.maxerror)),
    leap: told === TIME_WAIT ? 0 : asked,
    frequencyPpm: Number(state.readBigInt64LE(TIMEX.freq)) / FREQ_PER_PPM,
  }
}
