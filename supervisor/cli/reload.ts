import { EXIT } from './exit-code.ts'
import { printable } from './printable.ts'
import { asReloadReport } from './reports.ts'
import { request, type SharedOptions } from './request.ts'
import { printJson, printLine, type Terminal } from './terminal.ts'
import { formatTable } from './text-table.ts'

/** `lanward reload`: what the new configuration changed, service by service. */
export async function runReload(options: SharedOptions, terminal: Terminal): Promise<number> {
  const report = asReloadReport(await request(options, terminal, 'reload', {}))
  if (options.json === true) printJson(terminal, report)
  else {
    const rows = report.changes.map(({ service, change }) => [{ text: printable(service) }, { text: change }])
    for (const line of formatTable(rows)) printLine(terminal, line)
  }
  return EXIT.ok
}
