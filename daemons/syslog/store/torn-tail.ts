import { appendFileSync, closeSync, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs'
import { readAt } from './read-at.ts'

/** How a segment ended after the writer died or the power went. */
export interface SegmentTail {
  /** Number of the last whole message, null when there is none. */
  readonly lastSeq: number | null
  /** Length up to and including that message. */
  readonly bytes: number
  /** What was cut off behind it. */
  readonly tornBytes: number
}

/**
 * Cuts a segment back to its last whole message; what is torn off is kept in a file of the same name with `.torn`
 * behind it. A power cut may leave NULs or half a block there, so a line counts only when it can be read.
 *
 * @throws Error when the file cannot be read or cut
 */
export function cutTornTail(path: string): SegmentTail {
  const fd = openSync(path, 'r+')
  try {
    const { size } = fstatSync(fd)
    const tail = findTail(fd, size, CHUNK_BYTES)
    if (tail.bytes < size) {
      for (let at = tail.bytes; at < size; at += CHUNK_BYTES)
        appendFileSync(`${path}.torn`, readAt(fd, at, Math.min(CHUNK_BYTES, size - at)))
      ftruncateSync(fd, tail.bytes)
      fsyncSync(fd)
    }
    return { ...tail, tornBytes: size - tail.bytes }
  } finally {
    closeSync(fd)
  }
}

/** Number of the last whole message of a segment, null when there is none. @throws Error when it cannot be read */
export function readLastSeq(path: string): number | null {
  const fd = openSync(path, 'r')
  try {
    return findTail(fd, fstatSync(fd).size, GLANCE_BYTES).lastSeq
  } finally {
    closeSync(fd)
  }
}

function findTail(fd: number, size: number, firstWindow: number): { lastSeq: number | null; bytes: number } {
  for (let window = firstWindow; ; window *= 4) {
    const start = Math.max(0, size - window)
    const bytes = readAt(fd, start, size - start)
    let end = bytes.lastIndexOf(LF)
    while (end >= 0) {
      const before = end === 0 ? -1 : bytes.lastIndexOf(LF, end - 1)
      if (before < 0 && start > 0) break
      const seq = seqOf(bytes.toString('utf8', before + 1, end))
      if (seq !== null) return { lastSeq: seq, bytes: start + end + 1 }
      end = before
    }
    if (start === 0) return { lastSeq: null, bytes: 0 }
  }
}

function seqOf(line: string): number | null {
  try {
    const value: unknown = JSON.parse(line)
    const seq = typeof value === 'object' && value !== null && 'seq' in value ? value.seq : null
    return typeof seq === 'number' && Number.isSafeInteger(seq) ? seq : null
  } catch {
    return null
  }
}

const CHUNK_BYTES = 1 << 20
const GLANCE_BYTES = 1 << 14
const LF = 10
