import { closeSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { blocksOf } from '../archive/sealed-block.ts'
import { SealedSegment } from '../archive/sealed-segment.ts'
import { SegmentSieve } from '../archive/segment-sieve.ts'
import type { Chunk } from './chunk.ts'
import { LineChunk, plainNeedle } from './line-chunk.ts'
import type { LogFilter } from './log-filter.ts'
import { SealedChunk } from './sealed-chunk.ts'
import { type Extent, openIfThere, readBackward, readForward } from './segment-lines.ts'

/**
 * All of a segment in order, or from its end; nothing when retention has removed it.
 *
 * @param filter chunks in which nothing can pass may be left out; null = none is
 * @throws Error when it cannot be read
 */
export function* chunksOf(
  extent: Extent,
  order: 'forward' | 'backward',
  filter: LogFilter | null = null,
): Generator<Chunk> {
  const fd = extent.sealed ? null : openIfThere(extent.path)
  if (fd === null) {
    yield* sealedChunks(extent.path.replace(/\.ndjson$/, '.parquet'), order, filter?.tests.text?.needle ?? null)
    return
  }
  try {
    const text = filter === null ? null : plainNeedle(filter)
    const needle = text === null ? null : Buffer.from(text)
    const groups = order === 'forward' ? readForward(fd, 0, extent.end, needle) : readBackward(fd, extent.end, needle)
    for (const lines of groups) yield new LineChunk(lines)
  } finally {
    closeSync(fd)
  }
}

/**
 * All of some segments in order, but for what cannot pass the filter. Where the filter asks for a text, the texts of the next groups are unpacked by other
 * threads meanwhile.
 */
export async function* chunksOfAll(extents: readonly Extent[], filter: LogFilter): AsyncGenerator<Chunk> {
  const coming: { readonly chunk: Chunk; readonly ready: Promise<void> }[] = []
  const readsAll = filter.tests.text !== null && filter.tests.host === null
  for (const extent of extents)
    for (const chunk of chunksOf(extent, 'forward', filter)) {
      const ready = readsAll && chunk instanceof SealedChunk ? chunk.prepare(filter) : Promise.resolve()
      // Whoever waits for it hears of the failure; until then nobody does.
      ready.catch(() => undefined)
      coming.push({ chunk, ready })
      if (coming.length > AHEAD) yield* next(coming)
    }
  while (coming.length > 0) yield* next(coming)
}

async function* next(coming: { readonly chunk: Chunk; readonly ready: Promise<void> }[]): AsyncGenerator<Chunk> {
  const first = coming.shift()
  await first?.ready
  // What the other threads have done is heard of in between alone, and then they get more to do.
  await nextTurn()
  if (first !== undefined) yield first.chunk
}

/** Enough to keep the threads busy; each holds some megabytes of text. */
const AHEAD = 4

/** Lines of a store from the newest to the oldest. */
export function* newestLines(extents: readonly Extent[]): Generator<string> {
  for (const extent of extents.toReversed())
    for (const chunk of chunksOf(extent, 'backward')) yield* chunk.lines().toReversed()
}

/** The blocks of a sealed segment; nothing when it is gone, or `needle` is for certain in no text of it. */
export function sealedChunks(path: string, order: 'forward' | 'backward', needle: string | null = null): SealedChunk[] {
  const sieve = SegmentSieve.read(path.replace(/\.parquet$/, '.sieve'))
  if (needle !== null && sieve?.mayHold(Buffer.from(needle)) === false) return []
  const blocks = blocksOf(openSealed(path)?.groups ?? [])
  return (order === 'forward' ? blocks : blocks.toReversed()).map((block) => new SealedChunk(block, sieve))
}

function openSealed(path: string): SealedSegment | null {
  try {
    return new SealedSegment(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
