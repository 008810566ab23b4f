import { readUint32 } from './header.ts'
import { Newest } from './newest.ts'

/** What is known of one client (or of one IPv6 network, for the limiter). */
export interface ClientRecord {
  /** 4 or 16 bytes in network order. */
  readonly address: Uint8Array
  readonly requests: number
  readonly limited: number
  readonly denied: number
  readonly version: number
  /** How its last request was authenticated. */
  readonly protection: 'key' | 'nts' | null
  /** What its transmit timestamps are. */
  readonly clock: ClientClock
  /** How far its clock was ahead of ours at the last request, less the way; null unless `clock` is `real`. @unit seconds */
  readonly errorSeconds: number | null
  /** How its last request ended that got no time; null when none did. */
  readonly refused: Refusal | null
  /** Monotonic milliseconds of the last request. */
  readonly seenMs: number
}

/** `zero` = it sends none, `nonce` = random bits, `real` = its clock; `unknown` until two requests tell. */
export type ClientClock = (typeof CLOCKS)[number]
export type Refusal = Exclude<(typeof REFUSALS)[number], null>

/** Records of one hash set: they share eight cache lines, and the longest unheard one makes room. */
const WAYS = 8

/** Words of a record, one cache line: address, kind, counts, and three doubles. */
const WORDS = 16
const KIND = 4
const REQUESTS = 5
const LIMITED = 6
const DENIED = 7
/** In the lowest octet; above it how the last request was protected, what its timestamps are, the last refusal. */
const VERSION = 14
const PROTECTIONS = [null, 'key', 'nts'] as const
const PROTECTION_BIT = 8
const CLOCKS = ['unknown', 'zero', 'nonce', 'real'] as const
const CLOCK_BIT = 16
const [UNKNOWN, ZERO, NONCE, REAL] = [0, 1, 2, 3]
const REFUSALS = [
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
const REFUSAL_BIT = 24
/** How far the client's clock is ahead, as a float. */
const ERROR = 15

/** Two errors of a real clock differ by no more; it may drift and be set. Of random ones 2^-31 do. @unit seconds */
const ERROR_STEP = 2
/** What a float of 32 bits keeps of an error, with room. */
const ERROR_GRAIN = 2 ** -22
/** The doubles, counted in eight octets. */
const SEEN = 4
const KISSED = 5
const TOKENS = 6

const NETWORK_KIND = 64

/**
 * Who asked, how often, and how much each may still ask: a table of fixed size in one allocation.
 *
 * A record is named by its index, so that looking one up allocates nothing. Addresses hash with a secret, into sets
 * of eight; when a set is full the client not heard of for the longest time is forgotten.
 *
 * @attack a million forged addresses cost no more memory than one; without the secret nobody can aim at a victim's set
 */
export class ClientTable {
  readonly capacity: number
  readonly #sets: number
  readonly #secret: number
  readonly #words: Uint32Array
  readonly #doubles: Float64Array
  readonly #floats: Float32Array
  #clients = 0
  #last = 0

  /**
   * @param capacity records kept, a power of two, at least 8; 64 octets each, touched only when used
   * @param secret 32 random bits
   * @param memory where it lies, so that another thread can look into it; see `memoryFor`
   */
  constructor(capacity: number, secret: number, memory: ArrayBufferLike = new ArrayBuffer(capacity * WORDS * 4)) {
    this.capacity = capacity
    this.#sets = capacity / WAYS
    this.#secret = secret | 0
    this.#words = new Uint32Array(memory)
    this.#doubles = new Float64Array(memory)
    this.#floats = new Float32Array(memory)
  }

  /** Memory for a table that two threads look into, of which one writes. */
  static memoryFor(capacity: number): SharedArrayBuffer {
    return new SharedArrayBuffer(capacity * WORDS * 4)
  }

  /** Clients known now; networks are not counted. */
  get clients(): number {
    return this.#clients
  }

  /**
   * Finds the record of an address, or makes one with a full bucket.
   *
   * @param bytes holds the address from `offset`, 4 or 16 octets as `length` says
   * @param now monotonic milliseconds
   */
  client(bytes: Uint8Array, offset: number, length: number, tokens: number, now: number): number {
    if (length === 4) return this.#locate(4, readUint32(bytes, offset), 0, 0, 0, tokens, now)
    const high = readUint32(bytes, offset)
    const low = readUint32(bytes, offset + 4)
    return this.#locate(16, high, low, readUint32(bytes, offset + 8), readUint32(bytes, offset + 12), tokens, now)
  }

  /** Finds or makes the record of the /64 network of an IPv6 address. */
  network(bytes: Uint8Array, offset: number, tokens: number, now: number): number {
    return this.#locate(NETWORK_KIND, readUint32(bytes, offset), readUint32(bytes, offset + 4), 0, 0, tokens, now)
  }

  /**
   * Takes one request out of the bucket of a record, which fills by one each `intervalMs` up to `burst`.
   *
   * @returns whether there was one left
   */
  charge(index: number, intervalMs: number, burst: number, now: number): boolean {
    const at = index * (WORDS / 2)
    const elapsed = Math.max(0, now - (this.#doubles[at + SEEN] ?? now))
    const tokens = Math.min(burst, (this.#doubles[at + TOKENS] ?? 0) + elapsed / intervalMs)
    this.#doubles[at + SEEN] = now
    this.#doubles[at + TOKENS] = tokens < 1 ? tokens : tokens - 1
    return tokens >= 1
  }

  /** Whether a kiss is due: none was sent to this record for `intervalMs`; remembers this one. */
  takeKiss(index: number, intervalMs: number, now: number): boolean {
    const at = index * (WORDS / 2) + KISSED
    if (now - (this.#doubles[at] ?? 0) < intervalMs) return false
    this.#doubles[at] = now
    return true
  }

  /** Counts a request of a client; `charge` must have come first, since this sets the time of the last request. */
  countRequest(index: number, version: number, now: number): void {
    const at = index * WORDS
    this.#words[at + REQUESTS] = (this.#words[at + REQUESTS] ?? 0) + 1
    this.#words[at + VERSION] = ((this.#words[at + VERSION] ?? 0) & 0xffff_0000) | version
    this.#last = index
    this.#doubles[at / 2 + SEEN] = now
  }

  /** Notes how the request that was counted last was authenticated. */
  noteProtection(how: 'key' | 'nts'): void {
    this.#note(PROTECTION_BIT, PROTECTIONS.indexOf(how))
  }

  /** Notes how the request that was counted last ended without the time. */
  noteRefusal(why: Refusal): void {
    this.#note(REFUSAL_BIT, REFUSALS.indexOf(why))
  }

  /**
   * Notes the transmit timestamp of the request that was counted last: a clock is what is as far ahead of ours as it was the
   * time before.
   *
   * @param errorSeconds how far it is ahead of its arrival; NaN when it is zero
   */
  noteClock(errorSeconds: number): void {
    const at = this.#last * WORDS
    const before = ((this.#words[at + VERSION] ?? 0) >>> CLOCK_BIT) & 0xff
    const step = Math.abs(errorSeconds - (this.#floats[at + ERROR] ?? 0))
    let now = UNKNOWN
    if (Number.isNaN(errorSeconds)) now = ZERO
    else if (this.#words[at + REQUESTS] === 1 || before === ZERO) now = UNKNOWN
    else if (step <= ERROR_STEP + Math.abs(errorSeconds) * ERROR_GRAIN) now = REAL
    else if (before !== REAL) now = NONCE
    this.#floats[at + ERROR] = errorSeconds
    if (now !== before) this.#note(CLOCK_BIT, now)
  }

  #note(bit: number, value: number): void {
    const at = this.#last * WORDS + VERSION
    this.#words[at] = ((this.#words[at] ?? 0) & ~(0xff << bit)) | (value << bit)
  }

  countLimited(index: number): void {
    const at = index * WORDS + LIMITED
    this.#words[at] = (this.#words[at] ?? 0) + 1
  }

  countDenied(index: number): void {
    const at = index * WORDS + DENIED
    this.#words[at] = (this.#words[at] ?? 0) + 1
  }

  /** The clients heard last, newest first. */
  newest(limit: number): ClientRecord[] {
    const newest = new Newest(limit)
    for (let index = 0; index < this.capacity; index++) {
      const kind = this.#words[index * WORDS + KIND]
      if (kind === 4 || kind === 16) newest.offer(index, this.#doubles[index * (WORDS / 2) + SEEN] ?? 0)
    }
    return newest.take().map((index) => this.#read(index))
  }

  #read(index: number): ClientRecord {
    const words = this.#words.subarray(index * WORDS, (index + 1) * WORDS)
    const noted = (bit: number): number => ((words[VERSION] ?? 0) >>> bit) & 0xff
    const address = new Uint8Array(words[KIND] === 4 ? 4 : 16)
    for (let at = 0; at < address.length; at++) address[at] = (words[at >> 2] ?? 0) >>> (24 - 8 * (at & 3))
    return {
      address,
      requests: words[REQUESTS] ?? 0,
      limited: words[LIMITED] ?? 0,
      denied: words[DENIED] ?? 0,
      version: (words[VERSION] ?? 0) & 0xff,
      protection: PROTECTIONS[noted(PROTECTION_BIT)] ?? null,
      clock: CLOCKS[noted(CLOCK_BIT)] ?? 'unknown',
      errorSeconds: noted(CLOCK_BIT) === REAL ? (this.#floats[index * WORDS + ERROR] ?? 0) : null,
      refused: REFUSALS[noted(REFUSAL_BIT)] ?? null,
      seenMs: this.#doubles[index * (WORDS / 2) + SEEN] ?? 0,
    }
  }

  #locate(kind: number, a: number, b: number, c: number, d: number, tokens: number, now: number): number {
    const words = this.#words
    const first = (mix(this.#secret ^ kind, a, b, c, d) & (this.#sets - 1)) * WAYS
    let chosen = first
    let oldest = Number.POSITIVE_INFINITY
    for (let index = first; index < first + WAYS; index++) {
      const at = index * WORDS
      const held = words[at + KIND]
      if (held === kind && words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d)
        return index
      const seen = held === 0 ? Number.NEGATIVE_INFINITY : (this.#doubles[at / 2 + SEEN] ?? 0)
      if (seen < oldest) {
        oldest = seen
        chosen = index
      }
    }
    const at = chosen * WORDS
    const evicted = words[at + KIND]
    if (evicted === 4 || evicted === 16) this.#clients--
    if (kind !== NETWORK_KIND) this.#clients++
    words.fill(0, at, at + WORDS)
    words[at] = a
    words[at + 1] = b
    words[at + 2] = c
    words[at + 3] = d
    words[at + KIND] = kind
    this.#doubles[at / 2 + SEEN] = now
    this.#doubles[at / 2 + KISSED] = Number.NEGATIVE_INFINITY
    this.#doubles[at / 2 + TOKENS] = tokens
    return chosen
  }
}

/** Murmur3's rounds over four words, begun with the secret. */
function mix(secret: number, a: number, b: number, c: number, d: number): number {
  let hash = round(round(round(round(secret, a), b), c), d)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function round(hash: number, value: number): number {
  let mixed = Math.imul(value, 0xcc9e_2d51)
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b87_3593)
  const turned = hash ^ mixed
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe654_6b64) | 0
}
