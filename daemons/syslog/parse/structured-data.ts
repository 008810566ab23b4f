import type { SpanRecord } from '../explain/span-record.ts'
import type { SdElement } from './message.ts'

/** STRUCTURED-DATA as read: `form` = something in it that the RFC forbids, `exact` = writing it again gives the same text. */
export interface SdReading {
  readonly elements: readonly SdElement[]
  readonly end: number
  readonly form: boolean
  readonly exact: boolean
}

/**
 * Reads `[id name="value" …][id …]` at `start`, where a `[` stands, in one pass without backtracking.
 *
 * Besides the RFC's form it takes what devices send: values without quotes (VMware), spaces behind `=` and before `]`,
 * an unescaped `]` inside quotes.
 *
 * @rfc 5424 section 6.3
 * @returns null when it cannot be read to its end
 */
export function readStructuredData(text: string, start: number, spans: SpanRecord | null = null): SdReading | null {
  const elements: SdElement[] = []
  const noted = spans?.length ?? 0
  const scan: Scan = { text, at: start, form: false, exact: true, spans }
  while (text.charCodeAt(scan.at) === OPEN) {
    const element = readElement(scan)
    if (element === null) {
      spans?.cutTo(noted)
      return null
    }
    if (elements.length < LOOKED_BACK && elements.some((earlier) => earlier.sdId === element.sdId)) {
      scan.form = true
      scan.exact = false
    }
    elements.push(element)
  }
  if (elements.length > LOOKED_BACK) scan.exact = false
  return { elements, end: scan.at, form: scan.form, exact: scan.exact }
}

/** Duplicates are looked for among this many elements; more of them are kept raw anyway. */
const LOOKED_BACK = 32

interface Scan {
  readonly text: string
  at: number
  form: boolean
  exact: boolean
  readonly spans: SpanRecord | null
}

function readElement(scan: Scan): SdElement | null {
  scan.at++
  const sdId = readName(scan)
  if (sdId === null) return null
  if (scan.spans !== null) scan.spans.note('sd', scan.at - sdId.length, scan.at, [sdId])
  const params: (readonly [string, string])[] = []
  for (;;) {
    const code = scan.text.charCodeAt(scan.at)
    if (code === CLOSE) {
      scan.at++
      return { sdId, params }
    }
    if (code !== SPACE) return null
    scan.at++
    if (scan.text.charCodeAt(scan.at) === CLOSE) {
      scan.form = true
      scan.exact = false
      continue
    }
    const name = readName(scan)
    if (name === null || scan.text.charCodeAt(scan.at) !== EQUALS) return null
    scan.at++
    const before = scan.at
    const value = readValue(scan)
    if (value === null) return null
    if (scan.spans !== null) noteValue(scan, before, [sdId, name])
    params.push([name, value])
  }
}

/** Without the quotes and the space in front of them. */
function noteValue({ text, at, spans }: Scan, before: number, path: readonly string[]): void {
  const start = text.charCodeAt(before) === SPACE ? before + 1 : before
  const quoted = text.charCodeAt(start) === QUOTE
  spans?.note('sd', quoted ? start + 1 : start, quoted ? at - 1 : at, path)
}

/** SD-NAME: printable ASCII without `=`, space, `]`, `"`; longer than 32 is let pass as a matter of form. */
function readName(scan: Scan): string | null {
  const { text, at: start } = scan
  let at = start
  let code = text.charCodeAt(at)
  while (code > 32 && code < 127 && code !== EQUALS && code !== CLOSE && code !== QUOTE) code = text.charCodeAt(++at)
  scan.at = at
  if (at === start) return null
  if (at - start > 32) scan.form = true
  return text.slice(start, at)
}

function readValue(scan: Scan): string | null {
  if (scan.text.charCodeAt(scan.at) === SPACE && scan.text.charCodeAt(scan.at + 1) === QUOTE) {
    scan.form = true
    scan.exact = false
    scan.at++
  }
  if (scan.text.charCodeAt(scan.at) !== QUOTE) return readBareValue(scan)
  const { text } = scan
  let at = scan.at + 1
  let from = at
  let value = ''
  for (; ; at++) {
    const code = text.charCodeAt(at)
    if (Number.isNaN(code)) return null
    if (code === QUOTE) break
    if (code === BACKSLASH) {
      const escaped = text.charCodeAt(at + 1)
      if (escaped === QUOTE || escaped === BACKSLASH || escaped === CLOSE) {
        value += text.slice(from, at)
        from = at + 1
        at++
      } else scan.exact = false
    } else if (code === CLOSE) {
      scan.form = true
      scan.exact = false
    }
  }
  value += text.slice(from, at)
  scan.at = at + 1
  const next = text.charCodeAt(scan.at)
  return next === SPACE || next === CLOSE ? value : null
}

function readBareValue(scan: Scan): string | null {
  const start = scan.at
  let code = scan.text.charCodeAt(scan.at)
  while (code > 32 && code !== CLOSE && code !== QUOTE) code = scan.text.charCodeAt(++scan.at)
  if (scan.at === start) return null
  scan.form = true
  scan.exact = false
  return scan.text.slice(start, scan.at)
}

const SPACE = 32
const QUOTE = 34
const EQUALS = 61
const OPEN = 91
const BACKSLASH = 92
const CLOSE = 93
