import { closeSync } from 'node:fs'
import { SealedSegment } from '../archive/sealed-segment.ts'
import type { Chunk } from './chunk.ts'
import { LineChunk } from './line-chunk.ts'
import type { LogFilter } from './log-filter.ts'
import { SealedChunk } from './sealed-chunk.ts'
import { type Extent, openIfThere, readBackward, readForward } from './segment-lines.ts'

/** All of a segment in order, or from its end; nothing when retention has removed it. @throws Error when it cannot be read */
export function* chunksOf(extent: Extent, order: 'forward' | 'backward'): Generator<Chunk> {
  const fd = extent.sealed ? null : openIfThere(extent.path)
  if (fd === null) {
    yield* sealedChunks(extent.path.replace(/\.ndjson$/, '.parquet'), order)
    return
  }
  try {
    const groups = order === 'forward' ? readForward(fd, 0, extent.end) : readBackward(fd, extent.end)
    for (const lines of groups) yield new LineChunk(lines)
  } finally {
    closeSync(fd)
  }
}

/** All of some segments in order. */
export async function* chunksOfAll(extents: readonly Extent[], _filter: LogFilter): AsyncGenerator<Chunk> {
  for (const extent of extents) yield* chunksOf(extent, 'forward')
}

/** Lines of a store from the newest to the oldest. */
export function* newestLines(extents: readonly Extent[]): Generator<string> {
  for (const extent of extents.toReversed())
    for (const chunk of chunksOf(extent, 'backward')) yield* chunk.lines().toReversed()
}

/** The groups of a sealed segment; nothing when it is gone. */
export function sealedChunks(path: string, order: 'forward' | 'backward'): SealedChunk[] {
  const groups = openSealed(path)?.groups ?? []
  return (order === 'forward' ? groups : groups.toReversed()).map((group) => new SealedChunk(group))
}

function openSealed(path: string): SealedSegment | null {
  try {
    return new SealedSegment(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
