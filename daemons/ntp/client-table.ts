import { readUint32 } from '../wire/octets.ts'
import {
  CLOCK_BIT,
  type ClientRecord,
  DENIED,
  ERROR,
  FIELD_MASK,
  HAS_REFERENCE,
  HISTORY,
  INTERLEAVED,
  KIND,
  KISSED,
  LIMITED,
  OUR_REFERENCE,
  PROTECTION_BIT,
  PROTECTIONS,
  RECENT,
  REFERENCE_WORDS,
  REFUSAL_BIT,
  REFUSALS,
  REQUESTS,
  type RecordViews,
  type Refusal,
  readRecord,
  recordBytes,
  SEEN,
  STRATUM_BIT,
  TOKENS,
  VERSION,
  VERSION_MASK,
  viewRecords,
  WORDS,
} from './client-record.ts'
import { Newest } from './newest.ts'
import { shiftHistory, WINDOW_MS, windowOf } from './recent-requests.ts'

/** Records of one hash set: they share eight cache lines, and the longest unheard one makes room. */
const WAYS = 8

/** Two errors of a real clock differ by no more; it may drift and be set. Of random ones 2^-31 do. @unit seconds */
const ERROR_STEP = 2
/** What a float of 32 bits keeps of an error, with room. */
const ERROR_GRAIN = 2 ** -22
/** What a clock is noted as, by the order of `CLOCKS`. */
const [UNKNOWN, ZERO, NONCE, REAL] = [0, 1, 2, 3]
/** Longer ago than any interval of the limiter: no kiss was sent yet. */
const LONG_AGO_MS = 2 ** 31

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
  readonly #references: Uint32Array
  readonly #views: RecordViews
  #clients = 0
  #last = 0
  /** Where the running window of counts begins. */
  #windowMs = 0

  /**
   * @param capacity records kept, a power of two, at least 8; 72 octets each, touched only when used
   * @param secret 32 random bits
   * @param memory where it lies, so that another thread can look into it; see `memoryFor`
   */
  constructor(capacity: number, secret: number, memory: ArrayBufferLike = new ArrayBuffer(recordBytes(capacity))) {
    this.capacity = capacity
    this.#sets = capacity / WAYS
    this.#secret = secret | 0
    this.#views = viewRecords(memory, capacity)
    this.#words = this.#views.words
    this.#doubles = this.#views.doubles
    this.#floats = this.#views.floats
    this.#references = this.#views.references
  }

  /** Memory for a table that two threads look into, of which one writes. */
  static memoryFor(capacity: number): SharedArrayBuffer {
    return new SharedArrayBuffer(recordBytes(capacity))
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
    const at = index * WORDS
    const seen = this.#doubles[at / 2 + SEEN] ?? now
    this.#turn(at, seen, now)
    const tokens = Math.min(burst, (this.#floats[at + TOKENS] ?? 0) + Math.max(0, now - seen) / intervalMs)
    this.#doubles[at / 2 + SEEN] = now
    this.#floats[at + TOKENS] = tokens < 1 ? tokens : tokens - 1
    return tokens >= 1
  }

  /** Whether a kiss is due: none was sent to this record for `intervalMs`; remembers this one. */
  takeKiss(index: number, intervalMs: number, now: number): boolean {
    const at = index * WORDS + KISSED
    if ((now - (this.#words[at] ?? 0)) >>> 0 < intervalMs) return false
    this.#words[at] = now
    return true
  }

  /** Counts a request of a client; `charge` must have come first, since this sets the time of the last request. */
  countRequest(index: number, version: number, now: number): void {
    const at = index * WORDS
    this.#turn(at, this.#doubles[at / 2 + SEEN] ?? now, now)
    this.#words[at + RECENT] = (this.#words[at + RECENT] ?? 0) + 1
    this.#words[at + REQUESTS] = (this.#words[at + REQUESTS] ?? 0) + 1
    this.#words[at + VERSION] = ((this.#words[at + VERSION] ?? 0) & 0xffff_0000) | (version & VERSION_MASK)
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
    const before = ((this.#words[at + VERSION] ?? 0) >>> CLOCK_BIT) & FIELD_MASK
    const step = Math.abs(errorSeconds - (this.#floats[at + ERROR] ?? 0))
    let now = UNKNOWN
    if (Number.isNaN(errorSeconds)) now = ZERO
    else if (this.#words[at + REQUESTS] === 1 || before === ZERO) now = UNKNOWN
    else if (step <= ERROR_STEP + Math.abs(errorSeconds) * ERROR_GRAIN) now = REAL
    else if (before !== REAL) now = NONCE
    this.#floats[at + ERROR] = errorSeconds
    if (now !== before) this.#note(CLOCK_BIT, now)
  }

  /** Notes that the request that was counted last got an interleaved answer. */
  noteInterleaved(): void {
    this.#flag(INTERLEAVED)
  }

  /**
   * Notes what the request that was counted last says of the clock that its sender follows.
   *
   * @param stratum 0 to 15, 0 = not synchronised; seconds: of the reference timestamp; isOurs: whether all is what we tell of ours
   */
  noteReference(stratum: number, id: number, seconds: number, isOurs: boolean): void {
    this.#references[this.#last * REFERENCE_WORDS] = id
    this.#references[this.#last * REFERENCE_WORDS + 1] = seconds
    this.#flag((stratum << STRATUM_BIT) | HAS_REFERENCE | (isOurs ? OUR_REFERENCE : 0))
  }

  #flag(bits: number): void {
    const at = this.#last * WORDS + VERSION
    this.#words[at] = (this.#words[at] ?? 0) | bits
  }

  /** Begins another window of counts where the last request of a record lies in an earlier one. */
  #turn(at: number, seen: number, now: number): void {
    if (now - this.#windowMs >= WINDOW_MS) this.#windowMs = windowOf(now) * WINDOW_MS
    if (seen >= this.#windowMs) return
    const ended = windowOf(now) - windowOf(seen)
    if (ended < 1) return
    this.#words[at + HISTORY] = shiftHistory(this.#words[at + HISTORY] ?? 0, this.#words[at + RECENT] ?? 0, ended)
    this.#words[at + RECENT] = 0
  }

  #note(bit: number, value: number): void {
    const at = this.#last * WORDS + VERSION
    this.#words[at] = ((this.#words[at] ?? 0) & ~(FIELD_MASK << bit)) | (value << bit)
  }

  countLimited(index: number): void {
    const at = index * WORDS + LIMITED
    this.#words[at] = (this.#words[at] ?? 0) + 1
  }

  countDenied(index: number): void {
    const at = index * WORDS + DENIED
    this.#words[at] = (this.#words[at] ?? 0) + 1
  }

  /** The clients heard last, newest first. @param nowMs monotonic */
  newest(limit: number, nowMs: number): ClientRecord[] {
    const newest = new Newest(limit)
    for (let index = 0; index < this.capacity; index++) {
      const kind = this.#words[index * WORDS + KIND]
      if (kind === 4 || kind === 16) newest.offer(index, this.#doubles[index * (WORDS / 2) + SEEN] ?? 0)
    }
    return newest.take().map((index) => readRecord(this.#views, index, nowMs))
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
    words[at + KISSED] = now - LONG_AGO_MS
    this.#floats[at + TOKENS] = tokens
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
