import { formatSealedRow } from '../archive/sealed-columns.ts'
import { RowCursor, rowsInOrder } from '../archive/sealed-row.ts'
import type { SealedGroup } from '../archive/sealed-segment.ts'
import { type TextColumn, textAt } from '../parquet/column-pages.ts'
import { ALL, type Chunk, type CountedField, type FindLimit, type Found } from './chunk.ts'
import { countedWord } from './counted-word.ts'
import type { LogFilter } from './log-filter.ts'
import { isFrom, type TestedField } from './message-test.ts'
import { rowsWithText } from './rows-with-text.ts'
import { SealedMessage } from './sealed-message.ts'
import { readStoredMessage, type StoredMessage } from './stored-message.ts'

/** What the columns tell of a filter. */
interface Candidates {
  /** 1 for each row that may pass, and 0. */
  readonly kept: Uint8Array
  /** All that may pass do. */
  readonly exact: boolean
}

/** A group of a sealed segment: its columns are asked first, and only what is left is looked at as a message. */
export class SealedChunk implements Chunk {
  readonly group: SealedGroup

  constructor(group: SealedGroup) {
    this.group = group
  }

  find(filter: LogFilter, { most, from }: FindLimit = ALL): Found[] {
    const candidates = this.#candidates(filter)
    if (candidates === null) return []
    const { kept, exact } = candidates
    const rows = rowsInOrder(this.group)
    const found: Found[] = []
    for (let index = 0; index < rows.length && found.length < most; index++) {
      const row = rows.at(from === 'start' ? index : -1 - index) ?? 0
      const each = kept[row] === 1 ? foundAt(this.group, row) : null
      if (each !== null && (exact || filter.matches(each.message))) found.push(each)
    }
    return from === 'start' ? found : found.reverse()
  }

  count(filter: LogFilter, field: CountedField): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    const { here } = filter.tests
    // The words of a column are few: each row only looks up which it has.
    const wordOf = wordsByRow(this.group, field, here)
    for (const row of this.#matching(filter)) {
      const word = wordOf(row)
      counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    return counts
  }

  times(filter: LogFilter): Float64Array {
    const micros = this.group.numbers('rt')
    return Float64Array.from(this.#matching(filter), (row) => (micros[row] ?? 0) / 1000)
  }

  lines(): string[] {
    const cursor = new RowCursor(this.group)
    return Array.from(rowsInOrder(this.group), (row) => {
      cursor.row = row
      return formatSealedRow(cursor)
    })
  }

  /** Rows that the filter lets through, in the order of the file. */
  *#matching(filter: LogFilter): Generator<number> {
    const candidates = this.#candidates(filter)
    if (candidates === null) return
    const { kept, exact } = candidates
    for (let row = 0; row < kept.length; row++) {
      if (kept[row] !== 1) continue
      if (exact) yield row
      else {
        const message = foundAt(this.group, row)?.message
        if (message !== undefined && filter.matches(message)) yield row
      }
    }
  }

  /** Asks the columns. @returns null when no row may pass */
  #candidates({ sinceMs, untilMs, tests }: LogFilter): Candidates | null {
    const { group } = this
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
      keep((row) => rows[row] === 1)
    }
    return left === 0 ? null : { kept, exact }
  }
}

/** One row as a message; null when it is none (a line that others wrote). */
function foundAt(group: SealedGroup, row: number): Found | null {
  const cursor = new RowCursor(group)
  cursor.row = row
  const whole = cursor.line
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

/** Under which word each row is counted. */
function wordsByRow(group: SealedGroup, field: CountedField, here: string): (row: number) => string {
  const [hosts, sources] = field === 'host' ? [group.texts('host'), group.texts('src')] : [null, null]
  const column = hosts ?? group.texts(field)
  return (row) => {
    const word = textAt(column, row)
    if (hosts === null) return word ?? '-'
    return word ?? countedWord({ host: null, src: textAt(sources, row) ?? '', app: null, severity: '' }, field, here)
  }
}

function hasWholeLines(group: SealedGroup): boolean {
  const { codes, starts } = group.texts('line')
  return codes === null ? starts.some((start) => start >= 0) : codes.some((code) => code >= 0)
}
