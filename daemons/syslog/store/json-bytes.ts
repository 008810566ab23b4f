import { TRICKY_RANGES } from './json-text.ts'

/**
 * Lines of JSON under construction, as the bytes that go to the disk: no string is made of what is only written out. Grows as
 * needed and is used over and over.
 *
 * What JSON allows in strings but a terminal obeys is escaped as well: DEL, C1 controls, bidi controls, line separators, so
 * that a stored line shown by any program stays one harmless line.
 *
 * @attack CSI as the single character U+009B, right-to-left override, U+2028
 */
export class JsonBytes {
  readonly #usualBytes: number
  #bytes: Buffer
  #at = 0

  /** @param usualBytes memory that is kept between lines */
  constructor(usualBytes: number) {
    this.#usualBytes = usualBytes
    this.#bytes = Buffer.allocUnsafeSlow(usualBytes)
  }

  /** How much was written since `clear`. */
  get length(): number {
    return this.#at
  }

  /** All of that; borrowed until the next write. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  /** Begins anew, and gives back what an unusually long line took. */
  clear(): void {
    this.#at = 0
    if (this.#bytes.length > this.#usualBytes) this.#bytes = Buffer.allocUnsafeSlow(this.#usualBytes)
  }

  /** Takes back everything behind `length`. */
  cutTo(length: number): void {
    this.#at = length
  }

  /** Writes ready-made JSON. */
  put(json: Uint8Array): void {
    this.#reserve(json.length)
    this.#bytes.set(json, this.#at)
    this.#at += json.length
  }

  /** Writes text of printable ASCII as it is. */
  ascii(text: string): void {
    this.#reserve(text.length)
    if (text.length > LOOPED) {
      this.#at += this.#bytes.write(text, this.#at, 'latin1')
      return
    }
    let at = this.#at
    for (let index = 0; index < text.length; index++) this.#bytes[at++] = text.charCodeAt(index)
    this.#at = at
  }

  /** Writes a whole number, 0 or more. */
  integer(value: number): void {
    let places = 1
    for (let bound = 10; value >= bound && places < MOST_PLACES; bound *= 10) places++
    this.digits(value, places)
  }

  /** Writes the last `places` decimal places of a whole number, 0 or more. */
  digits(value: number, places: number): void {
    this.#reserve(places)
    let rest = value
    let at = this.#at + places - 1
    for (; rest >= 2 ** 31; at--) {
      if (at < this.#at) break
      const tenth = Math.floor(rest / 10)
      this.#bytes[at] = rest - tenth * 10 + ZERO
      rest = tenth
    }
    // Small numbers, which most are, cost a third.
    for (let small = rest | 0; at >= this.#at; at--) {
      const tenth = (small / 10) | 0
      this.#bytes[at] = small - tenth * 10 + ZERO
      small = tenth
    }
    this.#at += places
  }

  /** Writes a JSON string. @param plain it is known to need no escape: printable ASCII without `"` and `\` */
  string(text: string, plain: boolean): void {
    this.#reserve(text.length * LONGEST_ESCAPE + 2)
    this.#bytes[this.#at++] = QUOTE
    if (plain) this.ascii(text)
    else this.#escaped(text)
    this.#bytes[this.#at++] = QUOTE
  }

  #escaped(text: string): void {
    const bytes = this.#bytes
    let at = this.#at
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code < 128 && PLAIN[code] === 1) bytes[at++] = code
      else {
        const whole = text.codePointAt(index) ?? code
        at = writeCodePoint(bytes, at, whole)
        if (whole > 0xffff) index++
      }
    }
    this.#at = at
  }

  #reserve(more: number): void {
    const needed = this.#at + more
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

/** Writes one character of a JSON string that is not plain; returns the offset behind it. */
function writeCodePoint(bytes: Buffer, start: number, code: number): number {
  const letter = SHORT_ESCAPES[code]
  if (letter !== undefined) {
    bytes[start] = BACKSLASH
    bytes[start + 1] = letter
    return start + 2
  }
  if (isTricky(code) || (code >= 0xd800 && code <= 0xdfff))
    return start + bytes.write(`\\u${code.toString(16).padStart(4, '0')}`, start, 'latin1')
  let at = start
  if (code < 0x800) bytes[at++] = 0xc0 | (code >> 6)
  else {
    if (code < 0x10000) bytes[at++] = 0xe0 | (code >> 12)
    else {
      bytes[at++] = 0xf0 | (code >> 18)
      bytes[at++] = 0x80 | ((code >> 12) & 63)
    }
    bytes[at++] = 0x80 | ((code >> 6) & 63)
  }
  bytes[at++] = 0x80 | (code & 63)
  return at
}

function isTricky(code: number): boolean {
  return code < 0x20 || TRICKY_RANGES.some(([first, last]) => code >= first && code <= last)
}

const QUOTE = 34
const ZERO = 48
/** Of the largest whole number that is exact. */
const MOST_PLACES = 16
const BACKSLASH = 92
/** `\u` and four hex digits for one unit of UTF-16. */
const LONGEST_ESCAPE = 6
/** Beyond this length a call that copies is cheaper than a loop. */
const LOOPED = 24

const PLAIN = Uint8Array.from({ length: 128 }, (_, code) =>
  code >= 32 && code < 127 && code !== QUOTE && code !== BACKSLASH ? 1 : 0,
)
const SHORT_ESCAPES: readonly (number | undefined)[] = Array.from({ length: 128 }, (_, code) =>
  /^"\\([^u])"$/.exec(JSON.stringify(String.fromCharCode(code)))?.[1]?.charCodeAt(0),
)
