import { KNOWN_OPTIONS } from '../../../config/dhcp-options/known-options.ts'
import { TAKEN_NAMES } from '../../../config/dhcp-options/taken-options.ts'
import { formatIpv4 } from '../../../daemons/wire/address.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'
import { fieldText } from '../field-text.ts'
import { printable } from '../printable.ts'
import { request, type SharedOptions } from '../request.ts'
import { printJson, printLine, type Terminal } from '../terminal.ts'
import { fitTable } from '../text-table.ts'
import { accepted } from './change.ts'
import { classlessRoutes, domainNames } from './option-values.ts'

/** A client as the options of the command describe it. */
export interface TrialOptions extends SharedOptions {
  readonly type?: string
  readonly mac?: string
  readonly clientId?: string
  readonly requested?: string
  readonly relay?: string
  readonly circuitId?: string
  readonly remoteId?: string
  readonly interface?: string
  readonly hostname?: string
  /** Of DHCPv6, as the two that follow. */
  readonly duid?: string
  readonly iaid?: string
  readonly address?: string
  readonly vendorClass?: string
  readonly userClass?: string
}

/** `lanward leases try`: what would be decided about such a client, and the reply; 1 when it would get no address. A DUID makes it one of DHCPv6. */
export async function runTry(options: TrialOptions, terminal: Terminal): Promise<number> {
  if (options.duid !== undefined) {
    const { runTry6 } = await import('./try6.ts')
    return runTry6(options, terminal)
  }
  if (options.iaid !== undefined || options.address !== undefined || options.relay?.includes(':') === true)
    throw new CommandFailure(EXIT.usage, 'describe the client of DHCPv6: --duid')
  if (options.mac === undefined && options.clientId === undefined)
    throw new CommandFailure(EXIT.usage, 'describe the client: --mac, or --client-id, or both; or --duid for DHCPv6')
  const params = {
    type: options.type,
    mac: options.mac?.replaceAll('.', ''),
    client_id: options.clientId,
    requested: options.requested,
    relay: options.relay,
    circuit_id: options.circuitId,
    remote_id: options.remoteId,
    interface: options.interface,
    hostname: options.hostname,
    vendor_class: options.vendorClass,
    user_class: options.userClass,
  }
  const report = accepted(await request(options, terminal, 'query', { service: 'dhcp', question: 'try', params }))
  if (options.json === true) printJson(terminal, report)
  else for (const line of reportLines(report, terminal.columns)) printLine(terminal, line)
  const outcome = fieldText(report, 'outcome')
  return outcome === 'offer' || outcome === 'ack' ? EXIT.ok : EXIT.no
}

function reportLines(report: unknown, columns: number | null): string[] {
  const [type, outcome, reason] = ['type', 'outcome', 'reason'].map((name) => fieldText(report, name))
  const address = fieldText(report, 'address')
  const subnet = fieldText(report, 'subnet')
  const via = fieldText(report, 'received_at')
  const head = [
    `${type}: ${outcome}${address === '-' ? '' : ` ${address}`}${subnet === '-' ? '' : ` in ${subnet}`}`,
    `because: ${reason}`,
    ...(via === '-' ? [] : [`as if it came to: ${via}`]),
  ]
  const reply = typeof report === 'object' && report !== null && 'reply' in report ? report.reply : null
  if (typeof reply !== 'object' || reply === null) return [...head, 'no reply']
  const options: unknown = 'options' in reply ? reply.options : []
  const rows = (Array.isArray(options) ? options : []).map((option: unknown) => {
    const [code, hex] = [Number(fieldText(option, 'code')), fieldText(option, 'hex')]
    return [{ text: String(code) }, { text: optionName(code) }, { text: printable(optionText(code, hex)) }]
  })
  const boot = [
    ['next server', fieldText(reply, 'next_server')],
    ['server name', fieldText(reply, 'server_name')],
    ['boot file', fieldText(reply, 'boot_file')],
  ].flatMap(([what, value]) => (value === '-' ? [] : [`, ${what} ${value}`]))
  return [
    ...head,
    `reply: ${fieldText(reply, 'type')} to ${fieldText(reply, 'to')}${boot.join('')}`,
    '',
    ...fitTable([['CODE', 'OPTION', 'VALUE'].map((text) => ({ text })), ...rows], columns).flat(),
  ]
}

/** Options that only the server sets, by how their value is shown; see `TAKEN_NAMES`. */
const ADDRESSES: ReadonlySet<number> = new Set([1, 3, 6, 7, 9, 28, 42, 50, 54])
const SECONDS: ReadonlySet<number> = new Set([51, 58, 59])
const WORDS: ReadonlySet<number> = new Set([12, 15, 56])
const MESSAGE_TYPES = ['', 'DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM']

const SERVER_NAMES = new Map([
  [53, 'message-type'],
  [58, 'renewal-time'],
  [59, 'rebinding-time'],
])

function optionName(code: number): string {
  const known = KNOWN_OPTIONS.get(code)?.name ?? SERVER_NAMES.get(code)
  return known ?? [...TAKEN_NAMES].find(([, taken]) => taken === code)?.[0] ?? '-'
}

/** The value for people; hex where its form is not told by its code. */
function optionText(code: number, hex: string): string {
  const octets = Buffer.from(hex, 'hex')
  const form = KNOWN_OPTIONS.get(code)?.form
  if (code === 53) return MESSAGE_TYPES[octets[0] ?? 0] ?? hex
  if (SECONDS.has(code) && octets.length === 4) {
    const seconds = octets.readUInt32BE()
    return seconds === 0xffffffff ? 'for ever' : `${seconds} s`
  }
  if ((ADDRESSES.has(code) || form?.startsWith('ipv4') === true) && octets.length % 4 === 0)
    return Array.from({ length: octets.length / 4 }, (_, at) => formatIpv4(octets.readUInt32BE(4 * at))).join(' ')
  if (form === 'domains') return domainNames(octets)?.join(' ') ?? hex
  if (form === 'routes') return classlessRoutes(octets)?.join(', ') ?? hex
  if (WORDS.has(code) || form === 'string') return octets.toString('utf8')
  if ((form === 'u8' || form === 'u16' || form === 'u32') && octets.length > 0 && octets.length <= 4)
    return String(octets.readUIntBE(0, octets.length))
  return hex
}
