import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readAt } from '../store/read-at.ts'
import { type SegmentName, sortAllSegments, sortSegments } from '../store/segment-name.ts'

/** The part of a segment that holds whole messages at one moment. */
export interface Extent extends SegmentName {
  readonly path: string
  /** It is a Parquet file. */
  readonly sealed: boolean
  /** Offset behind the last whole line; of a sealed one its size. */
  readonly end: number
  /** When it was last written, milliseconds since 1970. */
  readonly lastMs: number
}

/** The segments in a folder, oldest first; none when there is no such folder. @throws Error when it may not be read */
export function listExtents(folder: string): Extent[] {
  return sortAllSegments(filesIn(folder)).flatMap((segment) => {
    const sealed = segment.name.endsWith('.parquet')
    const extent = extentOf(folder, segment, sealed)
    // Sealed between the two looks.
    const name = segment.name.replace(/\.ndjson$/, '.parquet')
    return extent.length > 0 || sealed ? extent : extentOf(folder, { ...segment, name }, true)
  })
}

function extentOf(folder: string, segment: SegmentName, sealed: boolean): Extent[] {
  const path = join(folder, segment.name)
  return withFile(path, (fd) => {
    const { size, mtimeMs } = fstatSync(fd)
    return [{ ...segment, path, sealed, end: sealed ? size : endOfLines(fd, size), lastMs: mtimeMs }]
  })
}

/** Names of those that are not sealed, oldest first. */
export function listSegments(folder: string): SegmentName[] {
  return sortSegments(filesIn(folder))
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Opens a file for the readers below; null when it is gone: removed by retention, or sealed. */
export function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/**
 * Groups of whole lines of an open file from `start` up to `end`, in order.
 *
 * @param needle groups that have it nowhere are left out; null = none is
 */
export function* readForward(
  fd: number,
  start: number,
  end: number,
  needle: Buffer | null = null,
): Generator<string[]> {
  let at = start
  let window = CHUNK_BYTES
  while (at < end) {
    const bytes = readAt(fd, at, Math.min(window, end - at))
    const last = bytes.lastIndexOf(LF)
    if (last < 0) {
      // A line longer than the window; at the end of the file it is one still being written.
      if (bytes.length < window) return
      window *= 2
      continue
    }
    at += last + 1
    if (needle === null || bytes.includes(needle)) yield bytes.toString('utf8', 0, last).split('\n')
  }
}

/** Groups of whole lines of an open file that end before `end`; the last group first, each group in order. @param needle as above */
export function* readBackward(fd: number, end: number, needle: Buffer | null = null): Generator<string[]> {
  let until = end
  let window = CHUNK_BYTES
  while (until > 0) {
    const start = Math.max(0, until - window)
    const bytes = readAt(fd, start, until - start)
    if (bytes.length < until - start) return
    const first = start === 0 ? 0 : bytes.indexOf(LF) + 1
    if (first === bytes.length || (first === 0 && start > 0)) {
      window *= 2
      continue
    }
    until = start + first
    if (needle === null || bytes.includes(needle)) yield bytes.toString('utf8', first, bytes.length - 1).split('\n')
  }
}

function endOfLines(fd: number, size: number): number {
  for (let end = size; end > 0; end -= CHUNK_BYTES) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const last = readAt(fd, start, end - start).lastIndexOf(LF)
    if (last >= 0) return start + last + 1
  }
  return 0
}

/** Opens for one use; a file that is gone gives an empty list. */
function withFile<Item>(path: string, use: (fd: number) => Item[]): Item[] {
  const fd = openIfThere(path)
  if (fd === null) return []
  try {
    return use(fd)
  } finally {
    closeSync(fd)
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

const CHUNK_BYTES = 256 * 1024
const LF = 10
