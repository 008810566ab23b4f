import { check, declare } from './libc.ts'

const adjtimex = declare<(state: Uint8Array) => number>('int adjtimex(void *state)')

/** Size of struct timex and the places in it that we read, linux/timex.h. */
const TIMEX_BYTES = 208
const MAXERROR = 24
const STATUS = 40
const STA_UNSYNC = 0x40

export interface KernelClock {
  /** Whether a program keeps the clock right, as that program told the kernel. */
  readonly synchronised: boolean
  /** How far off it may be by now. */
  readonly maxErrorUs: number
}

/**
 * Reads how the kernel judges the clock (adjtimex(2)); changes nothing and needs no rights.
 *
 * @throws SystemError where a sandbox forbids the call
 */
export function readKernelClock(): KernelClock {
  const state = Buffer.alloc(TIMEX_BYTES)
  check(adjtimex(state), 'adjtimex')
  return {
    synchronised: (state.readInt32LE(STATUS) & STA_UNSYNC) === 0,
    maxErrorUs: Number(state.readBigInt64LE(MAXERROR)),
  }
}
