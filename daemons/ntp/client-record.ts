import { type RecentRequests, recentRequests } from './recent-requests.ts'

/** What is known of one client (or of one IPv6 network, for the limiter). */
export interface ClientRecord {
  /** 4 or 16 bytes in network order. */
  readonly address: Uint8Array
  readonly requests: number
  readonly recent: RecentRequests
  readonly limited: number
  readonly denied: number
  readonly version: number
  /** How its last request was authenticated. */
  readonly protection: 'key' | 'nts' | null
  /** Its last answer told when the one before it left. */
  readonly interleaved: boolean
  /** What it says of the clock that it follows; null = nothing, as most do. */
  readonly reference: ClientReference | null
  /** What its transmit timestamps are. */
  readonly clock: ClientClock
  /** How far its clock was ahead of ours at the last request, less the way; null unless `clock` is `real`. @unit seconds */
  readonly errorSeconds: number | null
  /** How its last request ended that got no time; null when none did. */
  readonly refused: Refusal | null
  /** Monotonic milliseconds of the last request. */
  readonly seenMs: number
}

/** The fields of a request that tell whose time the client has. */
export interface ClientReference {
  /** 0 = it is not synchronised. */
  readonly stratum: number
  readonly id: number
  /** When its clock was set last, as it says; 0 = it does not. @unit seconds of an NTP timestamp */
  readonly seconds: number
  /** All of it is what we told of ourselves at that moment. */
  readonly isOurs: boolean
}

/** `zero` = it sends none, `nonce` = random bits, `real` = its clock; `unknown` until two requests tell. */
export type ClientClock = (typeof CLOCKS)[number]
export type Refusal = Exclude<(typeof REFUSALS)[number], null>

/** Words of a record, one cache line: address, kind, counts, a double, and what else is known. */
export const WORDS = 16
export const KIND = 4
export const REQUESTS = 5
export const LIMITED = 6
export const DENIED = 7
/** A double, counted in eight octets: the last request. */
export const SEEN = 4
/** When a kiss was sent, the milliseconds modulo 2^32. */
export const KISSED = 10
/** Requests of the running window, and of those before it. */
export const RECENT = 11
export const HISTORY = 13
/** A float: what it cannot hold of a refill is lost only to whoever asks far more often than the bucket fills. */
export const TOKENS = 12
/** In the lowest octet, beside flags; above it fields of four bits. All below bit 16 is of the last request alone. */
export const VERSION = 14
export const VERSION_MASK = 7
export const INTERLEAVED = 1 << 3
export const HAS_REFERENCE = 1 << 4
export const OUR_REFERENCE = 1 << 5
export const PROTECTION_BIT = 8
export const STRATUM_BIT = 12
export const CLOCK_BIT = 16
export const REFUSAL_BIT = 24
export const FIELD_MASK = 0xf
/** How far the client's clock is ahead, as a float. */
export const ERROR = 15

export const PROTECTIONS = [null, 'key', 'nts'] as const
export const CLOCKS = ['unknown', 'zero', 'nonce', 'real'] as const
export const REFUSALS = [
  null,
  'rate_limited',
  'kissed',
  'denied',
  'unknown_key',
  'bad_mac',
  'authenticated',
  'fields',
  'nts_stale_cookie',
  'nts_bad_cookie',
  'nts_bad_mac',
] as const

/** Words of the reference of a client, kept aside since few tell one: id, seconds. */
export const REFERENCE_WORDS = 2

/** The memory of a table, as numbers of several kinds. */
export interface RecordViews {
  readonly words: Uint32Array
  readonly doubles: Float64Array
  readonly floats: Float32Array
  readonly references: Uint32Array
}

/** Octets that so many records take. */
export function recordBytes(capacity: number): number {
  return capacity * (WORDS + REFERENCE_WORDS) * 4
}

/** Looks at memory of that size; of another thread's as well. */
export function viewRecords(memory: ArrayBufferLike, capacity: number): RecordViews {
  return {
    words: new Uint32Array(memory),
    doubles: new Float64Array(memory),
    floats: new Float32Array(memory),
    references: new Uint32Array(memory, capacity * WORDS * 4),
  }
}

/** Reads what one record says. @param nowMs monotonic milliseconds */
export function readRecord(
  { words, doubles, floats, references }: RecordViews,
  index: number,
  nowMs: number,
): ClientRecord {
  const at = index * WORDS
  const word = (offset: number): number => words[at + offset] ?? 0
  const noted = (bit: number): number => (word(VERSION) >>> bit) & FIELD_MASK
  const has = (flag: number): boolean => (word(VERSION) & flag) !== 0
  const address = new Uint8Array(word(KIND) === 4 ? 4 : 16)
  for (let octet = 0; octet < address.length; octet++) address[octet] = word(octet >> 2) >>> (24 - 8 * (octet & 3))
  const seenMs = doubles[at / 2 + SEEN] ?? 0
  const clock = CLOCKS[noted(CLOCK_BIT)] ?? 'unknown'
  return {
    address,
    requests: word(REQUESTS),
    recent: recentRequests(word(HISTORY), word(RECENT), seenMs, nowMs),
    limited: word(LIMITED),
    denied: word(DENIED),
    version: word(VERSION) & VERSION_MASK,
    protection: PROTECTIONS[noted(PROTECTION_BIT)] ?? null,
    interleaved: has(INTERLEAVED),
    reference: has(HAS_REFERENCE)
      ? {
          stratum: noted(STRATUM_BIT),
          id: references[index * REFERENCE_WORDS] ?? 0,
          seconds: references[index * REFERENCE_WORDS + 1] ?? 0,
          isOurs: has(OUR_REFERENCE),
        }
      : null,
    clock,
    errorSeconds: clock === 'real' ? (floats[at + ERROR] ?? 0) : null,
    refused: REFUSALS[noted(REFUSAL_BIT)] ?? null,
    seenMs,
  }
}
