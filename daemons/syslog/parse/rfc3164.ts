import type { FieldSpan, SpanRecord } from '../explain/span-record.ts'
import { type CiscoPrefix, noPrefix, type PrefixField, readCiscoPrefix } from './cisco-prefix.ts'
import type { Flag, SyslogMessage } from './message.ts'
import type { ParseContext } from './parse-context.ts'
import { type Host, readHost, readTag, type Tag } from './tag.ts'
import { readTimestamp, type TimeReading } from './timestamp.ts'

/**
 * Takes a message of the BSD family apart: the RFC's own form and what devices really send (no host, no time, ISO
 * times, Cisco sequence numbers and clock marks, relayed by AIX, tags without colon). What has no header at all is
 * `raw`: everything is `msg`, never is its first word taken for a host.
 *
 * @rfc 3164 section 4
 * @param start offset behind PRI
 * @param pri null = there was none or a bad one; then only a time makes a header
 * @returns always a message; never throws
 */
export function parseRfc3164(
  text: string,
  start: number,
  pri: number,
  bare: boolean,
  context: ParseContext,
): SyslogMessage {
  let at = start
  while (text.charCodeAt(at) === SPACE) at++
  const plainTime = readTimestamp(text, at, context.receiveMs, context.inference)
  const cisco = plainTime === null ? readCiscoPrefix(text, at, context) : noPrefix(at)
  const time = plainTime ?? readTimestamp(text, cisco.end, context.receiveMs, context.inference)
  if (bare && time === null) return content(text, start, pri, true, context)
  if (time !== null && !isDelimited(text, time.end)) return content(text, start, pri, at === start, context)
  const flags: Flag[] = cisco.flags.length === 0 ? [] : [...cisco.flags]
  if (time !== null) for (const flag of time.flags) flags.push(flag)
  const rest =
    time === null && cisco.flags.length === 0 && context.dialect !== 'rfc3164'
      ? readTagOnly(text, cisco.end, cisco.end > at)
      : readHostAndTag(text, time === null ? cisco.end : time.end, cisco.origin !== null, context)
  if (rest === null) return content(text, start, pri, at === start, context)
  if (rest.tag?.colon === false) flags.push('tag-guessed')
  if (context.spans != null) noteSpans(context.spans, text, at, time, cisco, rest)
  return {
    facility: pri >> 3,
    severity: pri & 7,
    version: null,
    time: time?.time ?? null,
    timeText: time?.text ?? null,
    host: rest.host ?? cisco.origin?.text ?? null,
    app: rest.tag?.name ?? null,
    procId: rest.tag?.procId ?? null,
    msgId: null,
    structuredData: ciscoData(cisco),
    msg: text.slice(rest.msg),
    format: 'rfc3164',
    flags,
    exact: at === start && cisco.end === at && rest.exact && isExactTime(text, time),
  }
}

/** No header: all behind PRI is content. @rfc 3164 section 4.3.3 */
export function content(
  text: string,
  start: number,
  pri: number,
  exact: boolean,
  context: ParseContext,
): SyslogMessage {
  let at = start
  if (!exact) while (text.charCodeAt(at) === SPACE) at++
  context.spans?.note('msg', at, text.length)
  return {
    facility: pri >> 3,
    severity: pri & 7,
    version: null,
    time: null,
    timeText: null,
    host: null,
    app: null,
    procId: null,
    msgId: null,
    structuredData: null,
    msg: at === 0 ? text : text.slice(at),
    format: 'raw',
    flags: [],
    exact,
  }
}

interface Rest {
  readonly host: string | null
  /** Where the host begins; without one it says nothing. */
  readonly hostStart: number
  readonly tag: Tag | null
  /** Offset of MSG. */
  readonly msg: number
  readonly exact: boolean
}

/** Without a time no host is expected, and a tag must look like one: a name and a colon. */
function readTagOnly(text: string, at: number, sequenced: boolean): Rest | null {
  const tag = readTag(text, at)
  if (tag?.colon === true && isDelimited(text, tag.colonEnd))
    return { host: null, hostStart: at, tag, msg: tag.end, exact: tag.exact }
  return sequenced ? { host: null, hostStart: at, tag: null, msg: at, exact: false } : null
}

function readHostAndTag(text: string, timeEnd: number, named: boolean, context: ParseContext): Rest {
  const { dialect } = context
  const hostless = dialect === 'no-host' || dialect === 'cisco' || (context.local && dialect !== 'rfc3164')
  let at = timeEnd
  while (text.charCodeAt(at) === SPACE) at++
  const single = at === timeEnd || (at === timeEnd + 1 && at < text.length)
  if (text.startsWith(FORWARDED, at)) {
    const colon = text.indexOf(':', at)
    const behind = skipSpaces(text, colon + 1)
    const tag = colon < 0 ? null : readTag(text, behind)
    const hostStart = at + FORWARDED.length
    if (colon > 0) return { host: text.slice(hostStart, colon), hostStart, tag, msg: tag?.end ?? behind, exact: false }
  }
  const host = named ? null : (readHost(text, at, hostless) ?? hostBeforeTag(text, at, context))
  if (host === null) {
    if (isLoneColon(text, at)) return afterLoneColon(text, at, null, at)
    const tag = readTag(text, at)
    if (tag === null || (dialect === 'cisco' && !tag.colon))
      return { host: null, hostStart: at, tag: null, msg: at, exact: single }
    return { host: null, hostStart: at, tag, msg: tag.end, exact: single && tag.exact }
  }
  const hostStart = at
  at = host.end
  if (at === text.length) return { host: host.name, hostStart, tag: null, msg: at, exact: single && host.name !== null }
  const tagStart = skipSpaces(text, at)
  if (isLoneColon(text, tagStart)) return afterLoneColon(text, tagStart, host.name, hostStart)
  const tag = readTag(text, tagStart)
  const spaced = tagStart > at + 1
  const exact = single && host.name !== null && text.charCodeAt(at) === SPACE
  if (tag === null || (spaced && !tag.colon))
    return { host: host.name, hostStart, tag: null, msg: at + 1, exact: exact && at + 1 < text.length }
  const known = tag.name === '-' ? null : tag
  return { host: host.name, hostStart, tag: known, msg: tag.end, exact: exact && !spaced && tag.exact }
}

/** A local program that names a host after all, as `logger --rfc3164` does: the tag behind it has a colon. */
function hostBeforeTag(text: string, at: number, { local, dialect }: ParseContext): Host | null {
  const host = local && dialect === null ? readHost(text, at, false) : null
  if (host === null || text.charCodeAt(host.end) !== SPACE) return null
  return readTag(text, host.end + 1)?.colon === true ? host : null
}

/** `host : message` (Firepower) and a colon alone; a Cisco mnemonic may follow as the tag. */
function afterLoneColon(text: string, at: number, host: string | null, hostStart: number): Rest {
  const behind = skipSpaces(text, at + 1)
  const tag = text[behind] === '%' ? readTag(text, behind) : null
  return { host, hostStart, tag, msg: tag?.end ?? behind, exact: false }
}

function isLoneColon(text: string, at: number): boolean {
  return text[at] === ':' && isDelimited(text, at + 1)
}

function isDelimited(text: string, at: number): boolean {
  return at >= text.length || text.charCodeAt(at) === SPACE
}

function skipSpaces(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) === SPACE) at++
  return at
}

/** The stored time must give back what stood there: nothing lost to a colon or a zone name. */
function isExactTime(text: string, time: TimeReading | null): boolean {
  return time === null || (time.exact && (time.end >= text.length || text.charCodeAt(time.end) === SPACE))
}

/** Tells where everything stood; called of messages that somebody asks about. */
function noteSpans(
  spans: SpanRecord,
  text: string,
  at: number,
  time: TimeReading | null,
  cisco: CiscoPrefix,
  { host, hostStart, tag, msg }: Rest,
): void {
  const { sequence, innerSequence, origin, module } = cisco
  const isCisco = cisco.end > at || cisco.flags.length > 0
  spans.rule = isCisco ? 'cisco' : time === null && host === null ? 'tag' : 'time-host-tag'
  const note = spans.note.bind(spans)
  const noteField = (name: FieldSpan['field'], field: PrefixField | null, path?: readonly string[]) =>
    field === null ? undefined : note(name, field.start, field.start + field.text.length, path)
  noteField('sd', sequence, ['meta', 'sequenceId'])
  noteField('sd', innerSequence, ['cisco@9', 'sequence'])
  if (host === null) noteField('host', origin)
  noteField('sd', module, ['cisco@9', 'module'])
  const timeStart = cisco.end
  if (time !== null) note('ts', timeStart, timeStart + time.text.length)
  if (host !== null) note('host', hostStart, hostStart + host.length)
  if (tag !== null) {
    note('app', tag.start, tag.start + tag.name.length)
    const pid = tag.start + tag.name.length + 1
    if (tag.procId !== null) note('procid', pid, pid + tag.procId.length)
  }
  note('msg', Math.min(msg, text.length), text.length)
}

/** Sequence number and module have no field of their own: they go where RFC 5424 has a place for them. */
function ciscoData({ sequence, innerSequence, module }: CiscoPrefix): SyslogMessage['structuredData'] {
  if (sequence === null && module === null) return null
  const own = [
    ...(module === null ? [] : [['module', module.text] as const]),
    ...(innerSequence === null ? [] : [['sequence', innerSequence.text] as const]),
  ]
  return [
    ...(sequence === null ? [] : [{ sdId: 'meta', params: [['sequenceId', sequence.text] as const] }]),
    ...(own.length === 0 ? [] : [{ sdId: 'cisco@9', params: own }]),
  ]
}

const FORWARDED = 'Message forwarded from '
const SPACE = 32
