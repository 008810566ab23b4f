import type { SyslogMessage } from './message.ts'

/** A line that one of this machine's own services wrote, as the supervisor read it. */
export interface ServiceLine {
  readonly service: string
  /** @unit milliseconds since 1970 */
  readonly wall_ms: number
  readonly line: string
}

/**
 * Makes a local message of it: facility `daemon`, the severity of its pino level (plain text is `info`), app = the
 * service, msg = its text and the other keys as ` key=value`; the supervisor's lines name the service that they are about
 * in structured data too.
 *
 * @param host this machine's name
 * @returns the message; never throws, whatever the line is
 */
export function readServiceLine(line: ServiceLine, host: string): SyslogMessage {
  const fields = parseObject(line.line)
  const pid = fields?.['pid']
  return {
    facility: DAEMON,
    severity: severityOf(fields?.['level']),
    version: null,
    time: new Date(Number.isFinite(line.wall_ms) ? clampMs(line.wall_ms) : 0).toISOString(),
    timeText: null,
    host,
    app: line.service,
    procId: typeof pid === 'number' || typeof pid === 'string' ? String(pid) : null,
    msgId: null,
    structuredData: line.service === 'lanward' ? aboutDaemon(fields?.['daemon']) : null,
    msg: fields === null ? line.line : readableText(fields),
    format: 'raw',
    flags: [],
    exact: true,
  }
}

/** Names what a line of the supervisor is about. */
export const SUPERVISOR_SD = 'lanward@32473'

function aboutDaemon(daemon: unknown): SyslogMessage['structuredData'] {
  return typeof daemon === 'string' ? [{ sdId: SUPERVISOR_SD, params: [['daemon', daemon]] }] : null
}

/** Whether the value has the shape of a service line. */
export function isServiceLine(value: unknown): value is ServiceLine {
  if (typeof value !== 'object' || value === null) return false
  const { service, wall_ms, line } = value as Partial<Record<keyof ServiceLine, unknown>>
  return typeof service === 'string' && typeof wall_ms === 'number' && typeof line === 'string'
}

function parseObject(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

function readableText(fields: Record<string, unknown>): string {
  const { level: _level, time: _time, pid: _pid, hostname: _host, name: _name, msg, ...rest } = fields
  const words = Object.entries(rest).map(([key, value]) => `${key}=${readableValue(value)}`)
  return [...(typeof msg === 'string' ? [msg] : []), ...words].join(' ')
}

function readableValue(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
  return JSON.stringify(value) ?? 'null'
}

/** pino's levels: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function severityOf(level: unknown): number {
  if (typeof level !== 'number') return INFO
  if (level >= 60) return 2
  if (level >= 50) return 3
  if (level >= 40) return 4
  return level >= 30 ? INFO : 7
}

function clampMs(ms: number): number {
  return Math.min(Math.max(ms, 0), 253_402_300_799_999)
}

const DAEMON = 3
const INFO = 6
