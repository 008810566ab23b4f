import { EXIT } from './exit-code.ts'
import { printable } from './printable.ts'
import { asReachedReport } from './reports.ts'
import { request, type SharedOptions } from './request.ts'
import { printJson, printLine, type Terminal } from './terminal.ts'

/** `lanward start`, `stop`, `restart SERVICE`: waits, and is 0 only if the service reached the state. */
export async function runReach(
  method: 'start' | 'stop' | 'restart',
  service: string,
  options: SharedOptions,
  terminal: Terminal,
): Promise<number> {
  const report = asReachedReport(await request(options, terminal, method, { service }))
  if (options.json === true) printJson(terminal, report)
  else {
    const message = report.message === '' || report.message === report.state ? '' : `: ${printable(report.message)}`
    printLine(terminal, `${printable(service)} is ${printable(report.state)}${message}`)
  }
  return report.reached ? EXIT.ok : EXIT.no
}
