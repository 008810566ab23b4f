import type { ServiceReport, WhyReport } from '../control/control-protocol.ts'
import { readableWords } from '../record/own-log.ts'
import { EXIT } from './exit-code.ts'
import { exitCause, exitCost, formatMoment } from './exit-text.ts'
import { type Paint, paintFor } from './paint.ts'
import { printable } from './printable.ts'
import { asWhyReport } from './reports.ts'
import { request, type SharedOptions } from './request.ts'
import { formatSpan } from './span-text.ts'
import { printJson, printLine, type Terminal } from './terminal.ts'
import { timeDrillLines } from './time-drill-lines.ts'

/** `lanward why SERVICE`. */
export async function runWhy(service: string, options: SharedOptions, terminal: Terminal): Promise<number> {
  const report = asWhyReport(await request(options, terminal, 'why', { service }))
  if (options.json === true) printJson(terminal, report)
  else for (const line of whyLines(report, paintFor(terminal.colour))) printLine(terminal, line)
  return EXIT.ok
}

/** Exits told one by one; the rest are counted. */
const TOLD_EXITS = 5

/** Lines told of the newest exit, and of each older one; the ledger keeps more. */
const TOLD_LINES = { newest: 15, older: 3 }

/** The story of a service as lines of text: now, the last exits with what was said before them, the limit, what is next. */
export function whyLines(report: WhyReport, paint: Paint): string[] {
  const { service, exits, restart_limit: limit } = report
  const lines = [nowLine(report)]
  lines.push(...timeDrillLines(report.time_drills, paint))
  if (service.health !== 'ok' && service.reason !== null) lines.push(`Reason: ${printable(service.reason)}.`)
  lines.push('')
  if (exits.length === 0) lines.push('It has not ended since records began.')
  for (const [index, exit] of exits.slice(0, TOLD_EXITS).entries()) {
    const cost = exitCost(exit)
    lines.push(`${formatMoment(exit.at)}  run ${exit.life}: ${exitCause(exit)}${cost === '' ? '' : `; ${cost}`}`)
    const told = exit.last_lines.slice(-(index === 0 ? TOLD_LINES.newest : TOLD_LINES.older))
    if (told.length > 0) lines.push('  last lines before it:')
    for (const line of told) lines.push(paint('faint', `    ${printable(readableWords(line))}`))
  }
  const untold = exits.length - TOLD_EXITS
  if (untold > 0) lines.push(`and ${untold} earlier exit${untold === 1 ? '' : 's'} (--json tells all)`)
  lines.push('')
  for (const text of service.schedule?.left_out ?? []) lines.push(`By the clock: ${printable(text)}.`)
  const used = `${limit.used} of ${limit.restarts} allowed within ${formatSpan(limit.within_s)} are used`
  lines.push(`Restarts: ${service.restarts} since lanward began; ${used}.`)
  lines.push(`Next: ${printable(report.next)}`)
  return lines
}

function nowLine(report: WhyReport): string {
  const { service, wanted } = report
  const since = service.uptime_s === null ? '' : ` for ${formatSpan(service.uptime_s)}`
  const running = service.schedule === null ? 'it should run' : 'it should run by the clock'
  const wish = wanted === 'up' ? running : 'it should not run'
  return `${printable(service.name)} is ${stateText(service)}${since}, health ${service.health}; ${wish}.`
}

function stateText(service: ServiceReport): string {
  switch (service.state) {
    case 'backoff':
      return 'waiting for its next start'
    case 'parked':
      return 'parked'
    default:
      return service.state
  }
}
