import type { ScannedTime } from './calendar.ts'
import { digits, isDigit, LEAP_SECOND, scanFraction, scanOffset, scanSpacedOffset, twoDigits } from './iso-time.ts'
import { zoneNameAfter } from './zone-name.ts'

/**
 * Scans `Oct 11 22:14:15` at `start` and what devices make of it: one-digit days, the year in front (`: 2024 Oct 11 …`,
 * Cisco NX-OS), inside (`Oct 11 2024 …`) or behind, whole names of months, fractions, ` PM` and a fraction (Cisco UCM), an
 * offset or a zone name, a colon at the end. Only the form of the RFC is `strict`.
 *
 * @rfc 3164 section 4.1.2
 * @returns null when the text does not have that shape
 */
export function scanBsdTime(text: string, start: number): ScannedTime | null {
  const yearFront = yearBefore(text, start)
  const begin = yearFront < 0 ? start : start + 5
  const month = monthAt(text, begin)
  const monthEnd = month === 0 ? begin : endOfMonth(text, begin, month)
  if (text.charCodeAt(monthEnd) !== SPACE) return null
  const dayStart = text.charCodeAt(monthEnd + 1) === SPACE ? monthEnd + 2 : monthEnd + 1
  const dayWidth = isDigit(text.charCodeAt(dayStart + 1)) ? 2 : 1
  const day = digits(text, dayStart, dayWidth)
  let at = dayStart + dayWidth
  if (day < 0 || text.charCodeAt(at) !== SPACE) return null
  at++
  const yearInside = yearFront < 0 ? digits(text, at, 4) : -1
  if (yearInside >= 0) at += 5
  const hour = twoDigits(text, at)
  const minute = twoDigits(text, at + 3)
  const second = twoDigits(text, at + 6)
  if (hour < 0 || minute < 0 || second < 0) return null
  if (text.charCodeAt(at + 2) !== COLON || text.charCodeAt(at + 5) !== COLON) return null
  const half = scanHalf(text, at + 8)
  const fraction = scanFraction(text, half === null ? at + 8 : half.end)
  at = fraction.end
  if (isDigit(text.charCodeAt(at))) return null
  const glued = isOffset(text.charCodeAt(at)) ? scanOffset(text, at) : null
  if (glued !== null) at = glued.end
  const yearBehind = yearInside < 0 && yearFront < 0 ? yearAfter(text, at) : -1
  if (yearBehind >= 0) at += 5
  let textEnd = at
  const zone = glued ?? scanSpacedOffset(text, at) ?? zoneNameAfter(text, at)
  if (zone !== null) at = zone.end
  const yearLast = zone !== null && yearBehind < 0 && yearInside < 0 && yearFront < 0 ? yearAfter(text, at) : -1
  if (yearLast >= 0) {
    at += 5
    textEnd = at
  }
  if (text.charCodeAt(at) === COLON) at++
  const padded = dayStart + dayWidth === start + 6
  const strict = padded && yearInside < 0 && fraction.digits === '' && at === start + 15 && isRfcMonth(text, start)
  return {
    end: at,
    textEnd,
    civil: {
      year: Math.max(yearFront, yearInside, yearBehind, yearLast, 0),
      month,
      day,
      hour: half === null ? hour : (hour % 12) + half.hours,
      minute,
      second: second === LEAP_SECOND ? LEAP_SECOND - 1 : second,
    },
    fraction: fraction.digits,
    offsetMinutes: zone?.minutes ?? null,
    strict: strict && text[start + 4] !== '0' && second !== LEAP_SECOND,
  }
}

/** ` AM` or ` PM` of the twelve-hour clock, a fraction, a colon, a space or the end behind it. */
function scanHalf(text: string, at: number): { end: number; hours: number } | null {
  if (text.charCodeAt(at) !== SPACE || (text.charCodeAt(at + 2) | 32) !== LETTER_M) return null
  const letter = text.charCodeAt(at + 1) | 32
  const next = text.charCodeAt(at + 3)
  if ((letter !== LETTER_A && letter !== LETTER_P) || (next >= 48 && next !== COLON)) return null
  return { end: at + 3, hours: letter === LETTER_A ? 0 : 12 }
}

function isOffset(code: number): boolean {
  return code === LETTER_Z || code === PLUS || code === DASH
}

/** 1..12 by the three letters at `start` in any case, else 0. */
function monthAt(text: string, start: number): number {
  const key =
    ((text.charCodeAt(start) | 32) << 16) | ((text.charCodeAt(start + 1) | 32) << 8) | (text.charCodeAt(start + 2) | 32)
  return MONTHS.get(key) ?? 0
}

/** Behind the name of the month, be it three letters or all of them (and `Sept`). */
function endOfMonth(text: string, start: number, month: number): number {
  if (text.charCodeAt(start + 3) === SPACE) return start + 3
  const name = MONTH_NAMES[month - 1] ?? ''
  const end = text.startsWith('t ', start + 3) && month === 9 ? start + 4 : start + name.length
  return text.slice(start + 3, end).toLowerCase() === name.slice(3, end - start) ? end : start
}

function isRfcMonth(text: string, start: number): boolean {
  return text.charCodeAt(start) < 91 && text.charCodeAt(start + 1) > 96 && text.charCodeAt(start + 2) > 96
}

/**
 * `: 2007 ` and then a month, or `2007 ` where a mnemonic of Cisco's follows behind the time and at most a host; 1970..2099
 * only. Else it is no time (the fourth example of RFC 3164 section 5.4).
 */
function yearBefore(text: string, at: number): number {
  if (text.charCodeAt(at + 4) !== SPACE) return -1
  const year = digits(text, at, 4)
  if (year < 1970 || year > 2099) return -1
  if (text.charCodeAt(at - 2) === COLON && text.charCodeAt(at - 1) === SPACE) return year
  BEFORE_MNEMONIC.lastIndex = at + 5
  return BEFORE_MNEMONIC.test(text) ? year : -1
}

/** ` 2007` and then a space or the end: a year behind the time, as Linksys sends; 1970..2099 only. */
function yearAfter(text: string, at: number): number {
  if (text.charCodeAt(at) !== SPACE) return -1
  const year = digits(text, at + 1, 4)
  const next = text.charCodeAt(at + 5)
  return year >= 1970 && year <= 2099 && (next === SPACE || Number.isNaN(next)) ? year : -1
}

const BEFORE_MNEMONIC = /[A-Z][a-z]{2} [ \d]?\d [\d:.]{8,18}(?: [A-Z]{2,5})?(?:: | [^\s:]{1,64} )%[A-Z0-9_]{1,32}-/y
const SPACE = 32
const PLUS = 43
const DASH = 45
const COLON = 58
const LETTER_Z = 90
const LETTER_A = 97
const LETTER_M = 109
const LETTER_P = 112

const MONTH_NAMES: readonly string[] = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
]

const MONTHS: ReadonlyMap<number, number> = new Map(
  MONTH_NAMES.map((name, index) => [
    (name.charCodeAt(0) << 16) | (name.charCodeAt(1) << 8) | name.charCodeAt(2),
    index + 1,
  ]),
)
