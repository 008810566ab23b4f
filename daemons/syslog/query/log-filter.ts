import { FACILITIES, SEVERITIES } from '../parse/pri.ts'
import { facilityTest, type MessageTests, passesTests, severityTest, viaTest } from './message-test.ts'
import { MOMENTS, readMoment } from './moment.ts'
import type { StoredMessage } from './stored-message.ts'
import { literalTest, regexTest } from './text-test.ts'

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
  readonly fixed?: string
}

/** Filters after checking. */
export interface LogFilter {
  /** Time of receipt, milliseconds since 1970; from this on. */
  readonly sinceMs: number
  /** Up to and including this. */
  readonly untilMs: number
  readonly tests: MessageTests
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
  const { since, until, severity, facility, grep, fixed, service, app } = options
  const sinceMs = since === undefined ? Number.NEGATIVE_INFINITY : readMoment(since, nowMs)
  if (sinceMs === null) return { wrong: `--since "${since}" is no time: allowed are ${MOMENTS}` }
  const untilMs = until === undefined ? Number.POSITIVE_INFINITY : readMoment(until, nowMs)
  if (untilMs === null) return { wrong: `--until "${until}" is no time: allowed are ${MOMENTS}` }
  if (sinceMs > untilMs) return { wrong: `--since "${since}" is later than --until "${until}"` }
  const worst = severity === undefined ? null : readKeyword(severity, SEVERITIES, SEVERITY_ALIASES)
  if (worst !== null && worst < 0) return { wrong: `--severity "${severity}" is none of: ${SEVERITIES.join(' ')}` }
  const kind = facility === undefined ? null : readKeyword(facility, FACILITIES, FACILITY_ALIASES)
  if (kind !== null && kind < 0) return { wrong: `--facility "${facility}" is none of: ${FACILITIES.join(' ')}` }
  if (grep !== undefined && fixed !== undefined) return { wrong: '--grep and --fixed cannot stand together' }
  const text = grep === undefined ? (fixed === undefined ? null : literalTest(fixed)) : regexTest(grep)
  if (typeof text === 'string') return { wrong: `--grep "${grep}" is no regular expression: ${text}` }
  const tests: MessageTests = {
    fields: {
      ...(worst === null ? {} : { severity: severityTest(worst) }),
      ...(kind === null ? {} : { facility: facilityTest(kind) }),
      ...(app === undefined ? {} : { app: (word: string) => word === app }),
      ...(service === undefined ? {} : { via: viaTest(service) }),
    },
    host: options.host?.toLowerCase().replace(/^\[(.*)\]$/, '$1') ?? null,
    service: service ?? null,
    text,
    here,
  }
  return filterOf(sinceMs, untilMs, tests)
}

/** The filter of a span of time and of tests. */
export function filterOf(sinceMs: number, untilMs: number, tests: MessageTests): LogFilter {
  const since = sinceMs === Number.NEGATIVE_INFINITY ? '' : storedTime(sinceMs)
  const until = untilMs === Number.POSITIVE_INFINITY ? '~' : storedTime(untilMs)
  const matches = (message: StoredMessage): boolean =>
    message.rt >= since && message.rt <= until && passesTests(message, tests)
  return { sinceMs, untilMs, tests, matches }
}

/** As `rt` is written, so that times compare as text. */
function storedTime(ms: number): string {
  const clamped = Math.min(Math.max(Math.floor(ms), 0), 253_402_300_799_999)
  return `${new Date(clamped).toISOString().slice(0, -1)}${ms === clamped ? '000' : micros(ms)}Z`
}

function micros(ms: number): string {
  return String(Math.floor((ms - Math.floor(ms)) * 1000)).padStart(3, '0')
}

function readKeyword(text: string, keywords: readonly string[], aliases: Readonly<Record<string, string>>): number {
  const lower = text.toLowerCase()
  if (/^\d{1,2}$/.test(lower)) return Number(lower) < keywords.length ? Number(lower) : -1
  return keywords.indexOf(Object.hasOwn(aliases, lower) ? (aliases[lower] ?? '') : lower)
}

const SEVERITY_ALIASES = { panic: 'emerg', emergency: 'emerg', critical: 'crit', error: 'err', warn: 'warning' }
const FACILITY_ALIASES = { kernel: 'kern', 'clock-daemon': 'cron' }
