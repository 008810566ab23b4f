import { isDigit } from './iso-time.ts'
import type { SyslogMessage } from './message.ts'
import type { ParseContext } from './parse-context.ts'
import { parseMessage } from './parse-message.ts'

/** A header of RFC 3164 as several messages bear it, and what is made of it once for all of them. */
export interface SharedHeader {
  /** From the PRI to the space before MSG. */
  readonly text: string
  /** What a stored line says of it and its source, once one was written. */
  line: { readonly source: Uint8Array; readonly json: Uint8Array } | null
}

/**
 * Remembers the header of the last message of one source: a program that says much in a second puts the same in front of it
 * all, and only what is behind is new.
 */
export class RecentHeader {
  #header: SharedHeader | null = null
  #message: SyslogMessage | null = null
  #context: ParseContext | null = null
  /** Messages with other headers, since the last with the same. */
  #others = 0

  /** The same as `parseMessage` without spans, for messages of one source. */
  parse(text: string, context: ParseContext): SyslogMessage {
    const header = this.#header
    if (header !== null && this.#message !== null && this.#stillHolds(context) && isBehind(text, header.text)) {
      this.#others = 0
      return behindHeader(this.#message, text.slice(header.text.length), header)
    }
    const message = parseMessage(text, context)
    // To remember each of headers that alternate would cost more than it saves.
    if (this.#others++ % REMEMBERED === 0 && standsAlone(text, message)) {
      this.#header = { text: text.slice(0, text.length - message.msg.length), line: null }
      this.#message = { ...message, msg: '', flags: [...message.flags] }
      this.#context = context
    }
    return message
  }

  /** Whether a time without year and zone would be completed as it was. */
  #stillHolds({ receiveMs, inference, dialect }: ParseContext): boolean {
    const kept = this.#context
    if (kept === null || inference !== kept.inference || dialect !== kept.dialect) return false
    return Math.floor(receiveMs / 1000) === Math.floor(kept.receiveMs / 1000)
  }
}

/**
 * Whether a text begins with the header, ends in nothing that is cut off, and is not of a Cisco device behind a relay.
 * Headers that differ do so near their end.
 */
function isBehind(text: string, header: string): boolean {
  if (text.length < header.length || !(text.charCodeAt(text.length - 1) > SPACE)) return false
  for (let at = header.length - 1; at >= 0; at--) if (text.charCodeAt(at) !== header.charCodeAt(at)) return false
  const next = text.charCodeAt(header.length)
  if (next === PERCENT) return false
  return !(isDigit(next) || next === STAR) || !text.includes(': %', header.length)
}

/** Field by field: to copy all with `...` takes longer than to read a header. */
function behindHeader(first: SyslogMessage, msg: string, header: SharedHeader): SyslogMessage {
  const { facility, severity, version, time, timeText, host, app, procId, msgId, structuredData, format, exact } = first
  const flags = first.flags.slice()
  return {
    facility,
    severity,
    version,
    time,
    timeText,
    host,
    app,
    procId,
    msgId,
    structuredData,
    msg,
    format,
    flags,
    exact,
    header,
  }
}

/**
 * Whether the header would be read the same with anything else behind it: a time right behind the PRI, where RFC 5424 has its
 * version, a tag that ends in a colon and one space and is no number, and nothing that had to be put right.
 */
function standsAlone(text: string, { format, exact, timeText, app, msg }: SyslogMessage): boolean {
  if (format !== 'rfc3164' || !exact || timeText === null || text.length > LONGEST) return false
  if (app === null || isDigit(app.charCodeAt(0))) return false
  return text.startsWith(timeText, text.indexOf('>') + 1) && text.startsWith(': ', text.length - msg.length - 2)
}

/** What is kept of a text keeps all of it in memory. */
const LONGEST = 1024
const SPACE = 32
const PERCENT = 37
const STAR = 42
/** One of so many. */
const REMEMBERED = 16
