import type { Flag, SyslogMessage } from '../parse/message.ts'
import { readMessageText } from '../parse/message-text.ts'
import type { ParseContext } from '../parse/parse-context.ts'
import { parseMessage } from '../parse/parse-message.ts'
import { FACILITIES, SEVERITIES } from '../parse/pri.ts'
import { DIALECTS, type Dialect } from '../senders/dialect.ts'
import { byteOffsets } from './byte-offsets.ts'
import { FLAG_REASONS } from './flag-reasons.ts'
import { type FieldSpan, type Rule, SpanRecord } from './span-record.ts'

/** A field, what it holds, and the bytes that it was read from. */
export interface ExplainedField extends FieldSpan {
  /** null where `-` stands for nothing. */
  readonly value: string | null
}

/** The fields of a message by their stored names. */
export type FieldValues = Readonly<Record<string, string | null>>

export interface Explanation {
  /** The message as text. */
  readonly text: string
  readonly bytes: number
  readonly rule: Rule
  /** What was pinned of the sender. */
  readonly dialect: Dialect | null
  /** In the order in which they stand there; offsets are bytes, `end` behind the field. */
  readonly fields: readonly ExplainedField[]
  readonly values: FieldValues
  readonly flags: readonly { readonly flag: Flag; readonly reason: string }[]
  /** Dialects under which something changes, and what. */
  readonly others: readonly {
    readonly dialect: Dialect | null
    readonly changes: Readonly<Record<string, { readonly from: string | null; readonly to: string | null }>>
  }[]
}

/** Reads a message as the collector does, and tells how; never throws. @param bytes one message as it came */
export function explainMessage(bytes: Buffer, context: Omit<ParseContext, 'spans'>): Explanation {
  const { text, valid } = readMessageText(bytes, 0, bytes.length)
  const spans = new SpanRecord()
  const message = parseMessage(text, { ...context, spans })
  const offsets = byteOffsets(bytes)
  const values = valuesOf(message)
  const flags = valid ? message.flags : [...message.flags, 'not-utf8' as const]
  const others = [null, ...DIALECTS].flatMap((dialect) => {
    if (dialect === context.dialect) return []
    const changes = changesBetween(values, valuesOf(parseMessage(text, { ...context, dialect })))
    return Object.keys(changes).length === 0 ? [] : [{ dialect, changes }]
  })
  return {
    text,
    bytes: bytes.length,
    rule: spans.rule,
    dialect: context.dialect,
    fields: spans.spans
      .toSorted((left, right) => left.start - right.start)
      .map(({ start, end, ...field }) => ({
        ...field,
        start: offsets[start] ?? bytes.length,
        end: offsets[end] ?? bytes.length,
        value: valueAt(message, field, text.slice(start, end)),
      })),
    values,
    flags: flags.map((flag) => ({ flag, reason: FLAG_REASONS[flag] })),
    others,
  }
}

/** What a field holds in the end; `-` in RFC 5424 is nothing. */
function valueAt(
  message: SyslogMessage,
  { field, path }: Pick<FieldSpan, 'field' | 'path'>,
  text: string,
): string | null {
  switch (field) {
    case 'pri':
      return `${FACILITIES[message.facility]}.${SEVERITIES[message.severity]}`
    case 'version':
      return text
    case 'ts':
      return message.time
    case 'host':
      return message.host
    case 'app':
      return message.app
    case 'procid':
      return message.procId
    case 'msgid':
      return message.msgId
    case 'msg':
      return message.msg
    case 'sd':
      return path.length === 1 ? (path[0] ?? null) : sdValue(message, path, text)
  }
}

/** The value with this name that is written so, since a name may come twice. */
function sdValue({ structuredData }: SyslogMessage, [id, name]: readonly string[], text: string): string | null {
  const values = (structuredData ?? [])
    .filter(({ sdId }) => sdId === id)
    .flatMap(({ params }) => params.filter(([key]) => key === name).map(([, value]) => value))
  const plain = text.replace(/\\(["\\\]])/g, '$1')
  return values.find((value) => value === text || value === plain) ?? values[0] ?? null
}

function valuesOf(message: SyslogMessage): FieldValues {
  const sd = message.structuredData
  return {
    pri: `${FACILITIES[message.facility]}.${SEVERITIES[message.severity]}`,
    host: message.host,
    app: message.app,
    procid: message.procId,
    msgid: message.msgId,
    ts: message.time,
    sd: sd === null ? null : JSON.stringify(sd.map(({ sdId, params }) => [sdId, ...params])),
    msg: message.msg,
    format: message.format,
    flags: message.flags.length === 0 ? null : message.flags.join(' '),
  }
}

function changesBetween(
  from: FieldValues,
  to: FieldValues,
): Record<string, { from: string | null; to: string | null }> {
  const changed = Object.keys(from).filter((key) => from[key] !== to[key])
  return Object.fromEntries(changed.map((key) => [key, { from: from[key] ?? null, to: to[key] ?? null }]))
}
