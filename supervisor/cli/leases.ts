import { brokenAnswer } from '../control/control-client.ts'
import { EXIT } from './exit-code.ts'
import { formatMoment } from './exit-text.ts'
import { paintFor } from './paint.ts'
import { printable } from './printable.ts'
import { request, type SharedOptions } from './request.ts'
import { printJson, printLine, printNote, type Terminal } from './terminal.ts'
import { fitTable } from './text-table.ts'

/** `lanward leases`: who has which address; expired and released ones with `--all`. */
export async function runLeases(
  options: SharedOptions & { readonly all?: boolean },
  terminal: Terminal,
): Promise<number> {
  const all = options.all === true
  const params = { service: 'dhcp', question: 'leases', params: { all } }
  const leases = await request(options, terminal, 'query', params)
  if (!Array.isArray(leases)) throw brokenAnswer('leases')
  if (options.json === true) printJson(terminal, leases)
  else if (leases.length === 0) printNote(terminal, all ? 'no leases' : 'no leases; --all shows expired ones too')
  else for (const line of leaseLines(leases, terminal)) printLine(terminal, line)
  return EXIT.ok
}

function leaseLines(leases: readonly unknown[], { colour, columns }: Terminal): string[] {
  const paint = paintFor(colour)
  const headings = ['ADDRESS', 'CLIENT', 'HOSTNAME', 'STATE', 'UNTIL', 'SUBNET', 'RELAY', ''].map((text) => ({
    text,
    paint: (cell: string) => paint('faint', cell),
  }))
  const rows = leases.map((lease) => {
    const field = (name: string): string => fieldText(lease, name)
    return [
      { text: field('address') },
      { text: field('mac') === '-' ? field('client_id') : field('mac') },
      { text: field('hostname') },
      { text: field('state'), paint: (cell: string) => paint(cell === 'bound' ? 'good' : 'faint', cell) },
      { text: formatMoment(field('ends')) },
      { text: field('subnet') },
      { text: field('relay') },
      { text: field('reserved') === 'true' ? 'reserved' : '' },
    ]
  })
  return fitTable([headings, ...rows], columns).flat()
}

/** One field of an object as printable text; `-` when it has none. */
export function fieldText(record: unknown, name: string): string {
  if (typeof record !== 'object' || record === null) return '-'
  const value: unknown = new Map<string, unknown>(Object.entries(record)).get(name)
  if (value === undefined || value === null || value === '') return '-'
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}
