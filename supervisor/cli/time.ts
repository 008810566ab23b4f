import { brokenAnswer } from '../control/control-client.ts'
import { readTimeDrills } from '../host/time-drills.ts'
import { withClientNames } from './client-names.ts'
import { EXIT } from './exit-code.ts'
import { fieldText } from './field-text.ts'
import { keptClockLine } from './kept-clock-line.ts'
import { paintFor } from './paint.ts'
import { foldersOf, request, type SharedOptions } from './request.ts'
import { formatSpan } from './span-text.ts'
import { printJson, printLine, type Terminal } from './terminal.ts'
import { fitTable } from './text-table.ts'
import { timeDrillLines } from './time-drill-lines.ts'

/** `lanward time`: the clock that is served, where it comes from, and who asked. */
export async function runTime(options: SharedOptions, terminal: Terminal): Promise<number> {
  const answer = await request(options, terminal, 'query', { service: 'ntp', question: 'time', params: {} })
  if (!isTimeReport(answer)) throw brokenAnswer('time')
  const clients = await withClientNames(answer.clients, options, terminal)
  const drills = readTimeDrills(foldersOf(options, terminal).runDir)
  const report = { ...answer, clients, drill: drills[0] ?? null }
  if (options.json === true) printJson(terminal, report)
  else {
    const labels = timeDrillLines(drills, paintFor(terminal.colour))
    for (const line of labels.length === 0 ? [] : [...labels, '']) printLine(terminal, line)
    for (const line of timeLines(report, terminal)) printLine(terminal, line)
  }
  return EXIT.ok
}

interface TimeReport {
  readonly clock: unknown
  readonly sources: readonly unknown[]
  readonly clients: readonly unknown[]
}

function isTimeReport(value: unknown): value is TimeReport {
  if (typeof value !== 'object' || value === null) return false
  return 'clock' in value && 'sources' in value && Array.isArray(value.sources) && 'clients' in value
}

function timeLines(report: TimeReport, { colour, columns }: Terminal): string[] {
  const clock = (name: string): string => cellText(report.clock, name)
  const synchronised = clock('synchronised') === 'true'
  const paint = paintFor(colour)
  const word = paint(synchronised ? 'good' : 'warn', synchronised ? 'synchronised' : 'not synchronised')
  const lines = [
    `clock ${word}, stratum ${clock('stratum')}, reference ${clock('reference_id')}, source ${clock('source')}`,
    `offset ${clock('offset_s')} s, root delay ${clock('root_delay_s')} s, root dispersion ${clock('root_dispersion_s')} s`,
    ...keptClockLine(report.clock),
    '',
  ]
  if (report.sources.length === 0) lines.push('no upstream sources')
  else lines.push(...tableOf(report.sources, SOURCE_FIELDS, paint, columns))
  lines.push('')
  if (!Array.isArray(report.clients) || report.clients.length === 0) lines.push('no clients seen')
  else lines.push(...tableOf(report.clients, CLIENT_FIELDS, paint, columns))
  return lines
}

const SOURCE_FIELDS = [
  'address',
  'state',
  'stratum',
  'offset_s',
  'delay_s',
  'jitter_s',
  'reach',
  'poll_s',
  'interleaved',
  'authentication',
  'error',
]
const CLIENT_FIELDS = [
  'address',
  'name',
  'requests',
  'per_minute',
  'last_s',
  'rate_limited',
  'denied',
  'refused',
  'version',
  'interleaved',
  'authentication',
  'clock',
  'error_s',
  'follows_us',
]

function tableOf(
  records: readonly unknown[],
  fields: readonly string[],
  paint: ReturnType<typeof paintFor>,
  columns: number | null,
): string[] {
  const headings = fields.map((name) => ({
    text: (HEADINGS[name] ?? name).toUpperCase(),
    paint: (text: string) => paint('faint', text),
  }))
  const rows = records.map((record) => fields.map((name) => ({ text: cellText(record, name) })))
  return fitTable([headings, ...rows], columns).flat()
}

const HEADINGS: Readonly<Record<string, string>> = {
  per_minute: 'a minute',
  last_s: 'last asked',
  rate_limited: 'limited',
  offset_s: 'offset (s)',
  delay_s: 'delay (s)',
  jitter_s: 'jitter (s)',
  poll_s: 'poll (s)',
  interleaved: 'mode',
  authentication: 'proof',
  clock: 'sends',
  error_s: 'ahead (s)',
  error: 'trouble',
  follows_us: 'follows',
}

/** What proves it, and for network time security how many questions can be asked without an answer. */
function proofText(record: unknown): string {
  const proof = fieldText(record, 'authentication')
  return proof === 'nts' && isSource(record) ? `nts, ${fieldText(record, 'cookies')} cookies` : proof
}

function isSource(record: unknown): boolean {
  return typeof record === 'object' && record !== null && 'cookies' in record
}

/** Whom a client has its time from, as it says. */
function followsText(record: unknown): string {
  const stratum = fieldText(record, 'stratum')
  if (stratum === '-') return '-'
  const whom = fieldText(record, 'follows_us') === 'true' ? 'us' : fieldText(record, 'reference_id')
  return `${whom}, stratum ${stratum}`
}

/** A name that its log messages give is its own claim. */
function nameText(record: unknown): string {
  const name = fieldText(record, 'name')
  return fieldText(record, 'name_source') === 'syslog' ? `${name} (syslog)` : name
}

function cellText(record: unknown, name: string): string {
  if (name === 'name') return nameText(record)
  if (name === 'follows_us') return followsText(record)
  if (name === 'interleaved') return fieldText(record, name) === 'true' ? 'interleaved' : 'basic'
  if (name === 'authentication') return proofText(record)
  const text = fieldText(record, name)
  const seconds = Number(text)
  if (!name.endsWith('_s') || !Number.isFinite(seconds)) return text
  return name === 'last_s' ? `${formatSpan(seconds)} ago` : String(Number(seconds.toFixed(6)))
}
