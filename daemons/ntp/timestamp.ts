/**
 * NTP time as two unsigned 32-bit numbers: seconds modulo 2^32 since 1900 and the fraction in units of 2^-32 s.
 * Era 1 begins on 2036-02-07 at 06:28:16 UTC; nothing here looks at the era, so nothing happens to it.
 *
 * @rfc 5905 section 6
 */

/** Seconds from 1900 to 1970. */
const UNIX_EPOCH = 2_208_988_800

/** NTP seconds of a Unix time; the era is dropped, which is what a shift does to a number, and a division does tenfold slower. @unit whole seconds since 1970 */
export function ntpSeconds(unixSeconds: number): number {
  return (unixSeconds + UNIX_EPOCH) >>> 0
}

/** The Unix time of NTP seconds, in whichever era it is nearest to another time. @unit whole seconds since 1970 */
export function unixSecondsNear(seconds: number, unixSeconds: number): number {
  return unixSeconds + ((seconds - ntpSeconds(unixSeconds)) | 0)
}

/** NTP fraction, rounded down; doubles hold it exactly to the last bit. @unit nanoseconds, 0..999999999 */
export function ntpFraction(nanoseconds: number): number {
  return Math.floor(nanoseconds * 4.294967296) >>> 0
}

/**
 * Whether time a is later than time b, both modulo 2^64 and less than 68 years apart.
 */
export function isLater(aSeconds: number, aFraction: number, bSeconds: number, bFraction: number): boolean {
  const seconds = (aSeconds - bSeconds) | 0
  return seconds > 0 || (seconds === 0 && aFraction > bFraction)
}

/** Unsigned 16.16 fixed-point seconds as root delay and root dispersion have them, rounded up, never above the range. */
export function shortFormat(seconds: number): number {
  return Math.min(0xffff_ffff, Math.ceil(seconds * 65536)) >>> 0
}
