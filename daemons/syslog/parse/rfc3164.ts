import type { FieldSpan, SpanRecord } from '../explain/span-record.ts'
import { type CiscoPrefix, noPrefix, type PrefixField, readCiscoPrefix } from './cisco-prefix.ts'
import { type ModernFields, type Rest, readHostAndTag, readTagOnly, readUntimedHost } from './host-and-tag.ts'
import type { Flag, SdElement, SyslogMessage } from './message.ts'
import { readOddTime } from './odd-time.ts'
import type { ParseContext } from './parse-context.ts'
import { isDelimited, skipSpaces } from './spaces.ts'
import { readStructuredData } from './structured-data.ts'
import { completeTimestamp, readTimestamp, type TimeReading } from './timestamp.ts'

/**
 * Takes a message of the BSD family apart: the RFC's own form and what devices really send (no host, no time, ISO
 * times, VERSION in front, Cisco sequence numbers and clock marks, relayed by AIX, tags without colon). What has no
 * header at all is `raw`: everything is `msg`, never is its first word taken for a host.
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
  const at = skipSpaces(text, start)
  const plainTime = readTimestamp(text, at, context.receiveMs, context.inference)
  const odd = plainTime === null && !bare ? readOddTime(text, at, context) : null
  const timeStart = odd?.start ?? at
  const prefix =
    plainTime !== null ? NO_PREFIX : odd === null ? readCiscoPrefix(text, at, context) : noPrefix(timeStart)
  const time = plainTime ?? odd?.time ?? timeBehind(text, prefix, context)
  if (time !== null && !isDelimited(text, time.end)) return content(text, start, pri, at === start, context)
  const rest =
    time !== null || prefix.flags.length > 0 || (context.dialect === 'rfc3164' && !bare)
      ? readHostAndTag(text, time?.end ?? prefix.end, prefix.origin !== null, prefix.end > at, context)
      : ((bare ? null : readTagOnly(text, prefix.end, prefix.end > at)) ?? readUntimedHost(text, at, bare))
  if (rest === null) return content(text, start, pri, bare || at === start, context)
  const { host, tag, relayed, modern } = rest
  const cisco = relayed === null ? prefix : withRelayed(prefix, relayed)
  const flags: Flag[] = cisco.flags.length === 0 ? [] : [...cisco.flags]
  if (time !== null) for (const flag of time.flags) flags.push(flag)
  if (tag !== null && !tag.colon && modern === null) flags.push('tag-guessed')
  if (context.spans != null) {
    const isCisco = relayed !== null || prefix.end > timeStart || prefix.flags.length > 0
    context.spans.rule = isCisco ? 'cisco' : time === null && host === null ? 'tag' : 'time-host-tag'
    noteSpans(context.spans, text, Math.max(timeStart, prefix.end), time, cisco, rest)
  }
  return {
    facility: pri >> 3,
    severity: pri & 7,
    version: null,
    time: time?.time ?? null,
    timeText: time === null || time.text === '' ? null : time.text,
    host: host ?? cisco.origin?.text ?? null,
    app: tag === null ? null : tag.name,
    procId: modern !== null ? modern.procId : tag === null ? null : tag.procId,
    msgId: modern === null ? null : modern.msgId,
    structuredData: modern?.structuredData?.elements ?? ciscoData(cisco),
    msg: text.slice(rest.msg),
    format: 'rfc3164',
    flags,
    exact: at === start && (plainTime !== null || prefix.end === at) && rest.exact && isExactTime(text, time),
  }
}

function timeBehind(text: string, { end, time }: CiscoPrefix, context: ParseContext): TimeReading | null {
  return time === null ? null : completeTimestamp(text, end, time, context.receiveMs, context.inference)
}

/** Of a message that begins with its time; nobody asks where it ends. */
const NO_PREFIX = noPrefix(-1)

/** No header: all behind PRI is content. @rfc 3164 section 4.3.3 */
export function content(
  text: string,
  start: number,
  pri: number,
  exact: boolean,
  context: ParseContext,
): SyslogMessage {
  const at = exact ? start : skipSpaces(text, start)
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

/** The stored time must give back what stood there: nothing lost to a colon or a zone name. */
function isExactTime(text: string, time: TimeReading | null): boolean {
  return time === null || (time.exact && isDelimited(text, time.end))
}

/** The number that a relay was told goes in front of the one behind its header. */
function withRelayed({ sequence }: CiscoPrefix, relayed: CiscoPrefix): CiscoPrefix {
  return sequence === null ? relayed : { ...relayed, sequence, innerSequence: relayed.sequence }
}

/** Tells where everything stood; called of messages that somebody asks about. */
function noteSpans(
  spans: SpanRecord,
  text: string,
  timeStart: number,
  time: TimeReading | null,
  cisco: CiscoPrefix,
  { host, hostStart, tag, msg, modern }: Rest,
): void {
  const { sequence, innerSequence, origin, module } = cisco
  const note = spans.note.bind(spans)
  const noteField = (name: FieldSpan['field'], field: PrefixField | null, path?: readonly string[]) =>
    field === null ? undefined : note(name, field.start, field.start + field.text.length, path)
  noteField('sd', sequence, ['meta', 'sequenceId'])
  noteField('sd', innerSequence, ['cisco@9', 'sequence'])
  if (host === null) noteField('host', origin)
  noteField('sd', module, ['cisco@9', 'module'])
  // Of NILVALUE nothing is kept but that it stood there.
  if (time !== null) note('ts', timeStart, timeStart + Math.max(1, time.text.length))
  if (host !== null) note('host', hostStart, hostStart + host.length)
  if (tag !== null) {
    note('app', tag.start, tag.start + tag.name.length)
    const pid = tag.start + tag.name.length + 1
    if (tag.procId !== null) note('procid', pid, pid + tag.procId.length)
  }
  if (modern !== null) noteModern(spans, text, modern)
  note('msg', Math.min(msg, text.length), text.length)
}

function noteModern(spans: SpanRecord, text: string, { procId, msgId, start }: ModernFields): void {
  const msgIdStart = text.indexOf(' ', start) + 1
  const sdStart = text.indexOf(' ', msgIdStart) + 1
  if (procId !== null) spans.note('procid', start, start + procId.length)
  if (msgId !== null) spans.note('msgid', msgIdStart, msgIdStart + msgId.length)
  if (text[sdStart] === '[') readStructuredData(text, sdStart, spans)
}

function sequenceData({ text }: PrefixField): SdElement {
  return { sdId: 'meta', params: [['sequenceId', text]] }
}

/** Sequence number and module have no field of their own: they go where RFC 5424 has a place for them. */
function ciscoData({ sequence, innerSequence, module }: CiscoPrefix): SyslogMessage['structuredData'] {
  if (sequence === null && module === null) return null
  if (module === null && innerSequence === null) return sequence === null ? null : [sequenceData(sequence)]
  const own = [
    ...(module === null ? [] : [['module', module.text] as const]),
    ...(innerSequence === null ? [] : [['sequence', innerSequence.text] as const]),
  ]
  return [...(sequence === null ? [] : [sequenceData(sequence)]), { sdId: 'cisco@9', params: own }]
}
