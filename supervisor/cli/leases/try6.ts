import { formatAddress } from '../../../daemons/wire/address.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'
import { fieldText } from '../field-text.ts'
import { printable } from '../printable.ts'
import { request } from '../request.ts'
import { printJson, printLine, type Terminal } from '../terminal.ts'
import { fitTable } from '../text-table.ts'
import { accepted } from './change.ts'
import { domainNames } from './option-values.ts'
import type { TrialOptions } from './try.ts'

/** What describes a client of IPv4 alone. */
const OF_IPV4 = ['clientId', 'requested', 'circuitId', 'remoteId', 'vendorClass', 'userClass'] as const

/** By these a client has what it asked for. */
const GOOD = new Set(['advertise', 'reply', 'confirmed', 'information', 'released', 'declined'])

/** `lanward leases try --duid …`: what DHCPv6 would decide about such a client, and the reply; 1 when it is a no. */
export async function runTry6(options: TrialOptions, terminal: Terminal): Promise<number> {
  const foreign = OF_IPV4.find((name) => options[name] !== undefined)
  if (foreign !== undefined)
    throw new CommandFailure(EXIT.usage, `--${kebab(foreign)} is of DHCP for IPv4, --duid of DHCPv6: give one of them`)
  const { type, duid, iaid, address, mac, relay, interface: device, hostname } = options
  const params = {
    ...{ type, duid, iaid, address, relay, hostname },
    mac: mac?.replaceAll('.', ''),
    interface: device,
  }
  const report = accepted(await request(options, terminal, 'query', { service: 'dhcp', question: 'try', params }))
  if (options.json === true) printJson(terminal, report)
  else for (const line of reportLines(report, terminal.columns)) printLine(terminal, line)
  return GOOD.has(fieldText(report, 'outcome')) ? EXIT.ok : EXIT.no
}

function reportLines(report: unknown, columns: number | null): string[] {
  const field = (name: string): string => fieldText(report, name)
  const told = (name: string, before: string): string => (field(name) === '-' ? '' : `${before}${field(name)}`)
  const reply = fieldOf(report, 'reply')
  return [
    `${field('type')}: ${field('outcome')}${told('address', ' ')}${told('subnet', ' in ')}`,
    `because: ${field('reason')}`,
    ...(field('received_at') === '-' ? [] : [`as if it came to: ${field('received_at')}`]),
    ...(typeof reply !== 'object' || reply === null ? ['no reply'] : replyLines(reply, columns)),
  ]
}

function replyLines(reply: object, columns: number | null): string[] {
  const status = fieldText(reply, 'status')
  const rows = listOf(reply, 'options').flatMap((option) => {
    const code = Number(fieldText(option, 'code'))
    const { name, text } = OPTIONS.get(code) ?? { name: '-', text: hexText }
    const octets = Buffer.from(fieldText(option, 'hex'), 'hex')
    return text === null ? [] : [[{ text: String(code) }, { text: name }, { text: printable(text(octets)) }]]
  })
  return [
    `reply: ${fieldText(reply, 'type')}${status === '-' ? '' : `, ${status}`}`,
    ...listOf(reply, 'associations').flatMap(associationLines),
    '',
    ...fitTable([['CODE', 'OPTION', 'VALUE'].map((text) => ({ text })), ...rows], columns).flat(),
  ]
}

function associationLines(association: unknown): string[] {
  const field = (name: string): string => fieldText(association, name)
  const status = field('status')
  return [
    `IAID ${field('iaid')}: ${status === '-' ? `T1 ${seconds(field('t1_s'))}, T2 ${seconds(field('t2_s'))}` : status}`,
    ...listOf(association, 'addresses').map((one) => {
      const [preferred, valid] = ['preferred_s', 'valid_s'].map((name) => seconds(fieldText(one, name)))
      return `  ${fieldText(one, 'address')} preferred ${preferred}, valid ${valid}`
    }),
  ]
}

interface Shown {
  readonly name: string
  /** The value for people; null = it is told elsewhere in the report. */
  readonly text: ((octets: Buffer) => string) | null
}

const hexText = (octets: Buffer): string => octets.toString('hex')

const addressesText = (octets: Buffer): string =>
  Array.from({ length: octets.length / 16 }, (_, at) => formatAddress(octets.subarray(16 * at, 16 * at + 16), 16)).join(
    ' ',
  )

const secondsText = (octets: Buffer): string => (octets.length === 4 ? seconds(octets.readUInt32BE()) : hexText(octets))

/** Behind suboption 1 and its length stands one address. @rfc 5908 section 4.1 */
const ntpText = (octets: Buffer): string =>
  octets.length === 20 ? formatAddress(octets.subarray(4), 16) : hexText(octets)

const OPTIONS: ReadonlyMap<number, Shown> = new Map<number, Shown>([
  [1, { name: 'client-identifier', text: hexText }],
  [2, { name: 'server-identifier', text: hexText }],
  [3, { name: 'ia-na', text: null }],
  [13, { name: 'status-code', text: null }],
  [23, { name: 'dns-servers', text: addressesText }],
  [24, { name: 'domain-search', text: (octets) => domainNames(octets)?.join(' ') ?? hexText(octets) }],
  [31, { name: 'sntp-servers', text: addressesText }],
  [32, { name: 'information-refresh-time', text: secondsText }],
  [39, { name: 'client-fqdn', text: (octets) => domainNames(octets.subarray(1))?.join(' ') ?? hexText(octets) }],
  [56, { name: 'ntp-server', text: ntpText }],
  [82, { name: 'sol-max-rt', text: secondsText }],
  [103, { name: 'captive-portal', text: (octets) => octets.toString('utf8') }],
])

function seconds(number: string | number): string {
  return Number(number) === 0xffffffff ? 'for ever' : `${number} s`
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function fieldOf(record: unknown, name: string): unknown {
  return typeof record === 'object' && record !== null ? Reflect.get(record, name) : undefined
}

function listOf(record: unknown, name: string): readonly unknown[] {
  const list = fieldOf(record, name)
  return Array.isArray(list) ? list : []
}
