/** A date and time of day as written, without zone. */
export interface CivilTime {
  readonly year: number
  /** 1..12 */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

/** Parts of a time as scanned; `offsetMinutes` null = not told, year 0 = not told. */
export interface ScannedTime {
  readonly end: number
  /** End of the text proper, before a zone name or colon. */
  readonly textEnd: number
  readonly civil: CivilTime
  readonly fraction: string
  readonly offsetMinutes: number | null
  readonly strict: boolean
}

/** Whether such a day and time exist; leap seconds do not (RFC 5424 section 6.2.3). */
export function isCivilTime(time: CivilTime): boolean {
  return (
    time.month >= 1 &&
    time.month <= 12 &&
    time.day >= 1 &&
    time.day <= daysInMonth(time.year, time.month) &&
    time.hour < 24 &&
    time.minute < 60 &&
    time.second < 60
  )
}

/** Days of a month in the Gregorian calendar. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Milliseconds since 1970 when the civil time is read as UTC; days beyond the month run over into the next. */
export function civilMs(time: CivilTime): number {
  return Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second)
}

/**
 * Writes an RFC 3339 time.
 *
 * @param fraction digits of the second, or '' for none
 * @unit offsetMinutes: minutes east of UTC; 0 is written `Z`
 */
export function formatRfc3339(time: CivilTime, fraction: string, offsetMinutes: number): string {
  const date = `${String(time.year).padStart(4, '0')}-${two(time.month)}-${two(time.day)}`
  const clock = `${two(time.hour)}:${two(time.minute)}:${two(time.second)}${fraction === '' ? '' : `.${fraction}`}`
  return `${date}T${clock}${formatOffset(offsetMinutes)}`
}

function formatOffset(minutes: number): string {
  if (minutes === 0) return 'Z'
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}
