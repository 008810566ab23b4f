import { readUint32, writeUint32 } from '../../wire/octets.ts'
import { PHI } from '../frequency-tolerance.ts'
import * as header from '../header.ts'

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
  /** When the source heard of its reference last. @unit seconds of NTP time */
  readonly referenceSeconds: number
  /** The source's own distance from its reference. @unit seconds */
  readonly rootDelay: number
  readonly rootDispersion: number
  /** In the interleaved mode: how long before its answer it was measured; null = by that answer itself. @unit milliseconds */
  readonly interleavedMs: number | null
}

/** What an answer turned out to be; `unsynchronised` = the source takes back what it said of its clock; `other` = it does not answer this question. */
export type Answer =
  | { readonly kind: 'measurement'; readonly measurement: Measurement; readonly exchange: Exchange }
  | { readonly kind: 'kiss'; readonly code: string }
  | { readonly kind: 'unusable' | 'unsynchronised'; readonly why: string }
  | { readonly kind: 'other' }

/** Departure and arrival by our kernel's clock. @unit nanoseconds since 1970 */
export interface Journey {
  readonly sentNs: bigint
  readonly receivedNs: bigint
  /** The arrival, monotonic milliseconds. */
  readonly receivedMs: number
}

/** One question and its answer, as a later question of the interleaved mode goes back to them. */
export interface Exchange extends Journey {
  /** The receive timestamp of the answer, by which the source knows it again. */
  readonly receiveTimestamp: bigint
}

/** What of a question has to come back: only who saw it knows. */
export interface Question {
  /** Its transmit timestamp, 8 octets. */
  readonly nonce: Uint8Array
  /** Its receive timestamp, 8 octets, and the exchange that it asks about; null = in the basic mode. */
  readonly back: { readonly nonce: Uint8Array; readonly exchange: Exchange } | null
}

/** A source further from its reference than this is of no use. @rfc 5905 section 7.2, MAXDISP */
const MAX_DISTANCE = 16
/** A source that held an answer longer than this is no clock to measure by, or tells when another one left. @unit seconds */
const MAX_HELD = 4
const VERSIONS: readonly number[] = [1, 2, 3, 4]
const UNIX_EPOCH = 2_208_988_800n

/**
 * Makes a question. Its own timestamps are random: they only have to come back, and tell nobody our clock.
 *
 * @rfc 5905 section 9.2; 9109 section 3 for why nothing in it can be guessed; 9769 section 2
 * @param poll log2 of the seconds between questions
 */
export function encodeQuestion({ nonce, back }: Question, poll: number): Uint8Array {
  const bytes = new Uint8Array(header.HEADER_BYTES)
  bytes[0] = (header.LEAP_UNKNOWN << 6) | (4 << 3) | header.MODE.client
  bytes[header.POLL] = poll
  bytes.set(nonce, header.TRANSMIT_TIMESTAMP)
  if (back === null) return bytes
  writeStamp(bytes, header.ORIGIN_TIMESTAMP, back.exchange.receiveTimestamp)
  bytes.set(back.nonce, header.RECEIVE_TIMESTAMP)
  return bytes
}

/**
 * Judges a datagram that came to the port from which a question went out.
 *
 * The mode is the source's choice: an interleaved answer tells when the one before it left, and so completes that exchange.
 *
 * @rfc 5905 section 8 (the two equations), section 9.2 (packet sanity), section 7.4 (kisses); 9769 section 2
 * @param precision ours, log2 seconds
 * @attack a datagram whose origin is no nonce of ours was made by somebody who did not see the question: it says nothing
 */
export function readAnswer(bytes: Uint8Array, question: Question, journey: Journey, precision: number): Answer {
  const first = bytes[0] ?? 0
  if (bytes.length < header.HEADER_BYTES || (first & 7) !== header.MODE.server) return { kind: 'other' }
  if (!VERSIONS.includes((first >> 3) & 7)) return { kind: 'other' }
  const isBasic = bringsBack(bytes, question.nonce)
  const back = question.back !== null && !isBasic && bringsBack(bytes, question.back.nonce) ? question.back : null
  if (!isBasic && back === null) return { kind: 'other' }
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
  const exchange = { ...journey, receiveTimestamp: readStamp(bytes, header.RECEIVE_TIMESTAMP) }
  const { sentNs, receivedNs, receivedMs, receiveTimestamp } = back?.exchange ?? exchange
  const transmitTimestamp = readStamp(bytes, header.TRANSMIT_TIMESTAMP)
  const there = spanSeconds(receiveTimestamp, ntpStamp(sentNs))
  const home = spanSeconds(transmitTimestamp, ntpStamp(receivedNs))
  const away = Number(receivedNs - sentNs) / 1e9
  const held = spanSeconds(transmitTimestamp, receiveTimestamp)
  const theirPrecision = 2 ** (((bytes[header.PRECISION] ?? 0) << 24) >> 24)
  if (held < 0) return { kind: 'unusable', why: 'it answered before it was asked' }
  if (held > MAX_HELD)
    return {
      kind: 'unusable',
      why: back === null ? 'it held its answer too long' : 'it tells when another answer left',
    }
  return {
    kind: 'measurement',
    exchange,
    measurement: {
      offset: (there + home) / 2,
      delay: Math.max(away - held, 2 ** precision),
      dispersion: theirPrecision + 2 ** precision + PHI * away,
      leapIndicator,
      stratum,
      referenceId,
      referenceSeconds: readUint32(bytes, header.REFERENCE_TIMESTAMP),
      rootDelay,
      rootDispersion,
      interleavedMs: back === null ? null : journey.receivedMs - receivedMs,
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

function bringsBack(bytes: Uint8Array, nonce: Uint8Array): boolean {
  return nonce.every((byte, at) => bytes[header.ORIGIN_TIMESTAMP + at] === byte)
}

function isZero(bytes: Uint8Array, at: number): boolean {
  return readUint32(bytes, at) === 0 && readUint32(bytes, at + 4) === 0
}

function readStamp(bytes: Uint8Array, at: number): bigint {
  return (BigInt(readUint32(bytes, at)) << 32n) | BigInt(readUint32(bytes, at + 4))
}

function writeStamp(bytes: Uint8Array, at: number, stamp: bigint): void {
  writeUint32(bytes, at, Number(stamp >> 32n))
  writeUint32(bytes, at + 4, Number(stamp & 0xffff_ffffn))
}

function ntpStamp(unixNs: bigint): bigint {
  const seconds = unixNs / 1_000_000_000n + UNIX_EPOCH
  return BigInt.asUintN(64, (seconds << 32n) + ((unixNs % 1_000_000_000n) << 32n) / 1_000_000_000n)
}

/** a - b, right across an era as long as they lie within 68 years. */
function spanSeconds(a: bigint, b: bigint): number {
  return Number(BigInt.asIntN(64, a - b)) / 2 ** 32
}
