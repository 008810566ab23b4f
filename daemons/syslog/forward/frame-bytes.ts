/**
 * Messages as they stand in a stream, one behind the other, in memory that is used again: a text put together of so many would
 * be a tree of thousands of strings, which the collector of garbage meets alive until it is sent.
 *
 * @rfc 6587 section 3.4.1, 5425 section 4.3 (octet counting)
 */
export class FrameBytes {
  readonly #counted: boolean
  #bytes = Buffer.allocUnsafeSlow(USUAL_BYTES)
  #at = 0
  /** Where the message that is being written begins. */
  #start = 0

  constructor(framing: 'octet-counted' | 'newline') {
    this.#counted = framing === 'octet-counted'
  }

  get length(): number {
    return this.#at
  }

  /** All of it; borrowed until the next change. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  /** Adds a whole message. */
  add(message: string): void {
    this.begin()
    this.text(message)
    this.end()
  }

  /** Begins a message; its parts follow. */
  begin(): void {
    this.#reserve(USUAL_PREFIX)
    this.#start = this.#at
    if (this.#counted) this.#at += USUAL_PREFIX
  }

  /** Writes a part of it. */
  text(part: string): void {
    this.#reserve(part.length * MOST_BYTES_OF_A_CHARACTER)
    this.#at += this.#bytes.write(!this.#counted && LINE_END.test(part) ? part.replace(LINE_ENDS, ' ') : part, this.#at)
  }

  /** Writes a short part of printable ASCII. */
  ascii(part: string): void {
    this.#reserve(part.length)
    let at = this.#at
    for (let index = 0; index < part.length; index++) this.#bytes[at++] = part.charCodeAt(index)
    this.#at = at
  }

  /** Writes a whole number, 0 or more. */
  integer(value: number): void {
    const places = digitsOf(value)
    this.#reserve(places)
    this.#at += places
    this.#digits(value, places, this.#at)
  }

  /** Ends it: with a line end, or by putting its length in front. */
  end(): void {
    if (this.#counted) this.#count()
    else {
      this.#reserve(1)
      this.#bytes[this.#at++] = LF
    }
  }

  /** Takes back everything behind `length`. */
  cutTo(length: number): void {
    this.#at = length
  }

  /** Begins anew, and gives back what an unusual amount took. */
  clear(): void {
    this.#at = 0
    if (this.#bytes.length > USUAL_BYTES) this.#bytes = Buffer.allocUnsafeSlow(USUAL_BYTES)
  }

  #count(): void {
    const textAt = this.#start + USUAL_PREFIX
    const count = this.#at - textAt
    const prefix = digitsOf(count) + 1
    if (prefix !== USUAL_PREFIX) {
      this.#reserve(prefix)
      this.#bytes.copyWithin(this.#start + prefix, textAt, this.#at)
      this.#at += prefix - USUAL_PREFIX
    }
    this.#digits(count, prefix - 1, this.#start + prefix - 1)
    this.#bytes[this.#start + prefix - 1] = SPACE
  }

  /** Writes the decimal places of a number in front of `end`. */
  #digits(value: number, places: number, end: number): void {
    for (let rest = value, at = end - 1; at >= end - places; at--) {
      const tenth = Math.floor(rest / 10)
      this.#bytes[at] = rest - tenth * 10 + ZERO
      rest = tenth
    }
  }

  #reserve(more: number): void {
    const needed = this.#at + more
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

/** How many decimal places a whole number has, 0 or more. */
function digitsOf(value: number): number {
  let places = 1
  for (let bound = 10; value >= bound && places < MOST_PLACES; bound *= 10) places++
  return places
}

const USUAL_BYTES = 1 << 18
/** A line end within a message would part it. @rfc 6587 section 3.4.2 */
const LINE_END = /[\n\0]/
const LINE_ENDS = /[\n\0]/g
const MOST_BYTES_OF_A_CHARACTER = 3
/** Three digits and a space: most messages have 100 to 999 octets. */
const USUAL_PREFIX = 4
/** Of the largest whole number that is exact. */
const MOST_PLACES = 16
const LF = 10
const SPACE = 32
const ZERO = 48
