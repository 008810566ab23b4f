import type { FieldSpan, SpanRecord } from '../explain/span-record.ts'
import { digits, isDigit } from './iso-time.ts'
import type { Flag, SyslogMessage } from './message.ts'
import type { ParseContext } from './parse-context.ts'
import { readStructuredData } from './structured-data.ts'
import { isIsoTime, readIsoTimestamp } from './timestamp.ts'

/**
 * Takes a message apart whose VERSION stands at `start`. What the RFC forbids is kept as far as it can be read and
 * told in `flags`; a header that ends early leaves the rest null.
 *
 * @rfc 5424 section 6
 * @returns null when no VERSION and time (or `-`) stand there, or what follows is a BSD header (`host app[12]: text`): then
 * it is no message of this format; never throws
 */
export function parseRfc5424(text: string, start: number, pri: number, context: ParseContext): SyslogMessage | null {
  const versionEnd = endOfVersion(text, start)
  if (versionEnd < 0) return null
  const spans = context.spans ?? null
  const noted = spans?.length ?? 0
  if (spans !== null) {
    spans.rule = 'rfc5424'
    spans.note('version', start, versionEnd)
  }
  const header = new Header(text, versionEnd, spans)
  const spacedTime = text.charCodeAt(versionEnd + 11) === SPACE && isIsoTime(text, versionEnd + 1)
  const timeText = spacedTime ? header.words('ts', 2) : header.field('ts', 64)
  let time: string | null = null
  if (timeText !== null) {
    const reading = readIsoTimestamp(timeText, 0, context.receiveMs, context.inference)
    const whole = reading !== null && reading.end === timeText.length
    time = whole ? reading.time : null
    header.exact &&= whole && reading.exact
    if (!whole) header.flags.push('bad-timestamp')
    else if (reading.flags.length > 0) header.flags.push(...reading.flags)
  }
  const host = header.field('host', 255)
  const app = header.field('app', 48)
  const procId = header.field('procid', 128)
  const msgId = header.field('msgid', 32)
  const structuredData = header.structuredData()
  if (
    header.flags.length > 0 &&
    header.isBsd &&
    (spacedTime || app?.endsWith(':') === true) &&
    context.dialect === null
  ) {
    spans?.cutTo(noted)
    return null
  }
  const msg = header.msg()
  const version = Number(text.slice(start, versionEnd))
  return {
    facility: pri >> 3,
    severity: pri & 7,
    version,
    time,
    timeText,
    host,
    app,
    procId,
    msgId,
    structuredData,
    msg,
    format: 'rfc5424',
    flags: header.flags,
    exact: header.exact && version === 1,
  }
}

/** Offset behind VERSION when what follows is a time, `-` or nothing; else -1. */
function endOfVersion(text: string, start: number): number {
  let end = start
  while (end < start + 3 && isDigit(text.charCodeAt(end))) end++
  if (end === start || text.charCodeAt(start) === ZERO) return -1
  if (end === text.length) return end
  if (text.charCodeAt(end) !== SPACE) return -1
  const next = text.charCodeAt(end + 1)
  if (next === DASH || end + 1 >= text.length) return end
  if (digits(text, end + 1, 4) >= 0 && text.charCodeAt(end + 5) === DASH) return end
  BAD_DATE.lastIndex = end + 1
  return BAD_DATE.test(text) ? end : -1
}

/** Walks over the header, one space before each field. */
class Header {
  readonly flags: Flag[] = []
  exact = true
  readonly #text: string
  /** At the space before the next field. */
  #at: number
  readonly #spans: SpanRecord | null

  constructor(text: string, at: number, spans: SpanRecord | null) {
    this.#text = text
    this.#at = at
    this.#spans = spans
  }

  field(name: FieldSpan['field'], maxLength: number): string | null {
    const start = this.#at + 1
    if (start >= this.#text.length) {
      this.#cut()
      return null
    }
    const space = this.#text.indexOf(' ', start)
    const end = space < 0 ? this.#text.length : space
    this.#at = end
    if (this.#spans !== null) this.#spans.note(name, start, end)
    if (end - start === 1 && this.#text.charCodeAt(start) === DASH) return null
    if (end === start) {
      this.#defect('empty-field')
      return null
    }
    if (end - start > maxLength) this.#flag('long-field')
    for (let at = start; at < end; at++) {
      const code = this.#text.charCodeAt(at)
      if (code > 32 && code < 127) continue
      this.#flag('bad-field')
      break
    }
    return this.#text.slice(start, end)
  }

  /** A field that has spaces in it. */
  words(name: FieldSpan['field'], count: number): string {
    const start = this.#at + 1
    let end = this.#at
    for (let word = 0; word < count && end >= 0; word++) end = this.#text.indexOf(' ', end + 1)
    this.#at = end < 0 ? this.#text.length : end
    if (this.#spans !== null) this.#spans.note(name, start, this.#at)
    return this.#text.slice(start, this.#at)
  }

  /** There were too few fields, or nothing behind them that was meant for structured data. */
  get isBsd(): boolean {
    const meant = this.#text.charCodeAt(this.#at + 1) === OPEN
    return this.flags.includes('header-cut') || (this.flags.includes('bad-sd') && !meant)
  }

  structuredData(): SyslogMessage['structuredData'] {
    const start = this.#at + 1
    const first = this.#text.charCodeAt(start)
    if (start >= this.#text.length) this.#cut()
    else if (first === DASH && (start + 1 === this.#text.length || this.#text.charCodeAt(start + 1) === SPACE))
      this.#at = start + 1
    else {
      const reading = first === OPEN ? readStructuredData(this.#text, start, this.#spans) : null
      if (reading !== null) {
        this.#at = reading.end
        if (reading.form) this.#flag('sd-form')
        this.exact &&= reading.exact
        return reading.elements
      }
      this.#defect('bad-sd')
    }
    return null
  }

  /** MSG is all behind one space; more spaces belong to it. */
  msg(): string {
    let start = this.#at
    if (start >= this.#text.length) return ''
    if (this.#text.charCodeAt(start) === SPACE) start++
    else this.#defect('sd-form')
    if (start === this.#text.length) this.exact = false
    if (this.#text.charCodeAt(start) === BYTE_ORDER_MARK) {
      this.#flag('bom')
      start++
    }
    if (this.#spans !== null) this.#spans.note('msg', start, this.#text.length)
    return this.#text.slice(start)
  }

  #cut(): void {
    this.#defect('header-cut')
    this.#at = this.#text.length
  }

  #defect(flag: Flag): void {
    this.#flag(flag)
    this.exact = false
  }

  /** Says it once, however many fields it is true of. */
  #flag(flag: Flag): void {
    if (!this.flags.includes(flag)) this.flags.push(flag)
  }
}

/** `10-11-2003T22:14:15.003Z`: a time is meant, but none that can be read. */
const BAD_DATE = /\d{1,2}[-/]\d{1,2}[-/]\d{4}T\d/y
const SPACE = 32
const DASH = 45
const ZERO = 48
const OPEN = 91
const BYTE_ORDER_MARK = 0xfeff
