import type { SealedBlock } from '../archive/sealed-block.ts'
import { formatSealedRow } from '../archive/sealed-columns.ts'
import { RowCursor } from '../archive/sealed-row.ts'
import type { SealedGroup } from '../archive/sealed-segment.ts'
import type { SegmentSieve } from '../archive/segment-sieve.ts'
import { BlockHits } from './block-hits.ts'
import { ALL, type Chunk, type CountedField, type FindLimit, type Found } from './chunk.ts'
import { type Candidates, findCandidates, foundAt, matchingRows, wordsByRow } from './group-search.ts'
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
    const candidates = this.#candidates(filter)
    const hits = new BlockHits(this.block, candidates)
    const found: Found[] = []
    for (let step = 0; step < hits.length && found.length < most; step++) {
      const hit = from === 'start' ? step : hits.length - 1 - step
      const each = this.#foundAt(hits, hit)
      const isExact = candidates[hits.groupOf(hit)]?.exact === true
      if (each !== null && (isExact || filter.matches(each.message))) found.push(each)
    }
    return from === 'start' ? found : found.reverse()
  }

  text(filter: LogFilter, here: string, colour: boolean): Uint8Array {
    const candidates = this.#candidates(filter)
    const hits = new BlockHits(this.block, candidates)
    const into = new TextBytes(hits.length * USUAL_BYTES)
    const writers = this.block.groups.map((group, index) => {
      const rows = candidates[index]?.exact === true ? hits.rows[index] : undefined
      return rows === undefined ? null : new RowText(group, rows, here, colour)
    })
    for (let hit = 0; hit < hits.length; hit++) {
      const writer = writers[hits.groupOf(hit)] ?? null
      if (writer !== null) {
        writer.add(hits.indexOf(hit), into)
        continue
      }
      const message = this.#foundAt(hits, hit)?.message
      if (message !== undefined && filter.matches(message)) into.addText(formatLogText(message, here, colour))
    }
    for (const group of this.block.groups) group.release()
    return into.bytes
  }

  /** What may pass of each group. */
  #candidates(filter: LogFilter): (Candidates | null)[] {
    return this.block.groups.map((group, index) =>
      this.#mayHold(index, filter) ? findCandidates(group, filter) : null,
    )
  }

  #foundAt(hits: BlockHits, hit: number): Found | null {
    const index = hits.groupOf(hit)
    const group = this.block.groups[index]
    return group === undefined ? null : foundAt(group, hits.rows[index]?.[hits.indexOf(hit)] ?? 0)
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

/** More than most lines have. */
const USUAL_BYTES = 256
