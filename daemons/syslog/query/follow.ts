import { closeSync } from 'node:fs'
import { join } from 'node:path'
import type { SegmentName } from '../store/segment-name.ts'
import { FolderWatch } from './folder-watch.ts'
import { listSegments, openIfThere, readForward } from './segment-lines.ts'
import { sealedChunks } from './store-chunks.ts'

/** A place in the store: behind a whole line of a segment, with the number of that message; null = before everything. */
export type StorePlace = { readonly name: string; readonly offset: number; readonly seq: number } | null

/** Groups of new whole lines as they are stored, across segments, until the stop. */
export async function* followLines(folder: string, place: StorePlace, stop: AbortSignal): AsyncGenerator<string[]> {
  const watch = new FolderWatch(folder, stop)
  let current: string | null = place?.name ?? null
  let offset = place?.offset ?? 0
  let seq = place?.seq ?? 0
  try {
    while (!stop.aborted) {
      // Listed before reading: when a later segment exists by now, nothing is added to the current one any more.
      const next = nextSegment(listSegments(folder), current)
      if (current !== null) {
        for (const lines of linesOf(folder, current, offset, seq)) {
          offset += bytesOf(lines)
          seq = seqOf(lines.at(-1) ?? '') ?? seq
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

/** Whoever was held up for long may find the segment sealed: then those behind the last number. */
function* linesOf(folder: string, name: string, offset: number, seq: number): Generator<string[]> {
  const fd = openIfThere(join(folder, name))
  if (fd !== null) {
    try {
      yield* readForward(fd, offset, Number.MAX_SAFE_INTEGER)
    } finally {
      closeSync(fd)
    }
    return
  }
  for (const chunk of sealedChunks(join(folder, name.replace(/\.ndjson$/, '.parquet')), 'forward')) {
    const lines = chunk.block.range('seq')[1] <= seq ? [] : chunk.lines().filter((line) => (seqOf(line) ?? 0) > seq)
    if (lines.length > 0) yield lines
  }
}

function nextSegment(segments: readonly SegmentName[], current: string | null): SegmentName | null {
  return segments.find((segment) => current === null || segment.name > current) ?? null
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
}

/** Number of a stored line, null when it is none; the keys stand in a fixed order. */
export function seqOf(line: string): number | null {
  const [, digits] = /^\{"rt":"[^"]*","seq":(\d{1,16}),/.exec(line) ?? []
  return digits === undefined ? null : Number(digits)
}
