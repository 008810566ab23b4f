import { isDigit } from './iso-time.ts'
import type { Flag } from './message.ts'
import type { ParseContext } from './parse-context.ts'
import { isTimestamp } from './timestamp.ts'

/** One field of the prefix, and where it begins. */
export interface PrefixField {
  readonly text: string
  readonly start: number
}

/** What Cisco devices write between PRI and the time. */
export interface CiscoPrefix {
  /** Number of the message: what counts those sent to this collector or, alone, `service sequence-numbers`. */
  readonly sequence: PrefixField | null
  /** `service sequence-numbers`, where both numbers are there. */
  readonly innerSequence: PrefixField | null
  /** `logging origin-id`: the device's name. */
  readonly origin: PrefixField | null
  /** The card, node or task of the device that speaks. */
  readonly module: PrefixField | null
  readonly flags: readonly Flag[]
  /** Where the time stands, or what follows when there is none. */
  readonly end: number
}

/**
 * Reads `82: `, `: 82: `, `foo: `, `105: 000104: foo: `, `30: foo: 6340004: `, `RP/0/RP0/CPU0:`, `foo: *task: `, `: `, the
 * clock marks `*` and `.`, and an uptime in place of the time. Anything that neither a time nor a `%` mnemonic follows is
 * left alone, but for one number.
 *
 * @param start where no time stands
 */
export function readCiscoPrefix(text: string, start: number, context: ParseContext): CiscoPrefix {
  const opened = text.charCodeAt(start) === COLON
  let at = opened ? skipSpaces(text, start + 1) : start
  let sequence: PrefixField | null = null
  let innerSequence: PrefixField | null = null
  let origin: PrefixField | null = null
  let module: PrefixField | null = null
  for (;;) {
    const numberEnd = endOfNumber(text, at)
    const stop = numberEnd >= 0 ? null : at === start ? readMark(text, at) : readStop(text, at, sequence !== null)
    if (stop !== null) return { sequence, innerSequence, origin, module, flags: stop.flags, end: stop.end }
    const end = numberEnd >= 0 ? numberEnd : endOfField(text, at, sequence !== null)
    if (end < 0) break
    const field: PrefixField = { text: text.slice(at, end), start: at }
    if (numberEnd >= 0) {
      if (innerSequence !== null) break
      if (sequence === null) sequence = field
      else innerSequence = field
    } else if (NAME.test(field.text)) {
      if (origin !== null) break
      origin = field
    } else {
      if (module !== null || !MODULE.test(field.text)) break
      module = field
    }
    at = skipSpaces(text, end + 1)
  }
  return opened ? noPrefix(start) : readUntimed(text, start, sequence, origin, context)
}

/** The prefix of a message that has none. */
export function noPrefix(end: number): CiscoPrefix {
  return { sequence: null, innerSequence: null, origin: null, module: null, flags: NONE, end }
}

interface Stop {
  readonly end: number
  readonly flags: readonly Flag[]
}

/** A time, an uptime or a mnemonic ends the prefix; null when none of them stands at `at`. */
function readStop(text: string, at: number, numbered: boolean): Stop | null {
  if (isTimestamp(text, at)) return { end: at, flags: NONE }
  if (text.charCodeAt(at) !== PERCENT) return readMark(text, at, numbered)
  return numbered || MNEMONIC.test(text.slice(at, at + 64)) ? { end: at, flags: NONE } : null
}

/** A clock mark in front of a time, or an uptime. */
function readMark(text: string, at: number, numbered = false): Stop | null {
  const code = text.charCodeAt(at)
  if (code === STAR || code === DOT)
    return isTimestamp(text, at + 1) ? { end: at + 1, flags: code === STAR ? UNSET : UNSYNCED } : null
  const end = isDigit(code) ? endOfUptime(text, at) : -1
  return end >= 0 && (numbered || text.charCodeAt(end) === PERCENT) ? { end, flags: UPTIME } : null
}

/** A number and a colon are kept though a text follows, and so is the name of a sender that is known to put it there. */
function readUntimed(
  text: string,
  start: number,
  sequence: PrefixField | null,
  origin: PrefixField | null,
  { dialect }: ParseContext,
): CiscoPrefix {
  const number = sequence?.start === start ? sequence : null
  const nameStart = number === null ? start : skipSpaces(text, endOf(number) + 1)
  const name = dialect === 'cisco' && origin?.start === nameStart ? origin : null
  const last = name ?? number
  const end = last === null ? start : skipSpaces(text, endOf(last) + 1)
  return { ...noPrefix(end), sequence: number, origin: name }
}

function endOf(field: PrefixField): number {
  return field.start + field.text.length
}

/** The colon behind a number, which a space or the end follows; -1 where none stands. */
function endOfNumber(text: string, start: number): number {
  let at = start
  while (at < start + 12 && isDigit(text.charCodeAt(at))) at++
  if (at === start || text.charCodeAt(at) !== COLON) return -1
  const next = text.charCodeAt(at + 1)
  return next === SPACE || Number.isNaN(next) ? at : -1
}

/**
 * The colon behind a field, which a space, a time or the end follows; -1 where no field stands.
 *
 * @param spaced a module with spaces in its name may stand here, `CLC 6/0`
 */
function endOfField(text: string, start: number, spaced: boolean): number {
  for (let at = start; at < start + 64; at++) {
    const code = text.charCodeAt(at)
    if (code === COLON && at > start) {
      const next = text.charCodeAt(at + 1)
      if (next === SPACE || Number.isNaN(next) || isTimestamp(text, at + 1)) return at
    } else if (!isFieldLetter(code) && !(spaced && code === SPACE)) return -1
  }
  return -1
}

/** Letters, digits, and `*-./_`; colons stand in IPv6 addresses. */
function isFieldLetter(code: number): boolean {
  const lower = code | 32
  return isDigit(code) || (lower >= 97 && lower <= 122) || (code >= 45 && code <= 47) || code === STAR || code === 95
}

/** `00:20:10: `, `1w2d: ` or `1 2: `: behind it, else -1. */
function endOfUptime(text: string, start: number): number {
  const colon = text.slice(start, start + 14).indexOf(': ')
  if (colon < 0) return -1
  return UPTIME_FORM.test(text.slice(start, start + colon)) ? start + colon + 2 : -1
}

function skipSpaces(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) === SPACE) at++
  return at
}

const NONE: readonly Flag[] = []
const UNSET: readonly Flag[] = ['clock-unset']
const UNSYNCED: readonly Flag[] = ['clock-unsynced']
const UPTIME: readonly Flag[] = ['uptime']

/** What a Cisco device may be called: a name or an address. */
const NAME = /^(?:[A-Za-z0-9][A-Za-z0-9._-]*|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$/
const MODULE = /^\*?[A-Za-z0-9][A-Za-z0-9 ._/-]*$/
const MNEMONIC = /^%[A-Z0-9_-]+-[0-7]-[A-Z0-9_]+ ?:/
const UPTIME_FORM = /^(?:\d{1,3}:\d\d:\d\d|(?:\d{1,4}[ywdh]){2}|\d{1,4} \d{1,2})$/
const SPACE = 32
const PERCENT = 37
const STAR = 42
const DOT = 46
const COLON = 58
