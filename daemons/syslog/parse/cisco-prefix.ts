import type { ScannedTime } from './calendar.ts'
import { isDigit } from './iso-time.ts'
import type { Flag } from './message.ts'
import type { ParseContext } from './parse-context.ts'
import { skipSpaces } from './spaces.ts'
import { scanTimestamp } from './timestamp.ts'

/** One field of the prefix, and where it begins. */
export interface PrefixField {
  readonly text: string
  readonly start: number
  readonly isNumber: boolean
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
  readonly time: ScannedTime | null
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
  const fields: PrefixField[] = []
  let numbered = false
  while (fields.length <= MOST_FIELDS) {
    const numberEnd = endOfNumber(text, at)
    const isNumber = numberEnd >= 0
    const stop = isNumber ? null : at === start ? readMark(text, at, false) : readStop(text, at, numbered)
    if (stop !== null) return assemble(fields, stop) ?? noPrefix(start)
    const end = isNumber ? numberEnd : endOfField(text, at, numbered, opened)
    if (end < 0) break
    numbered ||= isNumber
    fields.push({ text: text.slice(at, end), start: at, isNumber })
    at = skipSpaces(text, end + 1)
  }
  return opened || fields.length === 0 ? noPrefix(start) : readUntimed(text, start, fields, context)
}

/** The prefix of a message that has none. */
export function noPrefix(end: number): CiscoPrefix {
  return { sequence: null, innerSequence: null, origin: null, module: null, flags: NONE, end, time: null }
}

type Stop = Pick<CiscoPrefix, 'flags' | 'end' | 'time'>

/** null when the fields are not what a Cisco device writes. */
function assemble(fields: readonly PrefixField[], { flags, end, time }: Stop): CiscoPrefix | null {
  let sequence: PrefixField | null = null
  let innerSequence: PrefixField | null = null
  let origin: PrefixField | null = null
  let module: PrefixField | null = null
  for (const field of fields) {
    if (field.isNumber) {
      if (innerSequence !== null) return null
      if (sequence === null) sequence = field
      else innerSequence = field
    } else if (NAME.test(field.text)) {
      if (origin !== null) return null
      origin = field
    } else {
      const isNamed = origin === null && sequence !== null && innerSequence === null
      if (isNamed && NAME_AND_NUMBER.test(field.text)) {
        const space = field.text.indexOf(' ')
        origin = { text: field.text.slice(0, space), start: field.start, isNumber: false }
        innerSequence = { text: field.text.slice(space + 1), start: field.start + space + 1, isNumber: true }
      } else if (module === null && MODULE.test(field.text)) module = field
      else return null
    }
  }
  return { sequence, innerSequence, origin, module, flags, end, time }
}

/** A time, an uptime or a mnemonic ends the prefix; null when none of them stands at `at`. */
function readStop(text: string, at: number, numbered: boolean): Stop | null {
  const time = scanTimestamp(text, at)
  if (time !== null) return { end: at, flags: NONE, time }
  if (text.charCodeAt(at) !== PERCENT) return readMark(text, at, numbered)
  return numbered || MNEMONIC.test(text.slice(at, at + 64)) ? { end: at, flags: NONE, time: null } : null
}

/** A clock mark in front of a time, or an uptime. */
function readMark(text: string, at: number, numbered: boolean): Stop | null {
  const code = text.charCodeAt(at)
  if (code === STAR || code === DOT) {
    const time = scanTimestamp(text, at + 1)
    return time === null ? null : { end: at + 1, flags: code === STAR ? UNSET : UNSYNCED, time }
  }
  const end = isDigit(code) ? endOfUptime(text, at) : -1
  return end >= 0 && (numbered || text.charCodeAt(end) === PERCENT) ? { end, flags: UPTIME, time: null } : null
}

/** A number and a colon are kept though a text follows, and so is the name of a sender that is known to put it there. */
function readUntimed(
  text: string,
  start: number,
  fields: readonly PrefixField[],
  { dialect }: ParseContext,
): CiscoPrefix {
  const [first = null] = fields
  const sequence = first?.isNumber === true ? first : null
  const second = fields[sequence === null ? 0 : 1] ?? null
  const origin = dialect === 'cisco' && second !== null && NAME.test(second.text) ? second : null
  const last = origin ?? sequence
  if (last === null) return noPrefix(start)
  return { ...noPrefix(skipSpaces(text, last.start + last.text.length + 1)), sequence, origin }
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
 * The colon behind a field, which a space, a time or the end follows, or the space between a name and a time; -1 where no
 * field stands.
 *
 * @param spaced a module with spaces in its name may stand here, `CLC 6/0`
 * @param opened a colon stood in front
 */
function endOfField(text: string, start: number, spaced: boolean, opened: boolean): number {
  for (let at = start; at < start + 64; at++) {
    const code = text.charCodeAt(at)
    if (code === COLON && at > start) {
      const next = text.charCodeAt(at + 1)
      if (next === SPACE || Number.isNaN(next) || scanTimestamp(text, at + 1) !== null) return at
    } else if (code === SPACE && at > start && (spaced || opened)) {
      if (scanTimestamp(text, at + 1) !== null) return at
      if (!spaced) return -1
    } else if (!isFieldLetter(code)) return -1
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

const NONE: readonly Flag[] = []
const UNSET: readonly Flag[] = ['clock-unset']
const UNSYNCED: readonly Flag[] = ['clock-unsynced']
const UPTIME: readonly Flag[] = ['uptime']

/** Two numbers, a name and a module. */
const MOST_FIELDS = 4
/** What a Cisco device may be called: a name or an address. */
const NAME = /^(?:[A-Za-z0-9][A-Za-z0-9._-]*|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$/
/** Without a colon between them. */
const NAME_AND_NUMBER = /^[A-Za-z0-9][A-Za-z0-9._-]* \d{1,12}$/
const MODULE = /^\*?[A-Za-z0-9][A-Za-z0-9 ._/-]*$/
const MNEMONIC = /^%[A-Z0-9_-]+-[0-7]-[A-Z0-9_]+ ?:/
const UPTIME_FORM = /^(?:\d{1,3}:\d\d:\d\d|(?:\d{1,4}[ywdh]){2}|\d{1,4} \d{1,2})$/
const SPACE = 32
const PERCENT = 37
const STAR = 42
const DOT = 46
const COLON = 58
