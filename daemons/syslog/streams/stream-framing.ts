/** How a message was cut out of the stream. */
export type FrameNote =
  /** Whole: counted, or ended by LF, CR LF, NUL or the end of the stream. */
  | 'whole'
  /** A counted frame longer than the limit: its first bytes, the rest was skipped. */
  | 'truncated'
  /** The first piece of a line that was longer than the limit. */
  | 'split'
  /** A further piece of it. */
  | 'rest'
  /** The stream ended inside a counted frame. */
  | 'incomplete'

/** One message of a stream: `bytes[start, end)`. */
export interface Frame {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly note: FrameNote
}

/** Receives each message in order: `bytes[start, end)`, borrowed until the next call of the framing. */
export type TakeFrame = (bytes: Buffer, start: number, end: number, note: FrameNote) => void

/**
 * Cuts a byte stream into messages, wherever it was divided on its way, and holds back at most one message.
 *
 * Octet counting is told from lines at the start of every message, since real senders mix them: one to seven digits and
 * a space are a count, unless a date follows a VERSION (an RFC 5424 message without PRI). Counts beyond seven digits and
 * digits without a space begin a line. Line ends between messages are skipped.
 *
 * @rfc 6587 sections 3.4.1 and 3.4.2; 5425 section 4.3
 * @attack a count is never an allocation: what is beyond the limit is skipped unseen
 */
export class StreamFraming {
  readonly #maxBytes: number
  /** The beginning of a message whose end has not come yet. */
  #carry = Buffer.alloc(0)
  /** It stands in `[#from, #to)` of the carry. */
  #from = 0
  #to = 0
  /** No end of line stands before this offset of the carry. */
  #scanned = 0
  /** Octets of an over-long counted frame still to be skipped. */
  #skip = 0
  /** Inside a line whose beginning went out already. */
  #inLine = false

  /** @param maxBytes longest message, 1 or more */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Whether a message has begun that has not ended. */
  get isMidMessage(): boolean {
    return this.#from < this.#to || this.#skip > 0 || this.#inLine
  }

  /** Memory that the beginning of a message takes, or that is kept for the next. */
  get heldBytes(): number {
    return this.#carry.length
  }

  /** Gives back the memory that no message needs now. */
  trim(): void {
    this.#carry = Buffer.from(this.#carry.subarray(this.#from, this.#to))
    this.#to -= this.#from
    this.#from = 0
  }

  /** Takes the next bytes of the stream; they must stay as they are while the messages cut from them are used. Never throws. */
  push(chunk: Buffer, take: TakeFrame): void {
    let at = 0
    this.#compact()
    // Only what ends the unfinished message is put behind its beginning: the rest is cut where it lies.
    while (this.#from < this.#to && at < chunk.length) {
      const end = Math.min(chunk.length, at + Math.max(GLANCE_BYTES, this.#to - this.#from))
      this.#append(chunk.subarray(at, end))
      this.#from = this.#cut(this.#carry.subarray(0, this.#to), this.#from, false, take)
      at = end
      const left = this.#to - this.#from
      if (left > at) continue
      at -= left
      this.#from = this.#to
    }
    if (this.#from === this.#to) this.#keep(chunk, this.#cut(chunk, at, false, take))
  }

  /** The stream has ended: gives out what is left. */
  end(take: TakeFrame): void {
    this.#cut(this.#carry.subarray(0, this.#to), this.#from, true, take)
    this.#from = 0
    this.#to = 0
    this.#skip = 0
    this.#inLine = false
  }

  /** Gives out all messages that end in `bytes` from `start` on; returns the offset of the first byte still needed. */
  #cut(bytes: Buffer, start: number, ended: boolean, take: TakeFrame): number {
    let at = start
    let scanned = start + this.#scanned
    this.#scanned = 0
    const lines = new LineEnds(bytes)
    for (;;) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at)
        this.#skip -= skipped
        at += skipped
      }
      if (!this.#inLine) at = skipBetween(bytes, at)
      if (at >= bytes.length) return bytes.length
      const count = this.#inLine ? LINE : readCount(bytes, at, ended)
      if (count === UNDECIDED) return at
      const next =
        count === LINE
          ? this.#takeLine(bytes, at, lines.after(Math.max(at, scanned)), ended, take)
          : this.#takeCounted(bytes, at, count, ended, take)
      scanned = 0
      if (next < 0) return at
      at = next
    }
  }

  #takeCounted(bytes: Buffer, at: number, count: number, ended: boolean, take: TakeFrame): number {
    const start = bytes.indexOf(SPACE, at) + 1
    const wanted = Math.min(count, this.#maxBytes)
    if (bytes.length - start < wanted) {
      if (!ended) return -1
      take(bytes, start, bytes.length, 'incomplete')
      return bytes.length
    }
    take(bytes, start, start + wanted, wanted < count ? 'truncated' : 'whole')
    this.#skip = count - wanted
    return start + wanted
  }

  /** @param end where the line ends, or the end of the bytes */
  #takeLine(bytes: Buffer, at: number, end: number, ended: boolean, take: TakeFrame): number {
    if (end === bytes.length && !ended && end - at <= this.#maxBytes + 1) {
      this.#scanned = end - at
      return -1
    }
    const textEnd = end > at && bytes[end - 1] === CR ? end - 1 : end
    if (textEnd - at > this.#maxBytes) {
      take(bytes, at, at + this.#maxBytes, this.#inLine ? 'rest' : 'split')
      this.#inLine = true
      return at + this.#maxBytes
    }
    if (textEnd > at) take(bytes, at, textEnd, this.#inLine ? 'rest' : 'whole')
    this.#inLine = false
    return Math.min(end + 1, bytes.length)
  }

  /** Moves what is kept to the front; messages of the last chunk are done with by now. */
  #compact(): void {
    if (this.#from > 0) this.#carry.copyWithin(0, this.#from, this.#to)
    this.#to -= this.#from
    this.#from = 0
  }

  /** Puts more behind what is kept, and leaves room for the beginning of the next message. */
  #append(piece: Buffer): void {
    const needed = this.#to + piece.length
    if (needed > this.#carry.length || this.#isTooLarge) {
      const fresh = Buffer.allocUnsafeSlow(needed + Math.max(GLANCE_BYTES, this.#isTooLarge ? 0 : this.#carry.length))
      this.#carry.copy(fresh, 0, 0, this.#to)
      this.#carry = fresh
    }
    this.#carry.set(piece, this.#to)
    this.#to = needed
  }

  /** Keeps the end of a chunk, behind the messages that were cut out of the carry. */
  #keep(chunk: Buffer, at: number): void {
    const left = chunk.length - at
    if (this.#to + left > this.#carry.length || this.#isTooLarge) {
      this.#carry = Buffer.allocUnsafeSlow(left)
      this.#to = 0
    }
    if (left > 0) this.#carry.set(chunk.subarray(at), this.#to)
    this.#from = this.#to
    this.#to += left
  }

  /** Beyond what unfinished messages need, because long ones came. */
  get #isTooLarge(): boolean {
    return this.#carry.length > 2 * (this.#maxBytes + 4096)
  }
}

/** Where lines end: at LF or NUL, whichever comes first. Each is looked for once, by calls that look at many bytes at a time. */
class LineEnds {
  readonly #bytes: Buffer
  #lf = -1
  #nul = -1

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The first end at or behind `from`, or the end of the bytes. */
  after(from: number): number {
    if (this.#lf < from) this.#lf = this.#find(LF, from)
    if (this.#nul < from) this.#nul = this.#find(NUL, from)
    return Math.min(this.#lf, this.#nul)
  }

  #find(byte: number, from: number): number {
    const at = this.#bytes.indexOf(byte, from)
    return at < 0 ? this.#bytes.length : at
  }
}

/** Line ends and NULs between messages, and the space that a Cisco ASA puts before `<`. */
function skipBetween(bytes: Uint8Array, start: number): number {
  let at = start
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte !== LF && byte !== CR && byte !== NUL && !(byte === SPACE && bytes[at + 1] === LESS)) break
    at++
  }
  return at
}

/** The octet count at `at`, or `LINE`, or `UNDECIDED` while bytes that decide are missing. */
function readCount(bytes: Uint8Array, at: number, ended: boolean): number {
  const first = bytes[at]
  if (first === undefined || first < ONE || first > NINE)
    return first === SPACE && at + 1 === bytes.length && !ended ? UNDECIDED : LINE
  let count = 0
  let end = at
  for (; end < at + MAX_DIGITS; end++) {
    const byte = bytes[end]
    if (byte === undefined || byte < ZERO || byte > NINE) break
    count = count * 10 + byte - ZERO
  }
  if (end === bytes.length) return ended ? LINE : UNDECIDED
  if (bytes[end] !== SPACE) return LINE
  if (end - at > 3) return count
  const date = matchDate(bytes, end + 1)
  if (date === 'yes') return LINE
  return date === 'short' && !ended ? UNDECIDED : count
}

/** Whether `dddd-dd-dd` stands at `start`; `short` = the bytes end before that is clear. */
function matchDate(bytes: Uint8Array, start: number): 'yes' | 'no' | 'short' {
  for (let index = 0; index < 10; index++) {
    const byte = bytes[start + index]
    if (byte === undefined) return 'short'
    const wanted = index === 4 || index === 7 ? byte === DASH : byte >= ZERO && byte <= NINE
    if (!wanted) return 'no'
  }
  return 'yes'
}

/** Most messages are shorter. */
const GLANCE_BYTES = 1024
const LINE = -1
const UNDECIDED = -2
const MAX_DIGITS = 7
const NUL = 0
const LF = 10
const CR = 13
const SPACE = 32
const DASH = 45
const ZERO = 48
const ONE = 49
const NINE = 57
const LESS = 60
