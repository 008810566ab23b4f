import type { ScannedTime } from './calendar.ts'
import { digits, isDigit, scanFraction } from './iso-time.ts'

/**
 * Scans `Oct 11 22:14:15` at `start` and what devices make of it: one-digit days, the year in front (`: 2024 Oct 11 …`,
 * Cisco NX-OS), inside (`Oct 11 2024 …`) or behind, fractions, a zone name, a colon at the end. Only the form of the RFC is `strict`.
 *
 * @rfc 3164 section 4.1.2
 * @returns null when the text does not have that shape
 */
export function scanBsdTime(text: string, start: number): ScannedTime | null {
  const yearFront = yearBefore(text, start)
  const begin = yearFront < 0 ? start : start + 5
  const month = monthAt(text, begin)
  if (month === 0 || text.charCodeAt(begin + 3) !== SPACE) return null
  const dayStart = text.charCodeAt(begin + 4) === SPACE ? begin + 5 : begin + 4
  const dayWidth = isDigit(text.charCodeAt(dayStart + 1)) ? 2 : 1
  const day = digits(text, dayStart, dayWidth)
  let at = dayStart + dayWidth
  if (day < 0 || text.charCodeAt(at) !== SPACE) return null
  at++
  const yearInside = yearFront < 0 ? digits(text, at, 4) : -1
  if (yearInside >= 0) at += 5
  const hour = digits(text, at, 2)
  const minute = digits(text, at + 3, 2)
  const second = digits(text, at + 6, 2)
  if (hour < 0 || minute < 0 || second < 0) return null
  if (text.charCodeAt(at + 2) !== COLON || text.charCodeAt(at + 5) !== COLON) return null
  const fraction = scanFraction(text, at + 8)
  at = fraction.end
  if (isDigit(text.charCodeAt(at))) return null
  const yearBehind = yearInside < 0 && yearFront < 0 ? yearAfter(text, at) : -1
  if (yearBehind >= 0) at += 5
  const textEnd = at
  const zone = zoneNameAfter(text, at)
  if (zone !== null) at = zone.end
  if (text.charCodeAt(at) === COLON) at++
  const padded = dayStart + dayWidth === start + 6
  const strict = padded && yearInside < 0 && fraction.digits === '' && at === start + 15 && isRfcMonth(text, start)
  return {
    end: at,
    textEnd,
    civil: { year: Math.max(yearFront, yearInside, yearBehind, 0), month, day, hour, minute, second },
    fraction: fraction.digits,
    offsetMinutes: zone?.minutes ?? null,
    strict: strict && text[start + 4] !== '0',
  }
}

/** 1..12 by the three letters at `start` in any case, else 0. */
function monthAt(text: string, start: number): number {
  const key =
    ((text.charCodeAt(start) | 32) << 16) | ((text.charCodeAt(start + 1) | 32) << 8) | (text.charCodeAt(start + 2) | 32)
  return MONTHS.get(key) ?? 0
}

function isRfcMonth(text: string, start: number): boolean {
  return text.charCodeAt(start) < 91 && text.charCodeAt(start + 1) > 96 && text.charCodeAt(start + 2) > 96
}

/** `: 2007 ` and then a month; 1970..2099 only. Without a colon it is no time (the fourth example of RFC 3164 section 5.4). */
function yearBefore(text: string, at: number): number {
  if (text.charCodeAt(at - 2) !== COLON || text.charCodeAt(at - 1) !== SPACE || text.charCodeAt(at + 4) !== SPACE)
    return -1
  const year = digits(text, at, 4)
  return year >= 1970 && year <= 2099 ? year : -1
}

/** ` 2007` and then a space or the end: a year behind the time, as Linksys sends; 1970..2099 only. */
function yearAfter(text: string, at: number): number {
  if (text.charCodeAt(at) !== SPACE) return -1
  const year = digits(text, at + 1, 4)
  const next = text.charCodeAt(at + 5)
  return year >= 1970 && year <= 2099 && (next === SPACE || Number.isNaN(next)) ? year : -1
}

/**
 * A zone name behind the time: any short upper-case word with a colon (Cisco), or UTC and GMT without one. Names that
 * two continents use say nothing: their offset is null and will be inferred.
 */
function zoneNameAfter(text: string, at: number): { end: number; minutes: number | null } | null {
  if (text.charCodeAt(at) !== SPACE) return null
  let end = at + 1
  while (end < at + 6 && text.charCodeAt(end) >= 65 && text.charCodeAt(end) <= 90) end++
  const length = end - at - 1
  if (length < 2 || length > 5) return null
  const name = text.slice(at + 1, end)
  const known = ZONES.get(name)
  if (text.charCodeAt(end) === COLON && (length > 2 || known !== undefined)) return { end, minutes: known ?? null }
  const next = text.charCodeAt(end)
  return known === 0 && length === 3 && (next === SPACE || Number.isNaN(next)) ? { end, minutes: 0 } : null
}

const SPACE = 32
const COLON = 58

const MONTHS: ReadonlyMap<number, number> = new Map(
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].map((name, index) => [
    (name.charCodeAt(0) << 16) | (name.charCodeAt(1) << 8) | name.charCodeAt(2),
    index + 1,
  ]),
)

/** Names that mean one zone only; minutes east of UTC. */
const ZONES: ReadonlyMap<string, number> = new Map([
  ['UTC', 0],
  ['GMT', 0],
  ['WEST', 60],
  ['CET', 60],
  ['CEST', 120],
  ['EET', 120],
  ['EEST', 180],
  ['EDT', -240],
  ['PDT', -420],
  ['JST', 540],
  ['AEST', 600],
  ['NZST', 720],
])
