import { rfc3339Ms } from '../parse/timestamp.ts'

/**
 * Reads a moment as people type it: RFC 3339, a span before now (`15m`), `now`, `today`, `yesterday` (their midnight), a
 * day (`2026-01-31`), a time of today (`10:00`), or both with a space or T between. What names no zone is in this
 * machine's.
 *
 * @unit milliseconds since 1970
 * @returns null when it is none of these, or there is no such day or time
 */
export function readMoment(text: string, nowMs: number): number | null {
  const ago = /^(\d{1,9})(ms|s|m|h|d|w)$/.exec(text)
  if (ago !== null) return nowMs - Number(ago[1]) * (UNITS_MS[ago[2] ?? ''] ?? 0)
  if (text === 'now') return nowMs
  const now = new Date(nowMs)
  const today = { year: now.getFullYear(), month: now.getMonth() + 1, day: now.getDate() }
  if (text === 'today') return localMs(today, '00:00')
  if (text === 'yesterday') return new Date(today.year, today.month - 1, today.day - 1).getTime()
  const [, year, month, day, time] = /^(?:(\d{4})-(\d\d)-(\d\d))?(?:(?:^|[ T])(\d\d:\d\d(?::\d\d)?))?$/.exec(text) ?? []
  if (year === undefined && time === undefined) return rfc3339Ms(text)
  const date = year === undefined ? today : { year: Number(year), month: Number(month), day: Number(day) }
  return localMs(date, time ?? '00:00')
}

/** What may be typed, for those who typed something else. */
export const MOMENTS =
  'RFC 3339 (2026-01-31T12:00:00Z), 2026-01-31, 10:00, today, yesterday, or a span before now (15m, 12h, 7d)'

function localMs(date: { year: number; month: number; day: number }, time: string): number | null {
  const [hour = 0, minute = 0, second = 0] = time.split(':').map(Number)
  if (hour > 23 || minute > 59 || second > 59) return null
  const moment = new Date(date.year, date.month - 1, date.day, hour, minute, second)
  return moment.getMonth() === date.month - 1 && moment.getDate() === date.day ? moment.getTime() : null
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
