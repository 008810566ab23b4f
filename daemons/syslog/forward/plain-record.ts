import { facilityNumber, severityNumber } from './keyword-number.ts'
import type { StoredRecord } from './stored-record.ts'

/**
 * Reads a line of the store in which nothing is escaped and that has no structured data, by the fixed order of its keys: in half
 * of the time that JSON takes.
 *
 * @returns null for every other line, whether it is one of the store or not
 */
export function readPlainRecord(line: string): StoredRecord | null {
  // Without an escape a quote always ends a string, and what is between two quotes is the string itself.
  const found = line.includes('\\') ? null : PLAIN.exec(line)
  if (found === null) return null
  const facility = facilityNumber(found[4] ?? '')
  const severity = severityNumber(found[5] ?? '')
  if (facility === undefined || severity === undefined) return null
  return {
    seq: Number(found[2]),
    rt: found[1] ?? '',
    src: found[3] ?? '',
    facility,
    severity,
    host: unquote(found[6]),
    app: unquote(found[7]),
    procid: unquote(found[8]),
    msgid: unquote(found[9]),
    ts: unquote(found[10]),
    sd: null,
    msg: found[11] ?? '',
    format: found[12] ?? '',
    flags: wordsOf(found[13] ?? ''),
    line,
  }
}

function unquote(text: string | undefined): string | null {
  return text === undefined || text === 'null' ? null : text.slice(1, -1)
}

/** The lists of flags that come are few. */
function wordsOf(text: string): readonly string[] {
  if (text === '') return NONE
  const known = lists.get(text)
  if (known !== undefined) return known
  const words = text.slice(1, -1).split('","')
  if (lists.size < MOST_LISTS) lists.set(text, words)
  return words
}

const NONE: readonly string[] = []
const MOST_LISTS = 256
const lists = new Map<string, readonly string[]>()
/** Each part ends at a character that it cannot contain, so that nothing is ever tried twice. */
const PLAIN = new RegExp(
  [
    '^\\{"rt":"([^"]*)","seq":(\\d{1,15}),"src":"([^"]*)","via":"[^"]*","facility":"([^"]*)","severity":"([^"]*)"',
    ...['host', 'app', 'procid', 'msgid', 'ts'].map((key) => `,"${key}":(null|"[^"]*")`),
    ',"sd":null,"msg":"([^"]*)","format":"([^"]*)","flags":\\[([^\\]]*)\\]',
  ].join(''),
)
