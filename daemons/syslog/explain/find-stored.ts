import { readSeq } from '../forward/stored-record.ts'
import { listExtents } from '../query/segment-lines.ts'
import { chunksOf } from '../query/store-chunks.ts'

/** The stored line with this number; null when the store does not have it (any more). @throws Error when it may not be read */
export function findStored(folder: string, seq: number): string | null {
  const extents = listExtents(folder)
  const extent = extents.findLast(({ firstSeq }) => firstSeq <= seq)
  if (extent === undefined) return null
  for (const chunk of chunksOf(extent, 'forward')) {
    const found = chunk.lines().find((line) => readSeq(line) === seq)
    if (found !== undefined) return found
  }
  return null
}
