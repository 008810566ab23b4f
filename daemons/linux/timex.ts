/**
 * struct timex of adjtimex(2): the places in it that we read and write, and the bits of its words.
 *
 * @rfc 1589 section 5, a kernel model for precision timekeeping, which Linux follows; linux/timex.h
 */
export const TIMEX_BYTES = 208

/** Offsets of its fields; all but `modes` and `status` (32 bits) are of 64 bits. */
export const TIMEX = {
  modes: 0,
  offset: 8,
  freq: 16,
  maxerror: 24,
  esterror: 32,
  status: 40,
  constant: 48,
  seconds: 72,
  fraction: 80,
  tick: 88,
} as const

/** What a call is to change; 0 = nothing. */
export const ADJ = {
  OFFSET: 0x0001,
  FREQUENCY: 0x0002,
  MAXERROR: 0x0004,
  ESTERROR: 0x0008,
  STATUS: 0x0010,
  TIMECONST: 0x0020,
  SETOFFSET: 0x0100,
  NANO: 0x2000,
  TICK: 0x4000,
} as const

/** Bits of `status`. */
export const STA = { PLL: 0x01, INS: 0x10, DEL: 0x20, UNSYNC: 0x40, FREQHOLD: 0x80, NANO: 0x2000 } as const

/** Units of `freq` in one part per million. */
export const FREQ_PER_PPM = 65_536
