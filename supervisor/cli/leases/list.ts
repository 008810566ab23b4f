import { EXIT } from '../exit-code.ts'
import { formatMoment } from '../exit-text.ts'
import { fieldText } from '../field-text.ts'
import { paintFor } from '../paint.ts'
import type { SharedOptions } from '../request.ts'
import { printJson, printLine, printNote, type Terminal } from '../terminal.ts'
import { fitTable } from '../text-table.ts'
import { fetchLeases } from './fetch-leases.ts'
import { type LeaseWishes, leaseFilter } from './lease-filter.ts'

/** `lanward leases`: who has which address; expired and released ones with `--all`. */
export async function runLeases(options: SharedOptions & LeaseWishes, terminal: Terminal): Promise<number> {
  const isWanted = leaseFilter(options)
  const known = await fetchLeases(options, terminal, options.all === true || options.state !== undefined)
  const leases = known.filter(isWanted)
  if (options.json === true) printJson(terminal, leases)
  else if (leases.length === 0) printNote(terminal, emptyText(options))
  else for (const line of leaseLines(leases, terminal)) printLine(terminal, line)
  return EXIT.ok
}

function emptyText({ all, subnet, state, search }: LeaseWishes): string {
  if (subnet !== undefined || state !== undefined || search !== undefined) return 'no such leases'
  return all === true ? 'no leases' : 'no leases; --all shows expired ones too'
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
      { text: ['mac', 'client_id', 'duid'].map(field).find((text) => text !== '-') ?? '-' },
      { text: field('hostname') },
      { text: field('state'), paint: (cell: string) => paint(cell === 'bound' ? 'good' : 'faint', cell) },
      { text: formatMoment(field('ends')) },
      { text: field('subnet') },
      { text: field('relay') },
      { text: field('reserved') === 'true' ? 'reserved' : field('reason').replace(/^-$/, '') },
    ]
  })
  return fitTable([headings, ...rows], columns).flat()
}
