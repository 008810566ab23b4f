import { brokenAnswer } from '../control/control-client.ts'
import { withLeaseNames } from './client-names.ts'
import { EXIT } from './exit-code.ts'
import { fieldText } from './field-text.ts'
import { paintFor } from './paint.ts'
import { request, type SharedOptions } from './request.ts'
import { formatSpan } from './span-text.ts'
import { printJson, printLine, printNote, type Terminal } from './terminal.ts'
import { fitTable } from './text-table.ts'

/** `lanward senders`: who sends logs, how, since when, and whose clock or silence is remarkable. */
export async function runSenders(
  options: SharedOptions & { readonly toml?: boolean },
  terminal: Terminal,
): Promise<number> {
  const answer = await request(options, terminal, 'query', { service: 'syslog', question: 'senders', params: {} })
  if (!Array.isArray(answer)) throw brokenAnswer('senders')
  const senders = await withLeaseNames(answer, options, terminal)
  if (options.json === true) printJson(terminal, senders)
  else if (senders.length === 0) printNote(terminal, 'nobody has sent anything yet')
  else if (options.toml === true) for (const line of senders.flatMap(pinLines)) printLine(terminal, line)
  else for (const line of senderLines(senders, terminal)) printLine(terminal, line)
  return EXIT.ok
}

function senderLines(senders: readonly unknown[], { colour, columns }: Terminal): string[] {
  const paint = paintFor(colour)
  const headings = [
    'ADDRESS',
    'NAME',
    'HOSTS',
    'APPS',
    'MESSAGES',
    'RATE',
    'FIRST SEEN',
    'LAST SEEN',
    'DIALECT',
    'CLOCK',
    '',
  ]
  const rows = senders.map((sender) => {
    const field = (name: string): string => fieldText(sender, name)
    return [
      { text: field('address') },
      { text: field('name') },
      { text: namesOf(sender, 'hosts') },
      { text: namesOf(sender, 'apps') },
      { text: field('messages') },
      { text: `${field('rate_per_s')}/s` },
      { text: field('first_seen').slice(0, 16) },
      { text: `${formatSpan(Number(field('silent_s')))} ago` },
      { text: pinText(sender) },
      { text: clockText(sender) },
      { text: remarks(sender).join('; '), paint: (text: string) => paint('warn', text) },
    ]
  })
  const head = headings.map((text) => ({ text, paint: (cell: string) => paint('faint', cell) }))
  return fitTable([head, ...rows], columns).flat()
}

function namesOf(sender: unknown, key: string): string {
  const names: unknown = key in Object(sender) ? Object(sender)[key] : null
  if (!Array.isArray(names) || names.length === 0) return '-'
  const shown = names.slice(0, SHOWN_NAMES).map((name: unknown) => fieldText({ name }, 'name'))
  return [...shown, ...(names.length > SHOWN_NAMES ? ['…'] : [])].join(' ')
}

function pinText(sender: unknown): string {
  const pinned = pinOf(sender)
  return pinned.dialect === '-' ? fieldText(sender, 'dialect') : `${pinned.dialect} (pinned)`
}

/** `+1.2 s` = the device's clock is behind ours by that. */
function clockText(sender: unknown): string {
  const skew = Number(fieldText(sender, 'clock_skew_s'))
  const zone = fieldText(sender, 'zone')
  const { timezone } = pinOf(sender)
  if (zone === 'guessed' || zone === 'fitted') return `zone ${zone}`
  if (!Number.isFinite(skew)) return '-'
  const error = Math.abs(skew) < EXACT_S ? 'right' : `${formatSpan(Math.abs(skew))} ${skew > 0 ? 'behind' : 'ahead'}`
  return zone === 'pinned' ? `${error}, ${timezone}` : error
}

function remarks(sender: unknown): string[] {
  const missing = Number(fieldText(sender, 'sequence_missing'))
  const usual = Number(fieldText(sender, 'usual_silence_s'))
  return [
    ...(fieldText(sender, 'silent') === 'true' ? [`silent, usually at most ${formatSpan(usual)}`] : []),
    ...(missing > 0 ? [`${missing} missing in its numbering`] : []),
  ]
}

/** What was learned, as sections to put into the configuration. */
function pinLines(sender: unknown): string[] {
  const address = fieldText(sender, 'address')
  const dialect = fieldText(sender, 'dialect')
  if (address === 'unix' || dialect === '-') return []
  const { timezone } = pinOf(sender)
  const known = timezone === '-' ? [] : [`timezone = "${timezone}"`]
  const guessed = ['guessed', 'fitted'].includes(fieldText(sender, 'zone'))
  const zone = guessed ? ['# timezone = "Europe/Berlin"    # its times name no zone'] : known
  const hosts = namesOf(sender, 'hosts')
  const mixed = mixedDialects(sender)
  if (mixed !== null) return [`# ${address} writes in several ways (${mixed}): a pin would misread some of it`, '']
  return [
    `[[syslog.sender]]${hosts === '-' ? '' : `    # ${hosts}`}`,
    `address = "${address}"`,
    `dialect = "${dialect}"`,
    ...zone,
    '',
  ]
}

/** The ways in which a sender writes, when a pin of the one would misread the other; else null. */
function mixedDialects(sender: unknown): string | null {
  const all: unknown = 'dialects' in Object(sender) ? Object(sender).dialects : []
  const dialects = (Array.isArray(all) ? all : []).map((name: unknown) => fieldText({ name }, 'name'))
  const read = dialects.filter((name) => name !== 'raw')
  const mostlyRaw = fieldText(sender, 'dialect') === 'raw' && read.length > 0
  return mostlyRaw || (read.length > 1 && read.includes('rfc5424')) ? dialects.join(', ') : null
}

function pinOf(sender: unknown): { readonly dialect: string; readonly timezone: string } {
  const pinned: unknown = 'pinned' in Object(sender) ? Object(sender).pinned : null
  return { dialect: fieldText(pinned, 'dialect'), timezone: fieldText(pinned, 'timezone') }
}

const SHOWN_NAMES = 3
/** Times are rounded to seconds, and messages take their way. */
const EXACT_S = 2
