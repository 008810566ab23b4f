import { RowCursor } from '../archive/sealed-row.ts'
import type { SealedGroup } from '../archive/sealed-segment.ts'
import { type TextColumn, textAt } from '../parquet/text-column.ts'
import type { CountedField, Found } from './chunk.ts'
import { countedWord } from './counted-word.ts'
import type { LogFilter } from './log-filter.ts'
import { isFrom, type TestedField } from './message-test.ts'
import { rowsWithText } from './rows-with-text.ts'
import { SealedMessage } from './sealed-message.ts'
import { readStoredMessage, type StoredMessage } from './stored-message.ts'

/** What the columns tell of a filter. */
export interface Candidates {
  /** 1 for each row that may pass, and 0. */
  readonly kept: Uint8Array
  /** How many of them may. */
  readonly left: number
  /** All that may pass do. */
  readonly exact: boolean
}

/** Rows that the filter lets through, in the order of the file. */
export function* matchingRows(group: SealedGroup, filter: LogFilter): Generator<number> {
  const candidates = findCandidates(group, filter)
  if (candidates === null) return
  const { kept, exact } = candidates
  for (let row = 0; row < kept.length; row++) {
    if (kept[row] !== 1) continue
    if (exact) yield row
    else {
      const message = foundAt(group, row)?.message
      if (message !== undefined && filter.matches(message)) yield row
    }
  }
}

/** Asks the columns of a group first, so that only what is left is looked at as a message. @returns null when no row may pass */
export function findCandidates(group: SealedGroup, { sinceMs, untilMs, tests }: LogFilter): Candidates | null {
  const kept = new Uint8Array(group.rows).fill(1)
  let exact = tests.service === null && (tests.text === null || tests.text.literal) && !hasWholeLines(group)
  let left = group.rows
  const keep = (test: (row: number) => boolean): void => {
    for (let row = 0; row < kept.length; row++)
      if (kept[row] === 1 && !test(row)) {
        kept[row] = 0
        left -= 1
      }
  }
  const [earliest, latest] = group.range('rt')
  const [since, until] = [Math.floor(sinceMs * 1000), Math.floor(untilMs * 1000)]
  if (earliest > until || latest < since) return null
  if (earliest < since || latest > until) {
    const times = group.numbers('rt')
    keep((row) => (times[row] ?? 0) >= since && (times[row] ?? 0) <= until)
  }
  for (const [field, test] of Object.entries(tests.fields)) {
    const column = group.texts(field as TestedField)
    const { codes } = column
    if (codes === null) exact = false
    if (left === 0 || codes === null) continue
    const passes = column.words.map(test)
    keep((row) => passes[codes[row] ?? -1] === true)
  }
  if (left > 0 && tests.host !== null) {
    const test = hostRows(group.texts('host'), group.texts('src'), tests.host, tests.here)
    if (test === null) exact = false
    else keep(test)
  }
  const needle = tests.text?.needle ?? null
  if (left > 0 && needle !== null) {
    const rows = rowsWithText(group.texts('msg'), Buffer.from(needle))
    if (rows === null) return null
    if (left === kept.length) return countKept(rows, exact)
    keep((row) => rows[row] === 1)
  }
  return left === 0 ? null : { kept, left, exact }
}

/** One row as a message; null when it is none (a line that others wrote). */
export function foundAt(group: SealedGroup, row: number): Found | null {
  const cursor = new RowCursor(group)
  cursor.row = row
  const whole = group.isEmpty('line') ? null : cursor.line
  if (whole === null) return new SealedMessage(cursor)
  const message: StoredMessage | null = readStoredMessage(whole)
  return message === null ? null : { message, line: whole }
}

/** Whether a row may be from a host, by the words of both columns; null when these have too many. */
function hostRows(
  hosts: TextColumn,
  sources: TextColumn,
  host: string,
  here: string,
): ((row: number) => boolean) | null {
  const { codes: hostCodes } = hosts
  const { codes: sourceCodes } = sources
  if (hostCodes === null || sourceCodes === null) return null
  const named = hosts.words.map((word) => word.toLowerCase() === host)
  const sent = sources.words.map((src) => isFrom({ host: null, src }, host, here))
  // A sender's address counts whatever host the message names; this machine's name only where it names none.
  const sentAnyhow = sources.words.map((src) => isFrom({ host: '', src }, host, here))
  return (row) => {
    const [hostCode = -1, sourceCode = -1] = [hostCodes[row], sourceCodes[row]]
    return hostCode < 0 ? sent[sourceCode] === true : named[hostCode] === true || sentAnyhow[sourceCode] === true
  }
}

/** Under which word each row is counted: the words of a column are few, each row only looks up which it has. */
export function wordsByRow(group: SealedGroup, field: CountedField, here: string): (row: number) => string {
  const [hosts, sources] = field === 'host' ? [group.texts('host'), group.texts('src')] : [null, null]
  const column = hosts ?? group.texts(field)
  return (row) => {
    const word = textAt(column, row)
    if (hosts === null) return word ?? '-'
    return word ?? countedWord({ host: null, src: textAt(sources, row) ?? '', app: null, severity: '' }, field, here)
  }
}

function hasWholeLines(group: SealedGroup): boolean {
  return !group.isEmpty('line')
}

function countKept(kept: Uint8Array, exact: boolean): Candidates | null {
  let left = 0
  for (let row = 0; row < kept.length; row++) left += kept[row] ?? 0
  return left === 0 ? null : { kept, left, exact }
}
