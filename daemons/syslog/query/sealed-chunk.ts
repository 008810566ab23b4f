import type { SealedBlock } from '../archive/sealed-block.ts'
import { formatSealedRow } from '../archive/sealed-columns.ts'
import { RowCursor } from '../archive/sealed-row.ts'
import type { SealedGroup } from '../archive/sealed-segment.ts'
import type { SegmentSieve } from '../archive/segment-sieve.ts'
import { ALL, type Chunk, type CountedField, type FindLimit, type Found } from './chunk.ts'
import { findCandidates, foundAt, matchingRows, wordsByRow } from './group-search.ts'
import type { LogFilter } from './log-filter.ts'

/** A block of a sealed segment: only the groups that may have what is looked for are unpacked. */
export class SealedChunk implements Chunk {
  readonly block: SealedBlock
  readonly #sieve: SegmentSieve | null

  constructor(block: SealedBlock, sieve: SegmentSieve | null) {
    this.block = block
    this.#sieve = sieve
  }

  find(filter: LogFilter, { most, from }: FindLimit = ALL): Found[] {
    const { groups } = this.block
    const exact = new Set<number>()
    const places: number[] = []
    for (const [index, group] of groups.entries()) {
      const candidates = this.#mayHold(index, filter) ? findCandidates(group, filter) : null
      if (candidates === null) continue
      if (candidates.exact) exact.add(index)
      this.#place(index, candidates.kept, places)
    }
    const ordered = Float64Array.from(places).sort()
    const found: Found[] = []
    for (let step = 0; step < ordered.length && found.length < most; step++) {
      const place = ordered[from === 'start' ? step : ordered.length - 1 - step] ?? 0
      const row = place % ROWS
      const index = Math.floor(place / ROWS) % GROUPS
      const group = groups[index]
      const each = group === undefined ? null : foundAt(group, row)
      if (each !== null && (exact.has(index) || filter.matches(each.message))) found.push(each)
    }
    return from === 'start' ? found : found.reverse()
  }

  /** Notes where the kept rows of a group lie, as numbers that have the order of the messages. */
  #place(index: number, kept: Uint8Array, places: number[]): void {
    const first = this.block.range('seq')[0]
    const numbers = this.block.groups[index]?.numbers('seq')
    if (numbers === undefined) return
    for (let row = 0; row < kept.length; row++)
      if (kept[row] === 1) places.push((((numbers[row] ?? 0) - first) * GROUPS + index) * ROWS + row)
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

/** More than a block has groups, and a group rows; with more than enough messages in a block all fits into 2^53. */
const GROUPS = 2 ** 11
const ROWS = 2 ** 15
