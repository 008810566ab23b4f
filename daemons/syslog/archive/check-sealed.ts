import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { senderAddress } from '../query/message-test.ts'
import { readForward } from '../query/segment-lines.ts'
import { KindCount } from './kind-count.ts'
import type { SealedRecord } from './manifest.ts'
import { blocksOf, SealedBlock } from './sealed-block.ts'
import { formatSealedRow, MicrosText } from './sealed-columns.ts'
import { RowCursor } from './sealed-row.ts'
import { type SealedGroup, SealedSegment } from './sealed-segment.ts'
import { joinSieves } from './segment-sieve.ts'
import { TextSieve } from './text-sieve.ts'

/** How a Parquet file compares with the segment that it was made from. */
export interface SealedCheck {
  /** Lines of the segment that do not come back as they were. */
  readonly odd: readonly { readonly seq: number; readonly line: string }[]
  readonly record: Omit<SealedRecord, 'sieve_bytes'>
  readonly sieve: Uint8Array
}

/**
 * Reads a Parquet file back and compares it with the segment, message by message.
 *
 * @param name of the segment, without ending
 * @throws Error in words when a message is missing or one too many, or the file cannot be read
 */
export function checkSealed(name: string, segment: string, sealed: string): SealedCheck {
  const parquet = new SealedSegment(sealed)
  const odd: { seq: number; line: string }[] = []
  const counts = {
    hosts: new KindCount(),
    apps: new KindCount(),
    severities: new KindCount(),
    senders: new KindCount(),
  }
  const lines = linesOf(segment)
  let next = Number.NaN
  for (const block of blocksOf(parquet.groups)) {
    const [first, last] = block.range('seq')
    if (first !== (Number.isNaN(next) ? first : next)) throw new Error(`message ${next} is missing`)
    if (block.groups.some((group) => group.numbers('rt').some(Number.isNaN)))
      throw new Error('a time of receipt cannot be read')
    for (const row of rowsOf(block)) {
      const { value: line, done } = lines.next()
      if (done === true) throw new Error('it has more messages than the segment')
      if (formatSealedRow(row) !== line) odd.push({ seq: numberOf(line, row.seq), line })
      counts.hosts.add(row.host ?? senderAddress(row.src ?? ''))
      counts.apps.add(row.app ?? '-')
      counts.severities.add(row.severity ?? '-')
      counts.senders.add(senderAddress(row.src ?? ''))
    }
    next = last + 1
  }
  if (lines.next().done !== true) throw new Error('it has fewer messages than the segment')
  const whole = new SealedBlock(parquet.groups, 0)
  const ranges = { seq: whole.range('seq'), rt: whole.range('rt') }
  const times = new MicrosText()
  const record = {
    ...{ name, rows: parquet.rows, seq: ranges.seq },
    rt: [times.format(ranges.rt[0]), times.format(ranges.rt[1])] as const,
    ...{ bytes: statSync(sealed).size, ndjson_bytes: statSync(segment).size },
    sha256: createHash('sha256').update(readFileSync(sealed)).digest('hex'),
    ...{ hosts: counts.hosts.toRecord(), apps: counts.apps.toRecord() },
    ...{ severities: counts.severities.toRecord(), senders: counts.senders.toRecord() },
  }
  return { odd, record, sieve: joinSieves(parquet.groups.map(sieveOf)) }
}

/** Number of a line that somebody has edited. @throws Error when it is not the one that belongs there */
function numberOf(line: string, seq: number): number {
  const value: unknown = JSON.parse(line)
  if (typeof value === 'object' && value !== null && 'seq' in value && value.seq === seq) return seq
  throw new Error(`message ${seq} is not where it belongs`)
}

function* linesOf(path: string): Generator<string, undefined> {
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    for (const lines of readForward(fd, 0, size)) yield* lines
    const last = Buffer.alloc(1)
    if (size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== LF)
      throw new Error('it ends in a torn line')
    return undefined
  } finally {
    closeSync(fd)
  }
}

const LF = 10

/** The messages of a block in their order; one cursor for each group. */
function* rowsOf(block: SealedBlock): Generator<RowCursor> {
  const { groups, rows } = block.places()
  const cursors = block.groups.map((group) => new RowCursor(group))
  for (const [place, index] of groups.entries()) {
    const cursor = cursors[index]
    if (cursor === undefined) throw new Error('a sealed segment with a number missing')
    cursor.row = rows[place] ?? 0
    yield cursor
  }
}

function sieveOf(group: SealedGroup): Uint8Array {
  const sieve = TextSieve.empty()
  const texts = group.texts('msg')
  for (const [index, start] of texts.starts.entries())
    if (start >= 0) sieve.add(texts.bytes, start, texts.ends[index] ?? 0)
  return sieve.toBytes()
}
