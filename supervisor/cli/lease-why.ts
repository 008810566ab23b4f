import { EXIT } from './exit-code.ts'
import { formatMoment } from './exit-text.ts'
import { fieldText } from './leases.ts'
import { printable } from './printable.ts'
import { request, type SharedOptions } from './request.ts'
import { printJson, printLine, printNote, type Terminal } from './terminal.ts'
import { formatTable } from './text-table.ts'

/** `lanward leases why MAC-or-ADDRESS`: the decisions for one client; 1 when none is remembered. */
export async function runLeaseWhy(key: string, options: SharedOptions, terminal: Terminal): Promise<number> {
  const answer = await request(options, terminal, 'query', { service: 'dhcp', question: 'why', params: { key } })
  const decisions = decisionsOf(answer)
  if (options.json === true) printJson(terminal, answer)
  else if (decisions.length === 0) printNote(terminal, `nothing is remembered about ${printable(key)}`)
  else for (const line of decisionLines(decisions)) printLine(terminal, line)
  return decisions.length === 0 ? EXIT.no : EXIT.ok
}

/** The list itself, or the only list in the answer. */
function decisionsOf(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer
  if (typeof answer !== 'object' || answer === null) return []
  const lists: unknown[][] = Object.values(answer).filter(Array.isArray)
  return lists[0] ?? []
}

/** A table with the fields of the decisions as its columns, in the order in which they come. */
function decisionLines(decisions: readonly unknown[]): string[] {
  const names = [...new Set(decisions.flatMap((decision) => Object.keys(Object(decision))))]
  const rows = decisions.map((decision) => names.map((name) => ({ text: formatMoment(fieldText(decision, name)) })))
  return formatTable([names.map((name) => ({ text: printable(name).toUpperCase() })), ...rows])
}
