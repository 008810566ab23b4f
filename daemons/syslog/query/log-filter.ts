import { FACILITIES, SEVERITIES } from '../pri.ts'
import { rfc3339Ms } from '../timestamp.ts'
import type { StoredMessage } from './stored-message.ts'

/** The filters as typed. */
export interface FilterOptions {
  readonly since?: string
  readonly until?: string
  readonly host?: string
  readonly app?: string
  readonly severity?: string
  readonly facility?: string
  readonly service?: string
  readonly grep?: string
}

/** Filters after checking. */
export interface LogFilter {
  /** Time of receipt, milliseconds since 1970; from this on. */
  readonly sinceMs: number
  /** Up to and including this. */
  readonly untilMs: number
  /** Whether nothing but the time is asked. */
  readonly isOpen: boolean
  matches(message: StoredMessage): boolean
}

/**
 * Checks the filters.
 *
 * @returns the filter, or in words which value cannot be and what is allowed
 */
export function readFilter(options: FilterOptions, nowMs: number): LogFilter | { readonly wrong: string } {
  const { since, until, severity, facility, grep, service } = options
  const sinceMs = since === undefined ? Number.NEGATIVE_INFINITY : readTime(since, nowMs)
  if (sinceMs === null) return { wrong: `--since "${since}" is no time: ${TIMES_ALLOWED}` }
  const untilMs = until === undefined ? Number.POSITIVE_INFINITY : readTime(until, nowMs)
  if (untilMs === null) return { wrong: `--until "${until}" is no time: ${TIMES_ALLOWED}` }
  if (sinceMs > untilMs) return { wrong: `--since "${since}" is later than --until "${until}"` }
  const worst = severity === undefined ? 7 : readKeyword(severity, SEVERITIES, SEVERITY_ALIASES)
  if (worst < 0) return { wrong: `--severity "${severity}" is none of: ${SEVERITIES.join(' ')}` }
  const kind = facility === undefined ? null : readKeyword(facility, FACILITIES, FACILITY_ALIASES)
  if (kind !== null && kind < 0) return { wrong: `--facility "${facility}" is none of: ${FACILITIES.join(' ')}` }
  const pattern = grep === undefined ? null : readPattern(grep)
  if (typeof pattern === 'string') return { wrong: `--grep "${grep}" is no regular expression: ${pattern}` }
  const host = options.host?.toLowerCase()
  const { app } = options
  const via = service === undefined ? null : `service://${service}`
  const since7 = sinceMs === Number.NEGATIVE_INFINITY ? '' : storedTime(sinceMs)
  const until7 = untilMs === Number.POSITIVE_INFINITY ? '~' : storedTime(untilMs)
  return {
    sinceMs,
    untilMs,
    isOpen: Object.values(options).every((value) => value === undefined),
    matches: (message) =>
      message.rt >= since7 &&
      message.rt <= until7 &&
      (severity === undefined || severityRank(message.severity) <= worst) &&
      (kind === null || message.facility === FACILITIES[kind]) &&
      (host === undefined || message.host?.toLowerCase() === host || senderAddress(message.src) === host) &&
      (app === undefined || message.app === app) &&
      (via === null || message.via === via) &&
      (pattern === null || pattern.test(message.msg)),
  }
}

/** The address in `ip:port` or `[ip6]:port`; `unix` stays. */
export function senderAddress(src: string): string {
  const colon = src.lastIndexOf(':')
  return (colon < 0 ? src : src.slice(0, colon)).replace(/^\[|\]$/g, '')
}

/** RFC 3339, or a span of time ago. */
function readTime(text: string, nowMs: number): number | null {
  const ago = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text)
  if (ago !== null) return nowMs - Number(ago[1]) * (UNITS_MS[ago[2] ?? ''] ?? 0)
  return rfc3339Ms(text)
}

/** As `rt` is written, so that times compare as text. */
function storedTime(ms: number): string {
  const clamped = Math.min(Math.max(Math.floor(ms), 0), 253_402_300_799_999)
  return `${new Date(clamped).toISOString().slice(0, -1)}${ms === clamped ? '000' : micros(ms)}Z`
}

function micros(ms: number): string {
  return String(Math.floor((ms - Math.floor(ms)) * 1000)).padStart(3, '0')
}

function severityRank(keyword: string): number {
  const rank = SEVERITIES.indexOf(keyword)
  return rank < 0 ? 7 : rank
}

function readKeyword(text: string, keywords: readonly string[], aliases: Readonly<Record<string, string>>): number {
  const lower = text.toLowerCase()
  if (/^\d{1,2}$/.test(lower)) return Number(lower) < keywords.length ? Number(lower) : -1
  return keywords.indexOf(Object.hasOwn(aliases, lower) ? (aliases[lower] ?? '') : lower)
}

function readPattern(text: string): RegExp | string {
  try {
    return new RegExp(text, 'u')
  } catch {
    // Without `u` more is allowed, such as a needless backslash.
  }
  try {
    return new RegExp(text)
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error)
  }
}

const TIMES_ALLOWED = 'allowed are RFC 3339 (2026-01-31T12:00:00Z) and a span before now (15m, 12h, 7d)'
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const SEVERITY_ALIASES = { panic: 'emerg', emergency: 'emerg', critical: 'crit', error: 'err', warn: 'warning' }
const FACILITY_ALIASES = { kernel: 'kern', 'clock-daemon': 'cron' }
