import * as header from '../header.ts'
import { readUint32, writeUint32 } from '../header.ts'

/** What one question and its answer tell about a source. */
export interface Measurement {
  /** How far the source is ahead of our kernel's clock. @unit seconds */
  readonly offset: number
  /** Round trip without the time that the source itself took. @unit seconds */
  readonly delay: number
  /** What both clocks' readings and the time in between may be off. @unit seconds */
  readonly dispersion: number
  readonly leapIndicator: number
  readonly stratum: number
  readonly referenceId: number
  /** The source's own distance from its reference. @unit seconds */
  readonly rootDelay: number
  readonly rootDispersion: number
}

/** What an answer turned out to be; `unsynchronised` = the source takes back what it said of its clock; `other` = it does not answer this question. */
export type Answer =
  | { readonly kind: 'measurement'; readonly measurement: Measurement }
  | { readonly kind: 'kiss'; readonly code: string }
  | { readonly kind: 'unusable' | 'unsynchronised'; readonly why: string }
  | { readonly kind: 'other' }

/** Departure and arrival by our kernel's clock. @unit nanoseconds since 1970 */
export interface Journey {
  readonly sentNs: bigint
  readonly receivedNs: bigint
}

/** A source further from its reference than this is of no use. @rfc 5905 section 7.2, MAXDISP */
const MAX_DISTANCE = 16
/** How fast an unwatched clock may drift. @rfc 5905 section 7.2, PHI */
const PHI = 15e-6
const UNIX_EPOCH = 2_208_988_800n

/**
 * Makes a question. Its transmit timestamp is random: it only has to come back, and tells nobody our clock.
 *
 * @rfc 5905 section 9.2; 9109 section 3 for why nothing in it can be guessed
 * @param nonce 8 octets
 * @param poll log2 of the seconds between questions
 */
export function encodeQuestion(nonce: Uint8Array, poll: number): Uint8Array {
  const bytes = new Uint8Array(header.HEADER_BYTES)
  bytes[0] = (header.LEAP_UNKNOWN << 6) | (4 << 3) | header.MODE.client
  bytes[header.POLL] = poll
  bytes.set(nonce, header.TRANSMIT_TIMESTAMP)
  return bytes
}

/**
 * Judges a datagram that came to the port from which a question went out.
 *
 * @rfc 5905 section 8 (the two equations), section 9.2 (packet sanity), section 7.4 (kisses)
 * @param precision ours, log2 seconds
 * @attack a datagram whose origin is not our nonce was made by somebody who did not see the question: it says nothing
 */
export function readAnswer(bytes: Uint8Array, nonce: Uint8Array, journey: Journey, precision: number): Answer {
  const first = bytes[0] ?? 0
  if (bytes.length < header.HEADER_BYTES || (first & 7) !== header.MODE.server) return { kind: 'other' }
  if (!nonce.every((byte, at) => bytes[header.ORIGIN_TIMESTAMP + at] === byte)) return { kind: 'other' }
  const stratum = bytes[header.STRATUM] ?? 0
  const referenceId = readUint32(bytes, header.REFERENCE_ID)
  if (stratum === 0 && referenceId !== 0) return { kind: 'kiss', code: kissCode(referenceId) }
  const leapIndicator = first >> 6
  if (leapIndicator === header.LEAP_UNKNOWN || stratum === 0 || stratum > 15)
    return { kind: 'unsynchronised', why: 'it says that it is not synchronised' }
  const rootDelay = readUint32(bytes, header.ROOT_DELAY) / 65536
  const rootDispersion = readUint32(bytes, header.ROOT_DISPERSION) / 65536
  if (rootDelay / 2 + rootDispersion >= MAX_DISTANCE)
    return { kind: 'unsynchronised', why: 'it is too far from its reference' }
  if (isZero(bytes, header.RECEIVE_TIMESTAMP) || isZero(bytes, header.TRANSMIT_TIMESTAMP))
    return { kind: 'unusable', why: 'it sent no time' }
  const { sentNs, receivedNs } = journey
  const there = spanSeconds(readStamp(bytes, header.RECEIVE_TIMESTAMP), ntpStamp(sentNs))
  const back = spanSeconds(readStamp(bytes, header.TRANSMIT_TIMESTAMP), ntpStamp(receivedNs))
  const away = Number(receivedNs - sentNs) / 1e9
  const held = spanSeconds(readStamp(bytes, header.TRANSMIT_TIMESTAMP), readStamp(bytes, header.RECEIVE_TIMESTAMP))
  const theirPrecision = 2 ** (((bytes[header.PRECISION] ?? 0) << 24) >> 24)
  if (held < 0) return { kind: 'unusable', why: 'it answered before it was asked' }
  return {
    kind: 'measurement',
    measurement: {
      offset: (there + back) / 2,
      delay: Math.max(away - held, 2 ** precision),
      dispersion: theirPrecision + 2 ** precision + PHI * away,
      leapIndicator,
      stratum,
      referenceId,
      rootDelay,
      rootDispersion,
    },
  }
}

/** Four letters, as they are; anything else as hexadecimal digits. */
function kissCode(referenceId: number): string {
  const bytes = new Uint8Array(4)
  writeUint32(bytes, 0, referenceId)
  const text = String.fromCharCode(...bytes)
  return /^[A-Z]{4}$/.test(text) ? text : referenceId.toString(16).padStart(8, '0')
}

function isZero(bytes: Uint8Array, at: number): boolean {
  return readUint32(bytes, at) === 0 && readUint32(bytes, at + 4) === 0
}

function readStamp(bytes: Uint8Array, at: number): bigint {
  return (BigInt(readUint32(bytes, at)) << 32n) | BigInt(readUint32(bytes, at + 4))
}

function ntpStamp(unixNs: bigint): bigint {
  const seconds = unixNs / 1_000_000_000n + UNIX_EPOCH
  return BigInt.asUintN(64, (seconds << 32n) + ((unixNs % 1_000_000_000n) << 32n) / 1_000_000_000n)
}

/** a - b, right across an era as long as they lie within 68 years. */
function spanSeconds(a: bigint, b: bigint): number {
  return Number(BigInt.asIntN(64, a - b)) / 2 ** 32
}
