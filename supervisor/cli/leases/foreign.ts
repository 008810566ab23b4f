import { brokenAnswer } from '../../control/control-client.ts'
import { EXIT } from '../exit-code.ts'
import { formatMoment } from '../exit-text.ts'
import { fieldText } from '../field-text.ts'
import { printable } from '../printable.ts'
import { request, type SharedOptions } from '../request.ts'
import { printJson, printLine, printNote, type Terminal } from '../terminal.ts'
import { fitTable } from '../text-table.ts'

/** `lanward leases foreign`: other DHCP servers and IPv6 routers, and addresses used without a lease; 1 when there are none. */
export async function runForeign(options: SharedOptions, terminal: Terminal): Promise<number> {
  const found = await request(options, terminal, 'query', { service: 'dhcp', question: 'foreign', params: {} })
  if (!isFindings(found)) throw brokenAnswer('leases foreign')
  const { servers, addresses, routers } = found
  const tables = [
    tableOf(servers, SERVER_FIELDS, terminal),
    tableOf(addresses, ADDRESS_FIELDS, terminal),
    tableOf(routers, ROUTER_FIELDS, terminal),
  ].filter((lines) => lines.length > 0)
  const isNone = tables.length === 0
  if (options.json === true) printJson(terminal, found)
  else if (isNone) printNote(terminal, 'no other DHCP server or IPv6 router and no address without a lease was noticed')
  else {
    for (const [at, lines] of tables.entries()) {
      if (at > 0) printLine(terminal, '')
      for (const line of lines) printLine(terminal, line)
    }
  }
  return isNone ? EXIT.no : EXIT.ok
}

interface Findings {
  readonly servers: readonly unknown[]
  readonly addresses: readonly unknown[]
  readonly routers: readonly unknown[]
}

function isFindings(value: unknown): value is Findings {
  if (typeof value !== 'object' || value === null) return false
  return ['servers', 'addresses', 'routers'].every((name) => Array.isArray(Reflect.get(value, name)))
}

const SERVER_FIELDS = ['server', 'mac', 'place', 'last', 'seen', 'address', 'routers', 'dns']
const ROUTER_FIELDS = ['router', 'mac', 'interface', 'last', 'seen', 'lifetime_s', 'prefixes', 'contradictions']
const ADDRESS_FIELDS = ['address', 'mac', 'interface', 'what', 'leased_to', 'last']

function tableOf(rows: readonly unknown[], fields: readonly string[], { columns }: Terminal): string[] {
  if (rows.length === 0) return []
  const headings = fields.map((name) => ({ text: name.replace('_', ' ').toUpperCase() }))
  const cells = rows.map((row) => fields.map((name) => ({ text: cellText(row, name) })))
  return fitTable([headings, ...cells], columns).flat()
}

function cellText(row: unknown, name: string): string {
  const list: unknown = typeof row === 'object' && row !== null ? new Map(Object.entries(row)).get(name) : null
  if (!Array.isArray(list)) return formatMoment(fieldText(row, name))
  return list.length === 0 ? '-' : list.map((one) => printable(String(one))).join(' ')
}
