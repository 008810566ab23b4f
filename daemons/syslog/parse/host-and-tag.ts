import { type CiscoPrefix, noPrefix, readCiscoPrefix } from './cisco-prefix.ts'
import { isDigit } from './iso-time.ts'
import type { ParseContext } from './parse-context.ts'
import { isDelimited, skipSpaces } from './spaces.ts'
import { readStructuredData, type SdReading } from './structured-data.ts'
import { endOfHostWord, type Host, readHost, readTag, type Tag } from './tag.ts'
import { scanTimestamp } from './timestamp.ts'
import { isZoneName } from './zone-name.ts'

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

function restOf(host: string | null, hostStart: number, tag: Tag | null, msg: number, exact: boolean): Rest {
  return { host, hostStart, tag, msg, exact, relayed: null, modern: null }
}

/** Without a time no host is expected, and a tag must look like one: a name and a colon. */
export function readTagOnly(text: string, at: number, sequenced: boolean): Rest | null {
  const tag = readTag(text, at)
  if (tag?.colon === true && isDelimited(text, tag.colonEnd)) return restOf(null, at, tag, tag.end, tag.exact)
  return sequenced ? restOf(null, at, null, at, false) : null
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
  return restOf(host.name, at, tag, tag.end, false)
}

/**
 * @param named the host is known from what stood in front of the time
 * @param numbered other things of Cisco's stood there: then a colon behind the time means that no host follows it
 */
export function readHostAndTag(
  text: string,
  timeEnd: number,
  named: boolean,
  numbered: boolean,
  context: ParseContext,
): Rest {
  const { dialect } = context
  const hostless = dialect === 'no-host' || dialect === 'cisco' || (context.local && dialect !== 'rfc3164')
  let at = skipSpaces(text, timeEnd)
  const single = at === timeEnd || (at === timeEnd + 1 && at < text.length)
  const first = text.charCodeAt(at)
  const forwarded = first === LETTER_M ? readForwarded(text, at) : null
  if (forwarded !== null) return forwarded
  const colonOnly = dialect === 'cisco' || (numbered && text.charCodeAt(timeEnd - 1) === COLON)
  const repeats = first === LETTER_L && isRepetition(text, at)
  const host = named || repeats ? null : findHost(text, at, hostless, colonOnly, context)
  if (host === null) {
    if (isLoneColon(text, at)) return afterLoneColon(text, at, null, at, context)
    const tag = repeats ? null : readTag(text, at)
    if (tag === null || (colonOnly && !tag.colon)) return restOf(null, at, null, at, single)
    const next = named || hostless || text.charCodeAt(tag.end) !== PERCENT ? null : mnemonicBehind(text, tag)
    // `localhost: %ASA-6-302021: …`
    if (next !== null) return restOf(tag.name, at, next, next.end, false)
    return restOf(null, at, tag, tag.end, single && tag.exact)
  }
  const hostStart = at
  at = host.end
  if (at === text.length) return restOf(host.name, hostStart, null, at, single && host.name !== null)
  const tagStart = skipSpaces(text, at)
  if (isLoneColon(text, tagStart)) return afterLoneColon(text, tagStart, host.name, hostStart, context)
  const tag = readTag(text, tagStart)
  const spaced = tagStart > at + 1
  const exact = single && host.name !== null && text.charCodeAt(at) === SPACE
  const isPlain =
    tag?.colon === true && !isDigit(text.charCodeAt(tagStart)) && !isOddBehind(text.charCodeAt(tag.end), tag)
  const odd = isPlain ? null : readOddTag(text, tagStart, tag, host, context)
  if (odd !== null) return { ...restOf(host.name, hostStart, odd.tag, odd.msg, false), ...odd }
  if (tag === null || (spaced && !tag.colon))
    return restOf(host.name, hostStart, null, at + 1, exact && at + 1 < text.length)
  return restOf(host.name, hostStart, unlessNilTag(tag), tag.end, exact && !spaced && tag.exact)
}

/** AIX: `Message forwarded from host: tag: text`. */
function readForwarded(text: string, at: number): Rest | null {
  const hostStart = at + FORWARDED.length
  const colon = text.startsWith(FORWARDED, at) ? text.indexOf(':', hostStart) : -1
  if (colon < 0) return null
  const behind = skipSpaces(text, colon + 1)
  const tag = readTag(text, behind)
  const host = text.slice(hostStart, colon)
  return restOf(host, hostStart, tag, tag?.end ?? behind, false)
}

/** @param colonOnly a word is a host only when a tag with a colon follows */
function findHost(text: string, at: number, hostless: boolean, colonOnly: boolean, context: ParseContext): Host | null {
  const host = readHost(text, at, hostless) ?? hostBeforeTag(text, at, context)
  if (host === null) return hostless ? null : readHostList(text, at)
  return colonOnly && readTag(text, skipSpaces(text, host.end))?.colon !== true ? null : host
}

/** `sw5,788a20aabbcc,v4.0.66`: name, address and version of UniFi's devices, in front of a tag. */
function readHostList(text: string, at: number): Host | null {
  const end = endOfHostWord(text, at)
  if (text.charCodeAt(end) !== COMMA) return null
  HOST_LIST.lastIndex = at
  if (!HOST_LIST.test(text) || readTag(text, HOST_LIST.lastIndex + 1)?.colon !== true) return null
  return { name: text.slice(at, HOST_LIST.lastIndex), end: HOST_LIST.lastIndex }
}

/** `last message repeated 3 times` names neither host nor program. */
function isRepetition(text: string, at: number): boolean {
  return text.startsWith(REPETITION, at)
}

type OddTag = Pick<Rest, 'tag' | 'msg'> & Partial<Rest>

/** Whether a plain tag may be something else: Cisco's numbers or clock marks, a zone or a mnemonic come behind it. */
function isOddBehind(next: number, { end, colonEnd, procId }: Tag): boolean {
  return procId === null && (isDigit(next) || next === STAR || next === PERCENT || (end === colonEnd && next > SPACE))
}

/** Behind the header of a relay: what Cisco devices write in front of their mnemonics, which is no name of a program. */
function readRelayedCisco(text: string, start: number, context: ParseContext): OddTag | null {
  const time = scanTimestamp(text, start)
  const relayed = time === null ? readCiscoPrefix(text, start, context) : noPrefix(start)
  const { sequence, origin, module, flags } = relayed
  const timeEnd = time?.end ?? relayed.time?.end
  const at = skipSpaces(text, timeEnd ?? relayed.end)
  // `Acl: 100: %ACL-6-X: …` (Arista): only in front of a time is it a device's name.
  if (at === start || (origin !== null && timeEnd === undefined && flags.length === 0)) return null
  const tag = text.charCodeAt(at) === PERCENT || module !== null ? readTag(text, at) : null
  if (tag?.colon === true) return { tag, msg: tag.end, relayed }
  return timeEnd !== undefined && sequence !== null ? { tag: null, msg: at, relayed } : null
}

/** What stands in the place of a tag: Cisco's numbers, something else that a tag follows, or what is none at all. */
function readOddTag(text: string, start: number, tag: Tag | null, host: Host, context: ParseContext): OddTag | null {
  if (tag === null)
    return text.charCodeAt(start) === STAR || isDigit(text.charCodeAt(start))
      ? readRelayedCisco(text, start, context)
      : null
  const { name, procId, colon, end } = tag
  if (colon) return readOddColon(text, start, tag, context)
  if (procId !== null) return null
  if (isRepetition(text, start)) return { tag: null, msg: start }
  const following = text.charCodeAt(end)
  if (following === DASH || isDigit(following)) {
    const modern = readModernFields(text, tag)
    if (modern !== null) return { tag: unlessNilTag(tag), msg: modern.end, modern }
  }
  const isAddress = isDigit(text.charCodeAt(start)) && IPV4.test(name)
  const isFollowed = text.charCodeAt(endOfWord(text, end) - 1) === COLON
  if (!isFollowed) return isAddress ? { tag: null, msg: start } : null
  const isLevelFirst = FACILITY_AND_LEVEL.test(host.name ?? '')
  const next = isLevelFirst || isAddress || name === host.name || LEVEL.test(name) ? readTag(text, end) : null
  if (next?.colon === true)
    return isLevelFirst ? { host: name, hostStart: start, tag: next, msg: next.end } : { tag: next, msg: next.end }
  return isAddress ? { tag: null, msg: start } : null
}

/** Cisco's numbers, its module or a zone where a tag with a colon is expected. */
function readOddColon(text: string, start: number, tag: Tag, context: ParseContext): OddTag | null {
  if (text.charCodeAt(tag.end) === PERCENT && isZoneName(tag.name)) {
    const next = mnemonicBehind(text, tag)
    return next === null ? null : { tag: next, msg: next.end }
  }
  if (isNumber(tag.name)) return readRelayedCisco(text, start, context)
  return text.includes(': %', tag.end) ? readRelayedCisco(text, start, context) : null
}

/** The tag `%ASA-6-302021:` behind another. */
function mnemonicBehind(text: string, { colon, procId, name, end }: Tag): Tag | null {
  if (!colon || procId !== null || name.startsWith('%')) return null
  const next = readTag(text, end)
  return next?.colon === true && next.name.startsWith('%') && /-[0-7]-/.test(next.name) ? next : null
}

function unlessNilTag(tag: Tag): Tag | null {
  return tag.name === '-' ? null : tag
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

/** `host : message` (Firepower) and a colon alone; a Cisco mnemonic may follow as the tag, or a second time and then it. */
function afterLoneColon(text: string, at: number, host: string | null, hostStart: number, context: ParseContext): Rest {
  const behind = skipSpaces(text, at + 1)
  const odd = readRelayedCisco(text, behind, context)
  if (odd?.tag != null) return { ...restOf(host, hostStart, odd.tag, odd.msg, false), ...odd }
  const tag = text.charCodeAt(behind) === PERCENT ? readTag(text, behind) : null
  return restOf(host, hostStart, tag, tag?.end ?? behind, false)
}

function isLoneColon(text: string, at: number): boolean {
  return text[at] === ':' && isDelimited(text, at + 1)
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
const REPETITION = 'last message repeated '
const SNARE = 'MSWinEventLog\t'
/** `788a20aabbcc,UAP-AC-Pro-6.5.28` and `ESP-MQT`. */
const TELLING_TAG = /^(?:[0-9a-f]{12},|ESP-)/
const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/
/** F5 writes the severity, and others the facility too, between host and tag. */
const LEVEL =
  /^(?:[a-z]{2,8}[0-7]?\.)?(?:emerg|panic|alert|crit|critical|err|error|warn|warning|notice|info|informational|debug)$/
const FACILITY_AND_LEVEL =
  /^(?:kern|user|mail|daemon|auth|authpriv|syslog|lpr|news|uucp|cron|ftp|local[0-7])\.(?:emerg|panic|alert|crit|critical|err|error|warn|warning|notice|info|debug)$/
const HOST_LIST = /[A-Za-z0-9._-]{1,64},[0-9a-f]{12},[A-Za-z0-9._+-]{1,64}(?= )/y
const MODERN = /(-|\d{1,10}) ([!-~]{1,32}) [-[]/y
const TAB = 9
const SPACE = 32
const PERCENT = 37
const STAR = 42
const COMMA = 44
const DASH = 45
const COLON = 58
const OPEN = 91
const LETTER_M = 77
const LETTER_L = 108
