/**
 * Measures the precision of a clock: the smallest step between readings, which is the cost of a reading when the
 * clock is finer than that.
 *
 * @param readNanoseconds a reading of the clock, nanoseconds within the second are enough
 * @returns log2 of seconds, rounded up, -24..-6
 */
export function measurePrecision(readNanoseconds: () => number): number {
  let smallest = 1e9
  let previous = readNanoseconds()
  for (let reading = 0; reading < 200; reading++) {
    const now = readNanoseconds()
    if (now > previous) smallest = Math.min(smallest, now - previous)
    previous = now
  }
  return Math.max(-24, Math.min(-6, Math.ceil(Math.log2(smallest / 1e9))))
}
