import type { CivilTime, ScannedTime } from './calendar.ts'

/**
 * Scans `2003-10-11T22:14:15.003Z` at `start`; also with a space for T, a comma in the fraction, lower-case letters,
 * more than six digits, a colon at the end, without a zone or with one behind a space, and `2003/10/11 22:14:15` or `2003-1-9 7:14:15`, all
 * of which are not `strict`.
 *
 * @rfc 3339 section 5.6; 5424 section 6.2.3
 * @returns null when the text does not have that shape; numbers out of range are returned as they are
 */
export function scanIsoTime(text: string, start: number): ScannedTime | null {
  if (text.charCodeAt(start + 4) !== DASH || text.charCodeAt(start + 7) !== DASH) return scanLooseTime(text, start)
  if (text.charCodeAt(start + 13) !== COLON || text.charCodeAt(start + 16) !== COLON) return scanLooseTime(text, start)
  const year = digits(text, start, 4)
  const month = twoDigits(text, start + 5)
  const day = twoDigits(text, start + 8)
  const hour = twoDigits(text, start + 11)
  const minute = twoDigits(text, start + 14)
  const second = twoDigits(text, start + 17)
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) return null
  const middle = text[start + 10]
  if (middle !== 'T' && middle !== 't' && middle !== ' ') return null
  const fraction = scanFraction(text, start + 19)
  const zone = scanOffset(text, fraction.end)
  if (zone === null) return null
  const civil = { year, month, day, hour, minute, second }
  const { end } = zone
  const strict = middle === 'T' && fraction.strict && zone.strict
  if (!strict || second === LEAP_SECOND || text.charCodeAt(end) === COLON) return finish(text, civil, fraction, zone)
  return { end, textEnd: end, civil, fraction: fraction.digits, offsetMinutes: zone.minutes, strict }
}

/** Slashes for dashes, or numbers of one digit. */
function scanLooseTime(text: string, start: number): ScannedTime | null {
  const dash = text.charCodeAt(start + 4)
  if (dash !== DASH && dash !== SLASH) return null
  LOOSE.lastIndex = start
  const found = LOOSE.exec(text)
  if (found === null) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number)
  const fraction = scanFraction(text, LOOSE.lastIndex)
  const zone = scanOffset(text, fraction.end)
  return zone === null ? null : finish(text, { year, month, day, hour, minute, second }, fraction, zone)
}

/** What no RFC has: an offset behind a space, a colon at the end, a leap second. */
function finish(text: string, civil: CivilTime, fraction: { readonly digits: string }, zone: Offset): ScannedTime {
  const spaced = zone.minutes === null ? scanSpacedOffset(text, zone.end) : null
  const end = spaced?.end ?? zone.end
  return {
    end: text.charCodeAt(end) === COLON ? end + 1 : end,
    textEnd: zone.end,
    civil: civil.second === LEAP_SECOND ? { ...civil, second: LEAP_SECOND - 1 } : civil,
    fraction: fraction.digits,
    offsetMinutes: spaced?.minutes ?? zone.minutes,
    strict: false,
  }
}

interface Offset {
  readonly end: number
  /** Minutes east of UTC; null = there is none. */
  readonly minutes: number | null
  readonly strict: boolean
}

/** ` +0100`, ` -05:00` and then a space, a colon or the end; null when no offset stands there. */
export function scanSpacedOffset(text: string, at: number): { end: number; minutes: number } | null {
  const sign = text.charCodeAt(at + 1)
  if (text.charCodeAt(at) !== SPACE || (sign !== PLUS && sign !== DASH)) return null
  const offset = scanOffset(text, at + 1)
  return offset === null || offset.minutes === null ? null : { end: offset.end, minutes: offset.minutes }
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

/** Null = something that is no zone is glued to the time. */
export function scanOffset(text: string, at: number): Offset | null {
  const first = text[at]
  if (first === undefined || first === ' ' || first === ':') return { end: at, minutes: null, strict: false }
  if (first === 'Z' || first === 'z')
    return isGlued(text, at + 1) ? null : { end: at + 1, minutes: 0, strict: first === 'Z' }
  if (first !== '+' && first !== '-') return null
  const colon = text.charCodeAt(at + 3) === COLON
  const hours = twoDigits(text, at + 1)
  const minutes = twoDigits(text, at + (colon ? 4 : 3))
  const end = at + (colon ? 6 : 5)
  if (minutes < 0 && hours >= 0 && hours <= 23 && !isGlued(text, at + 3))
    return { end: at + 3, minutes: (first === '-' ? -1 : 1) * hours * 60, strict: false }
  if (hours < 0 || minutes < 0 || hours > 23 || minutes > 59 || isGlued(text, end)) return null
  return { end, minutes: (first === '-' ? -1 : 1) * (hours * 60 + minutes), strict: colon }
}

function isGlued(text: string, at: number): boolean {
  return at < text.length && text[at] !== ' ' && text[at] !== ':'
}

/** As `digits`, of two. */
export function twoDigits(text: string, start: number): number {
  const tens = text.charCodeAt(start) - ZERO
  const ones = text.charCodeAt(start + 1) - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
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

/** In the minute of a leap second; clocks that know none say 59 twice. */
export const LEAP_SECOND = 60
const LOOSE = /(\d{4})[-/](\d\d?)[-/](\d\d?)[T ](\d\d?):(\d\d):(\d\d)/y
const SPACE = 32
const PLUS = 43
const DASH = 45
const SLASH = 47
const ZERO = 48
const COLON = 58
const DOT = 46
const COMMA = 44
