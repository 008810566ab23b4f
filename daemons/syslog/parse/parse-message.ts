import type { Dialect } from '../senders/dialect.ts'
import { isDigit } from './iso-time.ts'
import type { Flag, SyslogMessage } from './message.ts'
import type { ParseContext } from './parse-context.ts'
import { DEFAULT_PRI, decodePri, type PriReading } from './pri.ts'
import { content, parseRfc3164 } from './rfc3164.ts'
import { parseRfc5424 } from './rfc5424.ts'

/**
 * Takes any text apart as a syslog message: RFC 5424 when it looks like it, else the BSD family, else raw. Every text
 * gives a message whose fields, or the text itself beside them (`exact` false), hold all of it.
 *
 * @returns the message; never throws, time linear in the length
 */
export function parseMessage(text: string, context: ParseContext): SyslogMessage {
  const trailer = trailerOf(text)
  let body = trailer === null ? text : text.slice(0, trailer.start)
  let leading = false
  if (body.charCodeAt(0) !== LESS) {
    const start = startOfPri(body, text)
    if (start > 0) {
      body = body.slice(start)
      leading = true
      if (context.spans != null) context.spans.shift = start
    }
  }
  const message = parseBody(body, context)
  if (!leading && trailer === null) return message
  if (trailer !== null) message.flags.push(trailer.flag)
  if (leading && trailer?.flag !== 'trimmed') message.flags.push('trimmed')
  return leading || trailer?.flag === 'trimmed' ? { ...message, exact: false } : message
}

function parseBody(text: string, context: ParseContext): SyslogMessage {
  const reading = decodePri(text)
  if (reading.kind === 'pri') context.spans?.note('pri', 0, reading.end)
  if (context.dialect !== null) return parseKnown(text, reading, context.dialect, context)
  if (reading.kind === 'pri') {
    return (
      parseRfc5424(text, reading.end, reading.pri, context) ??
      parseRfc3164(text, reading.end, reading.pri, false, context)
    )
  }
  if (reading.kind === 'bad') return flagged(parseBad(text, context), 'bad-pri')
  const modern = parseRfc5424(text, 0, DEFAULT_PRI, context)
  if (modern?.time != null) return flagged(modern, 'no-pri')
  context.spans?.cutTo(0)
  return flagged(parseRfc3164(text, 0, DEFAULT_PRI, true, context), 'no-pri')
}

/** Of a sender that is known to write in one way, nothing else is tried. */
function parseKnown(text: string, reading: PriReading, dialect: Dialect, context: ParseContext): SyslogMessage {
  const pri = reading.kind === 'pri' ? reading.pri : DEFAULT_PRI
  const start = reading.kind === 'pri' ? reading.end : 0
  const bsd = dialect !== 'rfc5424' && dialect !== 'raw' ? parseRfc3164(text, start, pri, start === 0, context) : null
  const message =
    bsd ??
    (dialect === 'rfc5424' ? parseRfc5424(text, start, pri, context) : null) ??
    content(text, start, pri, true, context)
  return reading.kind === 'pri' ? message : flagged(message, reading.kind === 'bad' ? 'bad-pri' : 'no-pri')
}

/** Behind a bad PRI nothing can be trusted: all of it is content, as if nothing had stood in front. */
function parseBad(text: string, context: ParseContext): SyslogMessage {
  return parseRfc3164(text, 0, DEFAULT_PRI, true, context)
}

function flagged(message: SyslogMessage, flag: Flag): SyslogMessage {
  message.flags.push(flag)
  return message
}

/** Line ends and NULs that senders put behind a message; one LF or NUL has a flag of its own. */
function trailerOf(text: string): { start: number; flag: Flag } | null {
  let start = text.length
  let ended = false
  for (; start > 0; start--) {
    const code = text.charCodeAt(start - 1)
    if (code === 10 || code === 13 || code === 0) ended = true
    else if (code !== 32 && code !== 9) break
  }
  if (!ended) return null
  // Spaces before the line end are the message's own.
  let end = start
  while (end < text.length && (text.charCodeAt(end) === 32 || text.charCodeAt(end) === 9)) end++
  if (end === text.length - 1 && text.charCodeAt(end) === 10) return { start: end, flag: 'trailing-lf' }
  if (end === text.length - 1 && text.charCodeAt(end) === 0) return { start: end, flag: 'trailing-nul' }
  return { start: end, flag: 'trimmed' }
}

/**
 * Where PRI stands behind what does not belong to a message: white space, a byte order mark, and the octet count of a sender
 * who frames datagrams as if they were a stream (RFC 6587 section 3.4.1). 0 = nothing of that is there.
 *
 * @param whole with the line end, which may have been counted or not
 */
function startOfPri(body: string, whole: string): number {
  let at = 0
  while (body.charCodeAt(at) <= 32 || body.charCodeAt(at) === BYTE_ORDER_MARK) at++
  if (at === 0 && isDigit(body.charCodeAt(0))) {
    const counted = /^[1-9]\d{0,4} (?=<\d{1,3}>)/.exec(body)?.[0] ?? ''
    const octets = Number(counted) + counted.length
    if (octets >= Buffer.byteLength(body) && octets <= Buffer.byteLength(whole)) at = counted.length
  }
  return body.charCodeAt(at) === LESS ? at : 0
}

const LESS = 60
const BYTE_ORDER_MARK = 0xfeff
