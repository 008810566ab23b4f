import { readUint32, writeUint32 } from '../wire/octets.ts'
import * as header from './header.ts'
import type { Random32 } from './random32.ts'
import type { ServedClock } from './served-clock.ts'
import { isLater, ntpFraction, ntpSeconds } from './timestamp.ts'

/** Nobody polls faster than this, whatever they say. @unit log2 seconds */
const POLL_MIN = -7

/** What a reply says instead of the time: RATE, too many requests; NTSN, a request that is not proved. @rfc 5905 section 7.4; 8915 section 5.7 */
export const KISS = { none: 0, rate: 0x5241_5445, ntsNak: 0x4e54_534e } as const

/** What a reply takes from outside the request. */
export interface ReplySource {
  readonly clock: ServedClock
  readonly random: Random32
  /** The shortest poll interval that the limiter bears. @unit log2 seconds */
  readonly minPoll: number
}

/**
 * Turns a request into its reply, in place, but for the transmit timestamp, which `stampTransmit` adds last.
 * The reply is the 48 octets of the header: never longer than any request.
 *
 * @rfc 5905 figure 31; section 7.4 for a kiss
 * @param bytes holds the request from `offset`, at least 48 octets; they become the reply
 * @param kiss one of `KISS`
 * @unit seconds since 1970 and nanoseconds: when the kernel took the request in
 */
export function writeReply(
  source: ReplySource,
  bytes: Uint8Array,
  offset: number,
  kissCode: number,
  seconds: number,
  nanoseconds: number,
): void {
  const { clock } = source
  const kiss = kissCode !== KISS.none
  const first = bytes[offset] ?? 0
  const mode = (first & 7) === header.MODE.active ? header.MODE.passive : header.MODE.server
  const poll = ((bytes[offset + header.POLL] ?? 0) << 24) >> 24
  const originSeconds = readUint32(bytes, offset + header.TRANSMIT_TIMESTAMP)
  const originFraction = readUint32(bytes, offset + header.TRANSMIT_TIMESTAMP + 4)
  bytes[offset] = ((kiss ? header.LEAP_UNKNOWN : clock.leapIndicator) << 6) | (first & 0x38) | mode
  bytes[offset + header.STRATUM] = kiss ? 0 : clock.stratum
  bytes[offset + header.POLL] = Math.max(poll, source.minPoll, POLL_MIN)
  bytes[offset + header.PRECISION] = clock.precision
  writeUint32(bytes, offset + header.ROOT_DELAY, kiss ? 0 : clock.rootDelay)
  writeUint32(bytes, offset + header.ROOT_DISPERSION, kiss ? 0 : clock.rootDispersion)
  writeUint32(bytes, offset + header.REFERENCE_ID, kiss ? kissCode : clock.referenceId)
  writeUint32(bytes, offset + header.REFERENCE_TIMESTAMP, kiss ? 0 : clock.referenceSeconds)
  writeUint32(bytes, offset + header.REFERENCE_TIMESTAMP + 4, 0)
  writeUint32(bytes, offset + header.ORIGIN_TIMESTAMP, originSeconds)
  writeUint32(bytes, offset + header.ORIGIN_TIMESTAMP + 4, originFraction)
  // A nanosecond is a little more than four units: what is below it never changes the order of arrivals. Receive timestamps
  // are odd and transmit timestamps even, by which the interleaved mode is known.
  const fraction = ((ntpFraction(nanoseconds) & ~3) | (source.random.next() & 2) | 1) >>> 0
  writeStamp(bytes, offset + header.RECEIVE_TIMESTAMP, ntpSeconds(seconds), fraction, originSeconds, originFraction)
}

/**
 * Writes the transmit timestamp into a reply that `writeReply` began; bits below the precision of the clock are random.
 * The stamp is later than the receive timestamp even when the clock was set back in between.
 *
 * @unit seconds since 1970 and nanoseconds: now
 */
export function stampTransmit(
  source: ReplySource,
  bytes: Uint8Array,
  offset: number,
  seconds: number,
  nanoseconds: number,
): void {
  const below = source.clock.belowPrecision
  let stampSeconds = ntpSeconds(seconds)
  let stampFraction = ((ntpFraction(nanoseconds) & ~(below | 1)) | (source.random.next() & below)) >>> 0
  const receiveSeconds = readUint32(bytes, offset + header.RECEIVE_TIMESTAMP)
  const receiveFraction = readUint32(bytes, offset + header.RECEIVE_TIMESTAMP + 4)
  if (!isLater(stampSeconds, stampFraction, receiveSeconds, receiveFraction)) {
    stampFraction = (receiveFraction + 1) >>> 0
    stampSeconds = stampFraction === 0 ? (receiveSeconds + 1) >>> 0 : receiveSeconds
  }
  const originSeconds = readUint32(bytes, offset + header.ORIGIN_TIMESTAMP)
  const originFraction = readUint32(bytes, offset + header.ORIGIN_TIMESTAMP + 4)
  writeStamp(bytes, offset + header.TRANSMIT_TIMESTAMP, stampSeconds, stampFraction, originSeconds, originFraction)
}

/**
 * Writes a timestamp, moved on by the least unit while it is zero ("unknown", once in 136 years) or the origin
 * timestamp again (a client would take the packet for its own echo).
 */
function writeStamp(
  bytes: Uint8Array,
  at: number,
  seconds: number,
  fraction: number,
  originSeconds: number,
  originFraction: number,
): void {
  let high = seconds
  let low = fraction >>> 0
  while ((high === 0 && low === 0) || (high === originSeconds && low === originFraction)) {
    low = (low + 1) >>> 0
    if (low === 0) high = (high + 1) >>> 0
  }
  writeUint32(bytes, at, high)
  writeUint32(bytes, at + 4, low)
}
