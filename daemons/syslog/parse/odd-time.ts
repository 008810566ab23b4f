import { isDigit } from './iso-time.ts'
import type { Flag } from './message.ts'
import type { ParseContext } from './parse-context.ts'
import { readHost, readTag } from './tag.ts'
import { readTimestamp, type TimeReading } from './timestamp.ts'

/** A time where, or as, no RFC has it; it begins at `start`. */
export interface OddTime {
  readonly start: number
  readonly time: TimeReading
}

/**
 * Reads the time of a BSD message behind a VERSION (`1 Jun 15 12:00:00 host …`), in seconds, milli- or microseconds since
 * 1970 (Meraki: `1 1563249630.774247467 host …`), or NILVALUE before a host and a tag (ESPHome: `- host tag: …`).
 *
 * @returns null when none of them stands at `at`
 */
export function readOddTime(text: string, at: number, { receiveMs, inference }: ParseContext): OddTime | null {
  const first = text.charCodeAt(at)
  if (first === DASH) return isNilTime(text, at) ? { start: at, time: nil(at + 1) } : null
  if (!isDigit(first)) return null
  let end = at + 1
  while (end < at + 17 && isDigit(text.charCodeAt(end))) end++
  if (end - at > 3) return readEpoch(text, at)
  if (text.charCodeAt(end) !== SPACE || first === ZERO) return null
  while (text.charCodeAt(end) === SPACE) end++
  const time = readTimestamp(text, end, receiveMs, inference)
  return time === null ? readEpoch(text, end) : { start: end, time }
}

/** Ten digits with or without a fraction, 13 or 16, then one space and a word. */
function readEpoch(text: string, start: number): OddTime | null {
  EPOCH.lastIndex = start
  const found = EPOCH.exec(text)
  if (found === null) return null
  const [whole, seconds, fraction = ''] = found
  if (Number(seconds) < EARLIEST_S) return null
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  const digits = fraction.startsWith('.') || fraction === '' ? fraction : `.${fraction}`
  const time = { end: start + whole.length, text: whole, time: `${date}${digits}Z`, flags: FORM, exact: false }
  return { start, time }
}

function isNilTime(text: string, at: number): boolean {
  const host = text.charCodeAt(at + 1) === SPACE ? readHost(text, at + 2, false) : null
  return host !== null && readTag(text, host.end + 1)?.colon === true
}

function nil(end: number): TimeReading {
  return { end, text: '', time: null, flags: [], exact: false }
}

const FORM: readonly Flag[] = ['timestamp-form']
/** 2001-09-09, when they got ten digits. */
const EARLIEST_S = 1_000_000_000
const EPOCH = /(\d{10})(\.\d{1,9}|\d{3}|\d{6})?(?= [!-~])/y
const SPACE = 32
const DASH = 45
const ZERO = 48
