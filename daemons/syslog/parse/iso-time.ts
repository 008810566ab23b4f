import type { ScannedTime } from './calendar.ts'

/**
 * Scans `2003-10-11T22:14:15.003Z` at `start`; also with a space for T, a comma in the fraction, lower-case letters,
 * more than six digits and without a zone, all of which are not `strict`.
 *
 * @rfc 3339 section 5.6; 5424 section 6.2.3
 * @returns null when the text does not have that shape; numbers out of range are returned as they are
 */
export function scanIsoTime(text: string, start: number): ScannedTime | null {
  if (text.charCodeAt(start + 4) !== DASH || text.charCodeAt(start + 7) !== DASH) return null
  if (text.charCodeAt(start + 13) !== COLON || text.charCodeAt(start + 16) !== COLON) return null
  const year = digits(text, start, 4)
  const month = digits(text, start + 5, 2)
  const day = digits(text, start + 8, 2)
  const hour = digits(text, start + 11, 2)
  const minute = digits(text, start + 14, 2)
  const second = digits(text, start + 17, 2)
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) return null
  const middle = text[start + 10]
  if (middle !== 'T' && middle !== 't' && middle !== ' ') return null
  const fraction = scanFraction(text, start + 19)
  const zone = scanOffset(text, fraction.end)
  if (zone === null) return null
  const strict = middle === 'T' && fraction.strict && zone.strict
  const civil = { year, month, day, hour, minute, second }
  return { end: zone.end, textEnd: zone.end, civil, fraction: fraction.digits, offsetMinutes: zone.minutes, strict }
}

/** Digits behind a dot or comma; a dot with none behind it is skipped. */
export function scanFraction(text: string, start: number): { end: number; digits: string; strict: boolean } {
  const mark = text.charCodeAt(start)
  if (mark !== DOT && mark !== COMMA) return { end: start, digits: '', strict: true }
  let end = start + 1
  while (isDigit(text.charCodeAt(end))) end++
  const length = end - start - 1
  return { end, digits: text.slice(start + 1, end), strict: mark === DOT && length >= 1 && length <= 6 }
}

/** `minutes` null = no zone here; the whole result null = something that is no zone is glued to the time. */
function scanOffset(text: string, at: number): { end: number; minutes: number | null; strict: boolean } | null {
  const first = text[at]
  if (first === undefined || first === ' ' || first === ':') return { end: at, minutes: null, strict: false }
  if (first === 'Z' || first === 'z')
    return isGlued(text, at + 1) ? null : { end: at + 1, minutes: 0, strict: first === 'Z' }
  if (first !== '+' && first !== '-') return null
  const colon = text.charCodeAt(at + 3) === COLON
  const hours = digits(text, at + 1, 2)
  const minutes = digits(text, at + (colon ? 4 : 3), 2)
  const end = at + (colon ? 6 : 5)
  if (hours < 0 || minutes < 0 || hours > 23 || minutes > 59 || isGlued(text, end)) return null
  return { end, minutes: (first === '-' ? -1 : 1) * (hours * 60 + minutes), strict: colon }
}

function isGlued(text: string, at: number): boolean {
  return at < text.length && text[at] !== ' ' && text[at] !== ':'
}

/** The number written in exactly `count` digits at `start`, or -1. */
export function digits(text: string, start: number, count: number): number {
  let value = 0
  for (let at = start; at < start + count; at++) {
    const code = text.charCodeAt(at)
    if (!isDigit(code)) return -1
    value = value * 10 + code - 48
  }
  return value
}

/** Whether a character code is that of 0..9; NaN (behind the end) is not. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

const DASH = 45
const COLON = 58
const DOT = 46
const COMMA = 44
