import type { SyslogMessage } from '../../daemons/syslog/parse/message.ts'
import { parseMessage } from '../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../daemons/syslog/parse/time-inference.ts'
import type { Comparison } from './difference.ts'

type Expectation = Record<string, unknown>
/** A line and the fields that a reference parser finds in it. */
export interface MessageCase {
  readonly id: number
  readonly raw: string
  readonly expect: Expectation
  readonly accept?: readonly Expectation[]
  readonly encoding?: 'latin1'
  readonly msg_cmp?: 'strip1'
}

const context = {
  receiveMs: Date.UTC(2019, 5, 1),
  inference: new TimeInference(() => 0),
  local: false,
  dialect: null,
}

/** Compares `parseMessage` with what the reference parsers make of their own test lines. */
export function compareMessages(cases: readonly MessageCase[]): Comparison {
  const differences = cases.flatMap((one) => {
    const text = one.encoding === 'latin1' ? decode(one.raw) : one.raw
    const message = parseMessage(text, context)
    const wanted = [one.expect, ...(one.accept ?? []).map((other) => ({ ...one.expect, ...other }))]
    const found = wanted.map((expectation) => disagreements(expectation, message, one, text))
    return found.some((list) => list.length === 0)
      ? []
      : [{ id: one.id, text: `${JSON.stringify(one.raw.slice(0, 120))}: ${found[0]?.join('; ')}` }]
  })
  return { total: cases.length, differences }
}

function decode(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}

function disagreements(expectation: Expectation, message: SyslogMessage, one: MessageCase, text: string): string[] {
  return Object.entries(expectation).flatMap(([key, wanted]) => {
    const got = observed(key, message, text)
    if (got === SKIP) return []
    const [left, right] = key === 'msg' && one.msg_cmp === 'strip1' ? [strip(wanted), strip(got)] : [wanted, got]
    const text8 = one.encoding === 'latin1' && typeof left === 'string' ? decode(left) : left
    const expected = key === 'timestamp_iso' && typeof text8 === 'string' ? sameInstant(text8) : text8
    return JSON.stringify(sorted(expected)) === JSON.stringify(sorted(right))
      ? []
      : [`${key} ${JSON.stringify(expected)} <> ${JSON.stringify(right)}`]
  })
}

const SKIP = Symbol('not asked')

function observed(key: string, message: SyslogMessage, text: string): unknown {
  const bad =
    text.includes('\u{fffd}') ||
    message.flags.some((flag) => !['bom', 'trailing-lf', 'trailing-nul', 'long-field'].includes(flag))
  const sd = Object.fromEntries(
    (message.structuredData ?? []).map((each) => [each.sdId, Object.fromEntries(each.params)]),
  )
  const cisco = /%([A-Z0-9_-]+?)-(\d)-([A-Z0-9_]+)/.exec(`${message.app}: ${message.msg}`)
  switch (key) {
    case 'facility':
    case 'severity':
    case 'version':
    case 'app':
      return message[key]
    case 'hostname':
      return message.host
    case 'procid':
      return message.procId
    case 'msgid':
      return message.msgId
    case 'timestamp_text':
      return message.timeText
    case 'timestamp_iso':
      return message.time === null ? null : sameInstant(message.time)
    case 'timestamp_local':
      return (
        message.time
          ?.slice(0, 23)
          .replace(/(\.\d*?)0*(Z|$)/, '$1')
          .replace(/Z$/, '') ?? null
      )
    case 'timestamp_valid':
      return message.time !== null
    case 'sd':
      return message.format === 'rfc3164' ? {} : sd
    case 'msg':
      return message.msg
    case 'pri_valid':
      return !message.flags.includes('bad-pri') && !message.flags.includes('no-pri')
    case 'rfc5424_valid':
      return message.format === 'rfc5424' && !bad
    case 'sequence_id':
      return message.structuredData?.find((each) => each.sdId === 'meta')?.params[0]?.[1] ?? null
    case 'cisco':
      return cisco === null ? null : { facility: cisco[1], severity: cisco[2], mnemonic: cisco[3] }
    case 'cisco_msg':
      return message.msg.startsWith('%') ? message.msg : `${message.app}: ${message.msg}`
    case 'cisco_cpu_module':
      return message.structuredData?.find((each) => each.sdId === 'cisco@9')?.params[0]?.[1] ?? null
    case 'empty':
      return text === ''
    default:
      return SKIP
  }
}

/** UTC with the fraction to the microsecond, less its trailing zeros. */
function sameInstant(time: string): string {
  const fraction = /\.(\d{1,6})/.exec(time)?.[1]?.replace(/0+$/, '') ?? ''
  const whole = new Date(Math.floor(Date.parse(time) / 1000) * 1000).toISOString().slice(0, 19)
  return fraction === '' ? `${whole}Z` : `${whole}.${fraction}Z`
}

function strip(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^ /, '') : value
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  return Object.entries(value)
    .map(([key, inner]) => [key, sorted(inner)])
    .sort()
}
