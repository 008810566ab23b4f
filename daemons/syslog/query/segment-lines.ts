import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { type SegmentName, sortSegments } from '../segment-name.ts'

/** The part of a segment that holds whole lines at one moment. */
export interface Extent extends SegmentName {
  readonly path: string
  /** Offset behind the last whole line. */
  readonly end: number
  /** When it was last written, milliseconds since 1970. */
  readonly lastMs: number
}

/** The segments in a folder, oldest first; none when there is no such folder. @throws Error when it may not be read */
export function listExtents(folder: string): Extent[] {
  return listSegments(folder).flatMap((segment) => {
    const path = join(folder, segment.name)
    return withFile(path, (fd) => {
      const { size, mtimeMs } = fstatSync(fd)
      return [{ ...segment, path, end: endOfLines(fd, size), lastMs: mtimeMs }]
    })
  })
}

/** Names only, oldest first. */
export function listSegments(folder: string): SegmentName[] {
  try {
    return sortSegments(readdirSync(folder))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Groups of whole lines of a file from `start` up to `end`, in order; nothing when retention has removed it. */
export function* readForward(path: string, start: number, end: number): Generator<string[]> {
  let at = start
  let window = CHUNK_BYTES
  while (at < end) {
    const position = at
    const bytes = withFile(path, (fd) => [readAt(fd, position, Math.min(window, end - position))])[0]
    if (bytes === undefined || bytes.length === 0) return
    const last = bytes.lastIndexOf(LF)
    if (last < 0) {
      // A line longer than the window; at the end of the file it is one still being written.
      if (bytes.length < window) return
      window *= 2
      continue
    }
    at += last + 1
    yield bytes.toString('utf8', 0, last).split('\n')
  }
}

/** Groups of whole lines of a file that end before `end`; the last group first, each group in order. */
export function* readBackward(path: string, end: number): Generator<string[]> {
  let until = end
  let window = CHUNK_BYTES
  while (until > 0) {
    const start = Math.max(0, until - window)
    const length = until - start
    const bytes = withFile(path, (fd) => [readAt(fd, start, length)])[0]
    if (bytes === undefined || bytes.length < length) return
    const first = start === 0 ? 0 : bytes.indexOf(LF) + 1
    if (first === bytes.length || (first === 0 && start > 0)) {
      window *= 2
      continue
    }
    until = start + first
    yield bytes.toString('utf8', first, bytes.length - 1).split('\n')
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
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
  try {
    return use(fd)
  } finally {
    closeSync(fd)
  }
}

function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const count = readSync(fd, bytes, filled, length - filled, position + filled)
    if (count === 0) break
    filled += count
  }
  return bytes.subarray(0, filled)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

const CHUNK_BYTES = 256 * 1024
const LF = 10
