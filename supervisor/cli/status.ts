import type { Health, ServiceReport, SpareReport, StatusReport } from '../control/control-protocol.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { exitCause, exitCost, formatMoment } from './exit-text.ts'
import { isWell } from './is-well.ts'
import { type Paint, paintFor } from './paint.ts'
import { printable } from './printable.ts'
import { asStatusReport } from './reports.ts'
import { request, type SharedOptions } from './request.ts'
import { isRemarkable, socketText } from './socket-text.ts'
import { formatMs, formatSpan } from './span-text.ts'
import { printJson, printLine, type Terminal } from './terminal.ts'
import { type Cell, fitTable } from './text-table.ts'
import { timeDrillLines } from './time-drill-lines.ts'
import { wrapText } from './wrap-text.ts'

/** `lanward status [SERVICE]`: 0 when every service asked for is ready and ok, or waits for its time, else 1. */
export async function runStatus(
  service: string | undefined,
  options: SharedOptions,
  terminal: Terminal,
): Promise<number> {
  const answer = await request(options, terminal, 'status', service === undefined ? {} : { service })
  const report = selectService(asStatusReport(answer), service)
  if (options.json === true) printJson(terminal, report)
  else
    for (const line of statusLines(report, paintFor(terminal.colour), service !== undefined, terminal.columns))
      printLine(terminal, line)
  return report.services.every(isWell) ? EXIT.ok : EXIT.no
}

function selectService(report: StatusReport, name: string | undefined): StatusReport {
  if (name === undefined) return report
  const services = report.services.filter((service) => service.name === name)
  const known = report.services.map((service) => service.name).join(', ')
  if (services.length === 0) throw new CommandFailure(EXIT.usage, `there is no service "${name}"; there are: ${known}`)
  return { ...report, services }
}

/** The report as lines of text; with `counters` the counters of each service too. */
export function statusLines(
  report: StatusReport,
  paint: Paint,
  counters: boolean,
  columns: number | null = null,
): string[] {
  const { pid, version, uptime_s, config, config_changed: changed, health, limits, spare } = report.supervisor
  const { time_drills: drills } = report.supervisor
  const head = [`lanward ${printable(version)}`, `pid ${pid}`, `up ${formatSpan(uptime_s)}`, printable(config)]
  const rows = [HEADINGS.map((text): Cell => ({ text, paint: (cell) => paint('faint', cell) }))]
  for (const service of report.services) rows.push(serviceRow(service, paint))
  const [headings = [], ...table] = fitTable(rows, columns)
  return [
    `${head.join(', ')}, health ${paint(healthTone(health), health)}`,
    ...(changed === true ? [`${paint('warn', 'changed:')} ${CHANGED}`] : []),
    ...(spare === undefined ? [] : [spareLine(spare)]),
    ...timeDrillLines(drills, paint),
    ...(limits ?? []).map((limit) => `${paint('warn', 'limit:')} ${printable(limit)}`),
    '',
    ...headings,
    ...report.services.flatMap((service, index) => [
      ...(table[index] ?? []),
      ...detailLines(service, counters)
        .flatMap((line) => wrapText(`  ${line}`, columns, '    '))
        .map((line) => paint('faint', line)),
    ]),
  ]
}

const CHANGED = 'the file on disk differs from what runs; check it and take it over: lanward check, then lanward reload'

const SPARE = { ready: 'stands ready', preparing: 'is being prepared', off: 'none is wanted' } as const

function spareLine({ state, pid, memory_bytes }: SpareReport): string {
  const facts = [pid === null ? '' : `pid ${pid}`, memory_bytes === null ? '' : mebibytes(memory_bytes)]
  return [`spare: ${SPARE[state]}`, ...facts].filter((text) => text !== '').join(', ')
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}

const HEADINGS = ['SERVICE', 'STATE', 'HEALTH', 'PID', 'UPTIME', 'RESTARTS', 'PROBE', 'STATUS']

function serviceRow(service: ServiceReport, paint: Paint): Cell[] {
  return [
    { text: printable(service.name) },
    { text: service.state, paint: (text) => paint(stateTone(service), text) },
    { text: service.health, paint: (text) => paint(healthTone(service.health), text) },
    { text: service.pid === null ? '-' : String(service.pid) },
    { text: service.uptime_s === null ? '-' : formatSpan(service.uptime_s) },
    { text: String(service.restarts) },
    { text: probeText(service.probe) },
    { text: printable(service.status) },
  ]
}

function probeText(probe: ServiceReport['probe']): string {
  if (probe === null) return '-'
  const result = probe.ok ? 'ok' : 'failed'
  const latency = probe.latency_ms === null ? '' : ` in ${formatMs(probe.latency_ms)}`
  return `${result}${latency}, ${formatSpan(probe.age_s)} ago`
}

/** What does not fit a row; each line only when there is something to say. */
export function detailLines(service: ServiceReport, counters: boolean): string[] {
  const lines: string[] = []
  // A supervisor that is older than this command does not tell them.
  const sockets = service.sockets ?? []
  const told = [service.status]
  const tell = (label: string, text: string): void => {
    if (told.some((one) => one.includes(text))) return
    told.push(text)
    lines.push(`${label}: ${printable(text)}`)
  }
  if (service.health !== 'ok' && service.reason !== null) tell('why', service.reason)
  if (service.probe !== null && service.probe.error !== null) tell('probe', service.probe.error)
  const nextRun = service.schedule?.next_local ?? null
  if (nextRun !== null && service.state !== 'stopped') lines.push(`next run: ${printable(nextRun)}`)
  if (service.next_retry_s !== null) lines.push(`next try: in ${formatSpan(Math.max(0, service.next_retry_s))}`)
  if (service.listen.length > 0 && !(counters && sockets.length > 0))
    lines.push(`listen: ${printable(service.listen.join(' '))}`)
  for (const socket of sockets) if (counters || isRemarkable(socket)) lines.push(`socket: ${socketText(socket)}`)
  if (service.last_exit !== null) {
    const cost = exitCost(service.last_exit)
    const cause = `${formatMoment(service.last_exit.at)}, ${exitCause(service.last_exit)}`
    lines.push(`last exit: ${cause}${cost === '' ? '' : `; ${cost}`}`)
  }
  if (!counters) return lines
  const totals = Object.entries(service.counters).map(([name, count]) => `${printable(name)} ${count}`)
  if (totals.length > 0) lines.push(`counters: ${totals.join(', ')}`)
  for (const [name, entries] of Object.entries(service.details ?? {}))
    for (const { text } of entries) lines.push(`${printable(name)}: ${printable(text)}`)
  const usage = [
    service.memory_bytes === null ? '' : `${mebibytes(service.memory_bytes)} of memory`,
    service.cpu_s === null ? '' : `${service.cpu_s.toFixed(2)} s of CPU time`,
  ].filter((text) => text !== '')
  if (usage.length > 0) lines.push(`uses: ${usage.join(', ')}`)
  return lines
}

function stateTone(service: ServiceReport): 'good' | 'warn' | 'bad' {
  const { state } = service
  if (state === 'ready' || isWell(service)) return 'good'
  return state === 'parked' || state === 'backoff' ? 'bad' : 'warn'
}

function healthTone(health: Health): 'good' | 'warn' | 'bad' {
  if (health === 'ok') return 'good'
  return health === 'failing' ? 'bad' : 'warn'
}
