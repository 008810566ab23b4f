import type { SealedBlock } from '../archive/sealed-block.ts'
import { formatSealedRow } from '../archive/sealed-columns.ts'
import { RowCursor } from '../archive/sealed-row.ts'
import type { SealedGroup } from '../archive/sealed-segment.ts'
import type { SegmentSieve } from '../archive/segment-sieve.ts'
import { ALL, type Chunk, type CountedField, type FindLimit, type Found } from './chunk.ts'
import { findCandidates, foundAt, matchingRows, wordsByRow } from './group-search.ts'
import type { LogFilter } from './log-filter.ts'
import { formatLogText } from './log-text.ts'
import { RowText } from './row-text.ts'
import { TextBytes } from './text-bytes.ts'

/** A block of a sealed segment: only the groups that may have what is looked for are unpacked. */
export class SealedChunk implements Chunk {
  readonly block: SealedBlock
  readonly #sieve: SegmentSieve | null

  constructor(block: SealedBlock, sieve: SegmentSieve | null) {
    this.block = block
    this.#sieve = sieve
  }

  find(filter: LogFilter, { most, from }: FindLimit = ALL): Found[] {
    const { slots, exact } = this.#candidates(filter)
    const found: Found[] = []
    for (let step = 0; step < slots.length && found.length < most; step++) {
      const slot = slots[from === 'start' ? step : slots.length - 1 - step] ?? 0
      if (slot === 0) continue
      const each = this.#foundAt(slot)
      if (each !== null && (exact[groupOf(slot)] === true || filter.matches(each.message))) found.push(each)
    }
    return from === 'start' ? found : found.reverse()
  }

  text(filter: LogFilter, here: string, colour: boolean): Uint8Array {
    const { slots, exact, left } = this.#candidates(filter)
    const into = new TextBytes(left * USUAL_BYTES)
    const writers = this.block.groups.map((group, index) =>
      exact[index] === true ? new RowText(group, here, colour) : null,
    )
    for (const slot of slots) {
      if (slot === 0) continue
      const writer = writers[groupOf(slot)] ?? null
      if (writer !== null) {
        writer.add(rowOf(slot), into)
        continue
      }
      const message = this.#foundAt(slot)?.message
      if (message !== undefined && filter.matches(message)) into.addText(formatLogText(message, here, colour))
    }
    return into.bytes
  }

  /** Rows that may pass in the order of the messages; 0 stands for one that does not. */
  #candidates(filter: LogFilter): {
    readonly slots: Int32Array
    readonly exact: readonly boolean[]
    readonly left: number
  } {
    let left = 0
    const slots = new Int32Array(this.block.rows)
    const exact = this.block.groups.map((group, index) => {
      const candidates = this.#mayHold(index, filter) ? findCandidates(group, filter) : null
      if (candidates !== null) this.#place(index, candidates.kept, slots)
      left += candidates?.left ?? 0
      return candidates?.exact ?? false
    })
    return { slots, exact, left }
  }

  /** @throws Error when the numbers have gaps */
  #place(index: number, kept: Uint8Array, slots: Int32Array): void {
    const first = this.block.range('seq')[0]
    const numbers = this.block.groups[index]?.numbers('seq')
    if (numbers === undefined) return
    for (let row = 0; row < kept.length; row++) {
      if (kept[row] !== 1) continue
      const place = (numbers[row] ?? Number.NaN) - first
      if (!(place >= 0 && place < slots.length)) throw new Error('a sealed segment with a number missing')
      slots[place] = 1 + index * ROWS + row
    }
  }

  #foundAt(slot: number): Found | null {
    const group = this.block.groups[groupOf(slot)]
    return group === undefined ? null : foundAt(group, rowOf(slot))
  }

  count(filter: LogFilter, field: CountedField): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const group of this.#groups(filter)) {
      const wordOf = wordsByRow(group, field, filter.tests.here)
      for (const row of matchingRows(group, filter)) {
        const word = wordOf(row)
        counts.set(word, (counts.get(word) ?? 0) + 1)
      }
    }
    return counts
  }

  times(filter: LogFilter): Float64Array {
    const times: number[] = []
    for (const group of this.#groups(filter)) {
      const micros = group.numbers('rt')
      for (const row of matchingRows(group, filter)) times.push((micros[row] ?? 0) / 1000)
    }
    return Float64Array.from(times)
  }

  lines(): string[] {
    const { groups, rows } = this.block.places()
    const cursors = this.block.groups.map((group) => new RowCursor(group))
    return Array.from(groups, (index, place) => {
      const cursor = cursors[index]
      if (cursor === undefined) return ''
      cursor.row = rows[place] ?? 0
      return formatSealedRow(cursor)
    })
  }

  /** Has the texts unpacked by other threads, where they must be looked at. */
  async prepare(filter: LogFilter): Promise<void> {
    await Promise.all(this.#groups(filter).map((group) => group.load('msg')))
  }

  /** The groups that may hold something. */
  #groups(filter: LogFilter): SealedGroup[] {
    return this.block.groups.filter((_, index) => this.#mayHold(index, filter))
  }

  #mayHold(index: number, { sinceMs, untilMs, tests }: LogFilter): boolean {
    const [earliest, latest] = this.block.groups[index]?.range('rt') ?? [0, 0]
    if (earliest > untilMs * 1000 || latest < sinceMs * 1000) return false
    const needle = tests.text?.needle ?? null
    if (needle === null || this.#sieve === null) return true
    return this.#sieve.groupMayHold(this.block.firstGroup + index, Buffer.from(needle))
  }
}

function groupOf(slot: number): number {
  return Math.floor((slot - 1) / ROWS)
}

function rowOf(slot: number): number {
  return (slot - 1) % ROWS
}

/** More than most lines have. */
const USUAL_BYTES = 256
/** More than a group has rows. */
const ROWS = 2 ** 16
