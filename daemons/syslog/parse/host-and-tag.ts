import { type CiscoPrefix, readCiscoPrefix } from './cisco-prefix.ts'
import { isDigit } from './iso-time.ts'
import type { ParseContext } from './parse-context.ts'
import { readStructuredData, type SdReading } from './structured-data.ts'
import { endOfHostWord, type Host, readHost, readTag, type Tag } from './tag.ts'

/** What stands behind the time of a BSD message. */
export interface Rest {
  readonly host: string | null
  /** Where the host begins; without one it says nothing. */
  readonly hostStart: number
  readonly tag: Tag | null
  /** Offset of MSG. */
  readonly msg: number
  /** Writing the fields again gives the same text. */
  readonly exact: boolean
  /** Cisco's own prefix, when a relay put a header in front of it. */
  readonly relayed: CiscoPrefix | null
  /** The end of a header of RFC 5424, `12 ID47 -`, where a tag has its colon. */
  readonly modern: ModernFields | null
}

/** PROCID, MSGID and STRUCTURED-DATA behind the time of a BSD message. */
export interface ModernFields {
  readonly procId: string | null
  readonly msgId: string | null
  readonly structuredData: SdReading | null
  /** Where PROCID begins. */
  readonly start: number
  /** Offset of MSG. */
  readonly end: number
}

/** Without a time no host is expected, and a tag must look like one: a name and a colon. */
export function readTagOnly(text: string, at: number, sequenced: boolean): Rest | null {
  const tag = readTag(text, at)
  if (tag?.colon === true && isDelimited(text, tag.colonEnd))
    return { relayed: null, modern: null, host: null, hostStart: at, tag, msg: tag.end, exact: tag.exact }
  return sequenced ? { relayed: null, modern: null, host: null, hostStart: at, tag: null, msg: at, exact: false } : null
}

/**
 * A host without a time in front of it, when the tag behind it can be nothing else: a process in brackets, those of
 * Ubiquiti's and Tasmota's devices, and Snare's, which stands between tabs.
 *
 * @param bare there was no PRI either: then Snare alone is believed
 */
export function readUntimedHost(text: string, at: number, bare: boolean): Rest | null {
  const end = endOfHostWord(text, at)
  const tab = text.charCodeAt(end) === TAB
  if (tab) {
    if (!text.startsWith(SNARE, end + 1)) return null
  } else if (bare || text.charCodeAt(end) !== SPACE || text.charCodeAt(endOfWord(text, end + 1) - 1) !== COLON)
    return null
  const host = readHost(text, at, false)
  const tag = readTag(text, end + 1)
  if (host === null || host.name === null || tag === null) return null
  if (!tab && !(tag.colon && (isNumber(tag.procId) || TELLING_TAG.test(tag.name)))) return null
  return { relayed: null, modern: null, host: host.name, hostStart: at, tag, msg: tag.end, exact: false }
}

/** @param named the host is known from what stood in front of the time */
export function readHostAndTag(text: string, timeEnd: number, named: boolean, context: ParseContext): Rest {
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
    if (colon > 0)
      return {
        relayed: null,
        modern: null,
        host: text.slice(hostStart, colon),
        hostStart,
        tag,
        msg: tag?.end ?? behind,
        exact: false,
      }
  }
  const host = named ? null : (readHost(text, at, hostless) ?? hostBeforeTag(text, at, context))
  if (host === null) {
    if (isLoneColon(text, at)) return afterLoneColon(text, at, null, at)
    const tag = readTag(text, at)
    if (tag === null || (dialect === 'cisco' && !tag.colon))
      return { relayed: null, modern: null, host: null, hostStart: at, tag: null, msg: at, exact: single }
    return { relayed: null, modern: null, host: null, hostStart: at, tag, msg: tag.end, exact: single && tag.exact }
  }
  const hostStart = at
  at = host.end
  if (at === text.length)
    return {
      relayed: null,
      modern: null,
      host: host.name,
      hostStart,
      tag: null,
      msg: at,
      exact: single && host.name !== null,
    }
  const tagStart = skipSpaces(text, at)
  if (isLoneColon(text, tagStart)) return afterLoneColon(text, tagStart, host.name, hostStart)
  const tag = readTag(text, tagStart)
  const spaced = tagStart > at + 1
  const exact = single && host.name !== null && text.charCodeAt(at) === SPACE
  const isPlain = tag?.colon === true && !isDigit(text.charCodeAt(tagStart))
  const odd = isPlain ? null : readOddTag(text, tagStart, tag, host, context)
  if (odd !== null) return { host: host.name, hostStart, exact: false, relayed: null, modern: null, ...odd }
  if (tag === null || (spaced && !tag.colon))
    return {
      relayed: null,
      modern: null,
      host: host.name,
      hostStart,
      tag: null,
      msg: at + 1,
      exact: exact && at + 1 < text.length,
    }
  const known = tag.name === '-' ? null : tag
  return {
    relayed: null,
    modern: null,
    host: host.name,
    hostStart,
    tag: known,
    msg: tag.end,
    exact: exact && !spaced && tag.exact,
  }
}

type OddTag = Pick<Rest, 'tag' | 'msg'> & Partial<Rest>

/** Behind the header of a relay: numbers of Cisco's, which are no names of programs. */
function readRelayedCisco(text: string, start: number, context: ParseContext): OddTag | null {
  const relayed = readCiscoPrefix(text, start, context)
  const at = skipSpaces(text, relayed.time?.end ?? relayed.end)
  const tag = text.charCodeAt(at) === PERCENT ? readTag(text, at) : null
  return tag?.colon === true ? { tag, msg: tag.end, relayed } : null
}

/** What stands in the place of a tag: Cisco's numbers, something else that a tag follows, or what is none at all. */
function readOddTag(text: string, start: number, tag: Tag | null, host: Host, context: ParseContext): OddTag | null {
  if (tag === null) return text.charCodeAt(start) === STAR ? readRelayedCisco(text, start, context) : null
  const { name, procId, colon, end } = tag
  if (colon) return isNumber(name) ? readRelayedCisco(text, start, context) : null
  if (procId !== null) return null
  const following = text.charCodeAt(end)
  if (following === DASH || isDigit(following)) {
    const modern = readModernFields(text, tag)
    if (modern !== null) return { tag, msg: modern.end, modern }
  }
  const isAddress = isDigit(text.charCodeAt(start)) && IPV4.test(name)
  const isFollowed = text.charCodeAt(endOfWord(text, end) - 1) === COLON
  const next = isFollowed && (isAddress || name === host.name || LEVEL.test(name)) ? readTag(text, end) : null
  if (next?.colon === true) return { tag: next, msg: next.end }
  return isAddress ? { tag: null, msg: start } : null
}

/** A process or `-`, then `-` twice, or anything and structured data. */
function readModernFields(text: string, { end }: Tag): ModernFields | null {
  MODERN.lastIndex = end
  const found = MODERN.exec(text)
  if (found === null) return null
  const [, process, message] = found
  const sdStart = MODERN.lastIndex - 1
  const structuredData = text.charCodeAt(sdStart) === OPEN ? readStructuredData(text, sdStart) : null
  if (structuredData === null && (text.charCodeAt(sdStart) === OPEN || message !== '-')) return null
  const sdEnd = structuredData?.end ?? sdStart + 1
  if (!isDelimited(text, sdEnd)) return null
  const fields = { procId: unlessNil(process), msgId: unlessNil(message), structuredData }
  return { ...fields, start: end, end: Math.min(sdEnd + 1, text.length) }
}

function unlessNil(field: string | undefined): string | null {
  return field === undefined || field === '-' ? null : field
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
  return { relayed: null, modern: null, host, hostStart, tag, msg: tag?.end ?? behind, exact: false }
}

function isLoneColon(text: string, at: number): boolean {
  return text[at] === ':' && isDelimited(text, at + 1)
}

/** Whether a space or the end stands at `at`. */
export function isDelimited(text: string, at: number): boolean {
  return at >= text.length || text.charCodeAt(at) === SPACE
}

function skipSpaces(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) === SPACE) at++
  return at
}

/** The next space, tab or end; at most as far as a name goes. */
function endOfWord(text: string, start: number): number {
  let at = start
  while (at < start + 255 && text.charCodeAt(at) > SPACE) at++
  return at
}

function isNumber(text: string | null): boolean {
  return text !== null && /^\d+$/.test(text)
}

const FORWARDED = 'Message forwarded from '
const SNARE = 'MSWinEventLog\t'
/** `788a20aabbcc,UAP-AC-Pro-6.5.28` and `ESP-MQT`. */
const TELLING_TAG = /^(?:[0-9a-f]{12},|ESP-)/
const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/
/** F5 writes the severity, and others the facility too, between host and tag. */
const LEVEL =
  /^(?:[a-z]{2,8}[0-7]?\.)?(?:emerg|panic|alert|crit|critical|err|error|warn|warning|notice|info|informational|debug)$/
const MODERN = /(-|\d{1,10}) ([!-~]{1,32}) [-[]/y
const TAB = 9
const SPACE = 32
const PERCENT = 37
const STAR = 42
const DASH = 45
const COLON = 58
const OPEN = 91
