import { declare } from './libc.ts'

const clock_gettime = declare<(clock: number, time: Uint32Array) => number>('int clock_gettime(int clock, void *time)')

const CLOCK_REALTIME = 0

/**
 * Reads the wall clock as precisely as the kernel keeps it, without making an object.
 *
 * @param into at least 64 words: [0] = seconds since 1970 (low 32 bits), [1] = their high 32 bits, [2] = nanoseconds
 */
export function readWallTime(into: Uint32Array): void {
  clock_gettime(CLOCK_REALTIME, into)
}
