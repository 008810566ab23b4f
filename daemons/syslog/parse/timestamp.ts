import { scanBsdTime } from './bsd-time.ts'
import type { CivilTime, ScannedTime } from './calendar.ts'
import { civilMs, formatRfc3339, isCivilTime } from './calendar.ts'
import { isDigit, scanIsoTime } from './iso-time.ts'
import type { Flag } from './message.ts'
import type { Inference, TimeInference } from './time-inference.ts'

/** A time found in a header. `exact` = `time` and `flags` say all that stood there. */
export interface TimeReading {
  /** Offset behind the time, its colon and its zone name. */
  readonly end: number
  readonly text: string
  /** RFC 3339, or null when it names no existing instant. */
  readonly time: string | null
  readonly flags: readonly Flag[]
  readonly exact: boolean
}

/**
 * Reads the time at `start`: RFC 3339 with the liberties that devices take, or the BSD form with its variants
 * (one-digit day, year inside or behind, fraction, colon, zone name).
 *
 * @rfc 3164 section 4.1.2 (TIMESTAMP); 5424 section 6.2.3
 * @returns null when no time stands there
 */
export function readTimestamp(
  text: string,
  start: number,
  receiveMs: number,
  inference: TimeInference,
): TimeReading | null {
  const iso = isDigit(text.charCodeAt(start)) ? readIsoTimestamp(text, start, receiveMs, inference) : null
  if (iso !== null) return iso
  const recent = inference.recent.find(text, start, receiveMs)
  if (recent !== null) return recent
  const scanned = scanBsdTime(text, start)
  if (scanned === null) return null
  const reading = complete(text, start, scanned, receiveMs, inference)
  inference.recent.keep(text, start, receiveMs, reading)
  return reading
}

/** The time at `start` as `readTimestamp` finds it, for `completeTimestamp`; null when none stands there. */
export function scanTimestamp(text: string, start: number): ScannedTime | null {
  return (isDigit(text.charCodeAt(start)) ? scanIsoTime(text, start) : null) ?? scanBsdTime(text, start)
}

/** Whether an ISO time stands at `start`, then a space or the end. */
export function isIsoTime(text: string, start: number): boolean {
  const end = scanIsoTime(text, start)?.textEnd ?? -1
  return end === text.length || text.charCodeAt(end) === SPACE
}

/** As `readTimestamp`, for RFC 3339 only. */
export function readIsoTimestamp(
  text: string,
  start: number,
  receiveMs: number,
  inference: TimeInference,
): TimeReading | null {
  const scanned = scanIsoTime(text, start)
  return scanned === null ? null : completeTimestamp(text, start, scanned, receiveMs, inference)
}

/** Adds to a time that was scanned at `start` what it does not say. */
export function completeTimestamp(
  text: string,
  start: number,
  scanned: ScannedTime,
  receiveMs: number,
  inference: TimeInference,
): TimeReading {
  const { civil, offsetMinutes, end, strict } = scanned
  if (strict && offsetMinutes !== null && isCivilTime(civil)) {
    const whole = text.slice(start, scanned.textEnd)
    return { end, text: whole, time: whole, flags: NONE, exact: true }
  }
  return complete(text, start, scanned, receiveMs, inference)
}

function complete(
  text: string,
  start: number,
  scanned: ScannedTime,
  receiveMs: number,
  inference: TimeInference,
): TimeReading {
  const { civil, fraction, offsetMinutes } = scanned
  const year = civil.year !== 0
  if (year && offsetMinutes !== null) {
    if (!isCivilTime(civil)) return reading(text, start, scanned, null, BAD, false)
    return reading(text, start, scanned, written(civil, fraction, offsetMinutes), FORM, false)
  }
  const guess = inference.infer(civil, receiveMs)
  if (guess === null) return reading(text, start, scanned, null, BAD, false)
  if (offsetMinutes !== null) {
    const whole = { ...civil, year: guess.year }
    return reading(text, start, scanned, written(whole, fraction, offsetMinutes), YEAR_GUESSED, false)
  }
  const time = fraction === '' ? guess.time : withFraction(guess.time, fraction)
  const flags = (year ? ZONE_FLAGS : YEAR_AND_ZONE_FLAGS)[guess.zone]
  return reading(text, start, scanned, time, flags, scanned.strict && !year)
}

function reading(
  text: string,
  start: number,
  scanned: ScannedTime,
  time: string | null,
  flags: readonly Flag[],
  exact: boolean,
): TimeReading {
  return { end: scanned.end, text: text.slice(start, scanned.textEnd), time, flags, exact }
}

/** The fraction goes behind the seconds, which end at the 19th letter of any time with a year of four digits. */
function withFraction(time: string, fraction: string): string {
  return `${time.slice(0, 19)}.${fraction.slice(0, 9)}${time.slice(19)}`
}

/** Fractions are kept to the nanosecond. */
function written(civil: CivilTime, fraction: string, offsetMinutes: number): string {
  return formatRfc3339(civil, fraction.slice(0, 9), offsetMinutes)
}

/** Milliseconds since 1970 of an RFC 3339 time with T or a space, zone required; null when it is none. */
export function rfc3339Ms(text: string): number | null {
  const scanned = scanIsoTime(text, 0)
  if (scanned === null || scanned.textEnd !== text.length || scanned.offsetMinutes === null) return null
  if (!isCivilTime(scanned.civil)) return null
  const fraction = scanned.fraction === '' ? 0 : Number(`0.${scanned.fraction}`) * 1000
  return civilMs(scanned.civil) - scanned.offsetMinutes * 60_000 + fraction
}

const SPACE = 32
const NONE: readonly Flag[] = []
const BAD: readonly Flag[] = ['bad-timestamp']
const FORM: readonly Flag[] = ['timestamp-form']
const YEAR_GUESSED: readonly Flag[] = ['year-guessed', 'timestamp-form']
const ZONE_FLAGS: Readonly<Record<Inference['zone'], readonly Flag[]>> = {
  guessed: ['zone-guessed', 'timestamp-form'],
  fitted: ['zone-guessed', 'zone-fitted', 'timestamp-form'],
  known: FORM,
}
const YEAR_AND_ZONE_FLAGS: Readonly<Record<Inference['zone'], readonly Flag[]>> = {
  guessed: ['year-guessed', 'zone-guessed'],
  fitted: ['year-guessed', 'zone-guessed', 'zone-fitted'],
  known: ['year-guessed'],
}
