import { parseAddress } from '../../../daemons/wire/address.ts'
import { brokenAnswer } from '../../control/control-client.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'
import { formatMoment } from '../exit-text.ts'
import { fieldText } from '../field-text.ts'
import { printable } from '../printable.ts'
import { request, type SharedOptions } from '../request.ts'
import { printJson, printLine, printNote, type Terminal } from '../terminal.ts'
import { fitTable } from '../text-table.ts'
import { fetchLeases } from './fetch-leases.ts'

/** Hex digits in pairs: a hardware address, or a client identifier. */
const HEX = /^[0-9a-f]{2}([:-]?[0-9a-f]{2}){0,254}$/i

/** A hardware address as switches of Cisco print it, `0011.2233.4455`. */
const DOTTED = /^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i

/**
 * What names a client, as dhcp reads it.
 *
 * @throws CommandFailure (64) when the text names no client
 */
export function clientKey(word: string): string {
  const key = DOTTED.test(word) ? word.replaceAll('.', '') : word
  if (parseAddress(key) === null && !HEX.test(key))
    throw new CommandFailure(
      EXIT.usage,
      `"${printable(key)}" is no client: give a MAC (52:54:00:aa:bb:cc), an address, or a client identifier or DUID in hex`,
    )
  return key
}

/** A host name, and nothing that was meant as an address. */
const NAME = /^(?![\d.]+$)[a-z0-9][a-z0-9._-]{0,252}$/i

/**
 * `lanward leases why CLIENT`: the decisions for one client, by MAC, address, client identifier, or the host name that only
 * one lease has; 1 when none is remembered.
 */
export async function runLeaseWhy(word: string, options: SharedOptions, terminal: Terminal): Promise<number> {
  const isName = parseAddress(word) === null && !HEX.test(word) && !DOTTED.test(word) && NAME.test(word)
  const key = clientKey(isName ? await clientNamed(word, options, terminal) : word)
  const answer = await request(options, terminal, 'query', { service: 'dhcp', question: 'why', params: { key } })
  if (!Array.isArray(answer)) throw brokenAnswer('leases why')
  if (options.json === true) printJson(terminal, answer)
  else if (answer.length === 0) printNote(terminal, `nothing is remembered about ${printable(key)}`)
  else for (const line of decisionLines(answer, terminal.columns)) printLine(terminal, line)
  return answer.length === 0 ? EXIT.no : EXIT.ok
}

/** @throws CommandFailure when no lease has that name, or several do */
async function clientNamed(name: string, options: SharedOptions, terminal: Terminal): Promise<string> {
  const leases = await fetchLeases(options, terminal, true)
  const found = leases.filter(({ hostname }) => hostname?.toLowerCase() === name.toLowerCase())
  const [only] = found
  if (only === undefined) throw new CommandFailure(EXIT.no, `no lease has the host name "${printable(name)}"`)
  if (found.length === 1) return only.mac === '' ? only.address : only.mac
  const all = found.map(({ address }) => address).join(', ')
  throw new CommandFailure(EXIT.usage, `several leases have the host name "${printable(name)}": give one of ${all}`)
}

/** The reason stands last, since it is a sentence. */
const FIELDS = ['at', 'times', 'mac', 'type', 'outcome', 'address', 'relay', 'reason']

function decisionLines(decisions: readonly unknown[], columns: number | null): string[] {
  const rows = decisions.map((decision) => FIELDS.map((name) => ({ text: formatMoment(fieldText(decision, name)) })))
  return fitTable([FIELDS.map((name) => ({ text: name.toUpperCase() })), ...rows], columns).flat()
}
