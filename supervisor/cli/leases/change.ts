import { parseAddress } from '../../../daemons/wire/address.ts'
import { brokenAnswer } from '../../control/control-client.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'
import { fieldText } from '../field-text.ts'
import { printable } from '../printable.ts'
import { request, type SharedOptions } from '../request.ts'
import { printJson, printLine, printNote, type Terminal } from '../terminal.ts'
import { fitTable } from '../text-table.ts'
import { clientKey } from './why.ts'

/** `lanward leases reserve CLIENT ADDRESS`: 1 when it cannot be, with the reason. */
export async function runReserve(
  word: string,
  address: string,
  options: SharedOptions & { readonly hostname?: string },
  terminal: Terminal,
): Promise<number> {
  const client = clientKey(word)
  if (parseAddress(address) === null)
    throw new CommandFailure(EXIT.usage, `"${printable(address)}" is no address to reserve`)
  const made = await change(options, terminal, 'change-reserve', { client, address, hostname: options.hostname })
  if (options.json === true) printJson(terminal, made)
  else {
    const key = ['mac', 'client_id', 'duid'].map((name) => fieldText(made, name)).find((text) => text !== '-')
    printLine(terminal, `${fieldText(made, 'address')} is reserved for ${key}`)
    const holder = fieldText(made, 'taken_by')
    if (holder !== '-') printNote(terminal, `${holder} has it now, and loses it when it next renews or starts`)
  }
  return EXIT.ok
}

/** `lanward leases unreserve CLIENT-or-ADDRESS`: takes back what `reserve` made; 1 when there is none. */
export async function runUnreserve(client: string, options: SharedOptions, terminal: Terminal): Promise<number> {
  const gone = await changeMany(client, options, terminal, 'change-unreserve')
  if (options.json === true) printJson(terminal, gone)
  else if (gone.length === 0)
    printNote(terminal, `nothing is reserved by command for ${printable(client)}; see: lanward leases reserved`)
  else for (const one of gone) printLine(terminal, `${fieldText(one, 'address')} is no longer reserved`)
  return gone.length === 0 ? EXIT.no : EXIT.ok
}

/** `lanward leases release CLIENT-or-ADDRESS`: ends leases and quarantines; 1 when there is none. */
export async function runRelease(client: string, options: SharedOptions, terminal: Terminal): Promise<number> {
  const ended = await changeMany(client, options, terminal, 'change-release')
  if (options.json === true) printJson(terminal, ended)
  else if (ended.length === 0) printNote(terminal, `${printable(client)} has no lease`)
  else {
    for (const one of ended)
      printLine(terminal, `${fieldText(one, 'address')} is free; it was ${fieldText(one, 'state')}`)
    printNote(terminal, 'a device that is still there uses its address until it renews')
  }
  return ended.length === 0 ? EXIT.no : EXIT.ok
}

/** `lanward leases reserved`: every reservation in force, made by command or configured. */
export async function runReserved(options: SharedOptions, terminal: Terminal): Promise<number> {
  const rows = await request(options, terminal, 'query', { service: 'dhcp', question: 'reservations', params: {} })
  if (!Array.isArray(rows)) throw brokenAnswer('leases reserved')
  if (options.json === true) printJson(terminal, rows)
  else if (rows.length === 0) printNote(terminal, 'no reservations')
  else {
    const cells = rows.map((row: unknown) => RESERVED.map((name) => ({ text: cellText(row, name) })))
    const headings = RESERVED.map((name) => ({ text: name.toUpperCase() }))
    for (const line of fitTable([headings, ...cells], terminal.columns).flat()) printLine(terminal, line)
  }
  return EXIT.ok
}

function cellText(row: unknown, name: string): string {
  const keys = name === 'keys' && typeof row === 'object' && row !== null && 'keys' in row ? row.keys : null
  return Array.isArray(keys) ? keys.map((key) => printable(String(key))).join(', ') : fieldText(row, name)
}

const RESERVED = ['address', 'keys', 'hostname', 'subnet', 'made']

async function changeMany(
  client: string,
  options: SharedOptions,
  terminal: Terminal,
  question: string,
): Promise<readonly unknown[]> {
  const answer = await change(options, terminal, question, { client: clientKey(client) })
  if (!Array.isArray(answer)) throw brokenAnswer(question)
  return answer
}

/**
 * Has dhcp change something.
 *
 * @throws CommandFailure (1) with the reason when it cannot be done as given
 */
export async function change(
  options: SharedOptions,
  terminal: Terminal,
  question: string,
  params: unknown,
): Promise<unknown> {
  return accepted(await request(options, terminal, 'change', { service: 'dhcp', question, params }))
}

/** The answer, unless it is a refusal. */
export function accepted(answer: unknown): unknown {
  if (typeof answer === 'object' && answer !== null && 'refused' in answer)
    throw new CommandFailure(EXIT.no, String(answer.refused))
  return answer
}
