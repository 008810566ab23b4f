import { FACILITIES, SEVERITIES } from '../pri.ts'
import { SUPERVISOR_SD } from '../service-line.ts'
import { MOMENTS, readMoment } from './moment.ts'
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
  matches(message: StoredMessage): boolean
}

/**
 * Checks the filters.
 *
 * @param here this machine's name, which local messages without a host stand for
 * @returns the filter, or in words which value cannot be and what is allowed
 */
export function readFilter(
  options: FilterOptions,
  nowMs: number,
  here: string,
): LogFilter | { readonly wrong: string } {
  const { since, until, severity, facility, grep, service } = options
  const sinceMs = since === undefined ? Number.NEGATIVE_INFINITY : readMoment(since, nowMs)
  if (sinceMs === null) return { wrong: `--since "${since}" is no time: allowed are ${MOMENTS}` }
  const untilMs = until === undefined ? Number.POSITIVE_INFINITY : readMoment(until, nowMs)
  if (untilMs === null) return { wrong: `--until "${until}" is no time: allowed are ${MOMENTS}` }
  if (sinceMs > untilMs) return { wrong: `--since "${since}" is later than --until "${until}"` }
  const worst = severity === undefined ? 7 : readKeyword(severity, SEVERITIES, SEVERITY_ALIASES)
  if (worst < 0) return { wrong: `--severity "${severity}" is none of: ${SEVERITIES.join(' ')}` }
  const kind = facility === undefined ? null : readKeyword(facility, FACILITIES, FACILITY_ALIASES)
  if (kind !== null && kind < 0) return { wrong: `--facility "${facility}" is none of: ${FACILITIES.join(' ')}` }
  const pattern = grep === undefined ? null : readPattern(grep)
  if (typeof pattern === 'string') return { wrong: `--grep "${grep}" is no regular expression: ${pattern}` }
  const host = options.host?.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  const { app } = options
  const since7 = sinceMs === Number.NEGATIVE_INFINITY ? '' : storedTime(sinceMs)
  const until7 = untilMs === Number.POSITIVE_INFINITY ? '~' : storedTime(untilMs)
  return {
    sinceMs,
    untilMs,
    matches: (message) =>
      message.rt >= since7 &&
      message.rt <= until7 &&
      (severity === undefined || severityRank(message.severity) <= worst) &&
      (kind === null || message.facility === FACILITIES[kind]) &&
      (host === undefined || hostOf(message, here).toLowerCase() === host || senderAddress(message.src) === host) &&
      (app === undefined || message.app === app) &&
      (service === undefined || isAbout(message, service)) &&
      (pattern === null || pattern.test(message.msg)),
  }
}

/** The host that a message names; of a local one that names none this machine, of any other the sender's address. */
export function hostOf(message: StoredMessage, here: string): string {
  return message.host ?? (message.src === 'unix' ? here : senderAddress(message.src))
}

/** Whether a service of ours said it, or the supervisor said it of that service. */
function isAbout({ via, sd }: StoredMessage, service: string): boolean {
  return via === `service://${service}` || (via === 'service://lanward' && sd?.[SUPERVISOR_SD]?.['daemon'] === service)
}

/** The address in `ip:port` or `[ip6]:port`; `unix` stays. */
export function senderAddress(src: string): string {
  const colon = src.lastIndexOf(':')
  return (colon < 0 ? src : src.slice(0, colon)).replace(/^\[|\]$/g, '')
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

const SEVERITY_ALIASES = { panic: 'emerg', emergency: 'emerg', critical: 'crit', error: 'err', warn: 'warning' }
const FACILITY_ALIASES = { kernel: 'kern', 'clock-daemon': 'cron' }
