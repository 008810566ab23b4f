import { isDigit } from './iso-time.ts'
import type { Flag } from './message.ts'
import type { ParseContext } from './parse-context.ts'
import { isTimestamp } from './timestamp.ts'

/** What Cisco devices write between PRI and the time. */
export interface CiscoPrefix {
  /** Number of the message, from `service sequence-numbers`. */
  readonly sequence: string | null
  /** Where it begins. */
  readonly sequenceStart: number
  /** `logging origin-id`: the device's name. */
  readonly origin: string | null
  /** The card or node of the device, which stands in the same place. */
  readonly module: string | null
  /** Where `origin` or `module` begins. */
  readonly nameStart: number
  readonly flags: readonly Flag[]
  /** Where the time stands, or what follows when there is none. */
  readonly end: number
}

/**
 * Reads `82: `, `: 82: `, `foo: `, `RP/0/RP0/CPU0:`, `: `, the clock marks `*` and `.`, and an uptime in place of the time.
 * Anything that a time or a `%` mnemonic does not follow is left alone.
 */
export function readCiscoPrefix(text: string, start: number, context: ParseContext): CiscoPrefix {
  const first = text.charCodeAt(start)
  if (first === COLON) return readColonPrefix(text, start, context)
  const sequenceEnd = isDigit(first) ? endOfSequence(text, start) : -1
  const sequence = sequenceEnd < 0 ? null : text.slice(start, sequenceEnd)
  let at = sequenceEnd < 0 ? start : skipSpaces(text, sequenceEnd + 1)
  let origin: string | null = null
  let module: string | null = null
  const nameStart = at
  const marked = readMark(text, at)
  let flags = marked.flags
  if (marked.isTime) at = marked.end
  else if (sequence !== null || isLetter(first)) {
    const colon = text.slice(at, at + 64).indexOf(':') + at
    const behind = colon < at ? marked : readMark(text, skipSpaces(text, colon + 1))
    const name = text.slice(at, Math.max(at, colon))
    const named = context.dialect === 'cisco' && NAME.test(name) && text[colon + 1] === ' '
    const mnemonic = sequence !== null && text[behind.end] === '%' && text[at] !== '%'
    if (colon > at && (behind.isTime || mnemonic || named)) {
      if (name.includes('/') || name.includes(' ')) module = name
      else origin = name
      at = behind.end
      flags = behind.flags
    }
  }
  const uptimeEnd = sequence === null ? -1 : endOfUptime(text, at)
  const found = { sequence, sequenceStart: start, origin, module, nameStart }
  if (uptimeEnd >= 0) return { ...found, flags: [...flags, 'uptime'], end: uptimeEnd }
  return { ...found, flags, end: at }
}

/** NX-OS and EMBLEM write a colon in front, and the name of the device behind it or nothing; IOS the rest, when the first field is empty. */
function readColonPrefix(text: string, start: number, context: ParseContext): CiscoPrefix {
  const at = skipSpaces(text, start + 1)
  if (isDigit(text.charCodeAt(at)) && endOfSequence(text, at) >= 0) {
    const numbered = readCiscoPrefix(text, at, context)
    const { end, flags } = numbered
    if (text[end] === '%' || flags.includes('uptime') || isTimestamp(text, end)) return numbered
  }
  const timed = readMark(text, at)
  if (timed.isTime) return { ...noPrefix(timed.end), flags: timed.flags }
  const colon = text.slice(at, at + 64).indexOf(':') + at
  const behind = colon <= at ? timed : readMark(text, skipSpaces(text, colon + 1))
  const origin = text.slice(at, Math.max(at, colon))
  if (!behind.isTime || !NAME.test(origin)) return noPrefix(start)
  return { ...noPrefix(behind.end), origin, nameStart: at, flags: behind.flags }
}

/** The prefix of a message that has none. */
export function noPrefix(end: number): CiscoPrefix {
  return { sequence: null, sequenceStart: end, origin: null, module: null, nameStart: end, flags: NONE, end }
}

const NONE: readonly Flag[] = []
/** What a Cisco device may be called. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** A clock mark counts only when a time follows it. */
function readMark(
  text: string,
  at: number,
): { readonly isTime: boolean; readonly end: number; readonly flags: readonly Flag[] } {
  const mark = text[at]
  const marked = mark === '*' || mark === '.'
  const end = marked ? at + 1 : at
  const isTime = isTimestamp(text, end)
  if (!marked || !isTime) return { isTime, end: isTime ? end : at, flags: [] }
  return { isTime, end, flags: mark === '*' ? ['clock-unset'] : ['clock-unsynced'] }
}

/** Digits, a colon, and a space or the end. */
function endOfSequence(text: string, start: number): number {
  let at = start
  while (at < start + 12 && isDigit(text.charCodeAt(at))) at++
  const next = text[at + 1]
  return text[at] === ':' && (next === undefined || next === ' ') ? at : -1
}

/** `00:20:10: ` or `1w2d: `: behind it, else -1. */
function endOfUptime(text: string, start: number): number {
  const colon = text.indexOf(': ', start)
  if (colon < 0 || colon - start > 12 || colon === start) return -1
  return /^(?:\d{1,3}:\d\d:\d\d|(?:\d{1,4}[ywdh]){2})$/.test(text.slice(start, colon)) ? colon + 2 : -1
}

function skipSpaces(text: string, from: number): number {
  let at = from
  while (text[at] === ' ') at++
  return at
}

function isLetter(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122
}

const COLON = 58
