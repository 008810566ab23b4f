import { join } from 'node:path'
import type { SegmentName } from '../segment-name.ts'
import { FolderWatch } from './folder-watch.ts'
import { listSegments, readForward } from './segment-lines.ts'

/** A place in the store: behind a whole line of a segment; null = before everything. */
export type StorePlace = { readonly name: string; readonly offset: number } | null

/** Groups of new whole lines as they are stored, across segments, until the stop. */
export async function* followLines(folder: string, place: StorePlace, stop: AbortSignal): AsyncGenerator<string[]> {
  const watch = new FolderWatch(folder, stop)
  let current: string | null = place?.name ?? null
  let offset = place?.offset ?? 0
  try {
    while (!stop.aborted) {
      // Listed before reading: when a later segment exists by now, nothing is added to the current one any more.
      const next = nextSegment(listSegments(folder), current)
      if (current !== null) {
        for (const lines of readForward(join(folder, current), offset, Number.MAX_SAFE_INTEGER)) {
          offset += bytesOf(lines)
          yield lines
        }
      }
      if (next === null) await watch.wait()
      else {
        current = next.name
        offset = 0
      }
    }
  } finally {
    watch.close()
  }
}

function nextSegment(segments: readonly SegmentName[], current: string | null): SegmentName | null {
  return segments.find((segment) => current === null || segment.name > current) ?? null
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
}
