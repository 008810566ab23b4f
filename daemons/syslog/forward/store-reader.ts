import { closeSync, fstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { readAt } from '../store/read-at.ts'
import { namesIn } from '../store/segment-folder.ts'
import type { SegmentName } from '../store/segment-name.ts'
import { readSeq } from './stored-record.ts'

/** What a reader found behind its place. */
export interface Reading {
  /** Whole lines without LF, in the order of the store. */
  readonly lines: readonly string[]
  /** Messages in front of them, or between, that the store does not have. */
  readonly missing: number
}

/** A segment by its name. */
export type NamedSegment = Pick<SegmentName, 'name' | 'firstSeq'>

/** Where it stands in an open segment. */
interface Place {
  readonly name: string
  readonly fd: number
  offset: number
}

/**
 * Reads the store in order from any message on. The file under its place stays open, so that a segment which is deleted
 * meanwhile is still read to its end.
 */
export class StoreReader {
  readonly #folder: string
  readonly #names: () => readonly NamedSegment[]
  #seq: number
  #place: Place | null = null
  /** One for all readings: what is read becomes text before the next. */
  readonly #bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES)

  /**
   * @param seq number of the first message to read
   * @param names the segments that are not sealed, oldest first, for one who knows them without a look into the folder
   */
  constructor(folder: string, seq: number, names: () => readonly NamedSegment[] = () => namesIn(folder)) {
    this.#folder = folder
    this.#names = names
    this.#seq = seq
  }

  /** Number of the next message. */
  get seq(): number {
    return this.#seq
  }

  /** Goes to another message, forwards or back. */
  seek(seq: number): void {
    this.close()
    this.#seq = seq
  }

  /** Reads on, a bounded amount. @param until number of the first message that is not there yet. @throws Error of the disk */
  read(until: number): Reading {
    let missing = 0
    while (this.#seq < until) {
      this.#place ??= this.#find()
      const lines = this.#place === null ? [] : this.#readLines(this.#place, until - this.#seq)
      if (lines.length > 0) {
        const last = readSeq(lines.at(-1) ?? '')
        const expected = this.#seq + lines.length
        this.#seq = last === null ? expected : last + 1
        missing += Math.max(0, this.#seq - expected)
        return { lines, missing }
      }
      const next = this.#nextSegment()
      if (next === undefined) return { lines, missing }
      missing += Math.max(0, next.firstSeq - this.#seq)
      this.#seq = Math.max(this.#seq, next.firstSeq)
      this.close()
      this.#place = this.#open(next.name, 0)
    }
    return { lines: [], missing }
  }

  /** Forgets the open file; reading goes on at the same place. */
  close(): void {
    if (this.#place !== null) closeSync(this.#place.fd)
    this.#place = null
  }

  /** The place of the next message, or null when it is in no segment. */
  #find(): Place | null {
    const segment = holding(this.#names(), this.#seq)
    const place = segment === undefined ? null : this.#open(segment.name, 0)
    if (place !== null) place.offset = offsetOf(place.fd, this.#seq)
    return place
  }

  #open(name: string, offset: number): Place | null {
    try {
      return { name, fd: openSync(join(this.#folder, name), 'r'), offset }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
      throw error
    }
  }

  #nextSegment(): NamedSegment | undefined {
    const { name } = this.#place ?? { name: null }
    return this.#names().find((each) => (name === null ? each.firstSeq > this.#seq : each.name > name))
  }

  #readLines(place: Place, most: number): string[] {
    for (let window = CHUNK_BYTES; ; window *= 2) {
      const bytes = readAt(place.fd, place.offset, window, this.#bytes)
      const last = bytes.lastIndexOf(LF)
      if (last >= 0) {
        const lines = bytes.toString('utf8', 0, last).split('\n')
        // What stands behind the newest message was refused by the disk and is about to be cut off.
        const taken = lines.length > most ? lines.slice(0, most) : lines
        place.offset += taken.length === lines.length ? last + 1 : bytesOf(taken)
        return taken
      }
      if (bytes.length < window) return []
    }
  }
}

/** The segment that has the message, as far as names tell. */
function holding(names: readonly NamedSegment[], seq: number): NamedSegment | undefined {
  return names.findLast(({ firstSeq }) => firstSeq <= seq)
}

/** Where the first line with this number or a later one begins; numbers grow, so that halving finds it. */
function offsetOf(fd: number, seq: number): number {
  let low = 0
  let high = fstatSync(fd).size
  while (high - low > CHUNK_BYTES) {
    const middle = low + Math.floor((high - low) / 2)
    const { value: line } = linesFrom(fd, middle, high).next()
    if (line === undefined || line.seq >= seq) high = middle
    else low = line.start
  }
  const { size } = fstatSync(fd)
  for (const line of linesFrom(fd, low, size)) if (line.seq >= seq) return line.start
  return size
}

/**
 * Lines that carry a number and begin behind `from`, or at 0, up to `end`. Only their heads are looked at: a message
 * may take many times its size when it is escaped.
 */
function* linesFrom(fd: number, from: number, end: number): Generator<{ start: number; seq: number }, undefined> {
  if (from === 0) yield* lineAt(0, readAt(fd, 0, HEAD_BYTES))
  for (let at = from, window = GLANCE_BYTES; at < end; at += window, window = Math.min(window * 4, CHUNK_BYTES)) {
    const bytes = readAt(fd, at, window)
    for (let start = bytes.indexOf(LF) + 1; start > 0; start = bytes.indexOf(LF, start) + 1) {
      const isCut = start + HEAD_BYTES > bytes.length
      yield* lineAt(at + start, isCut ? readAt(fd, at + start, HEAD_BYTES) : bytes.subarray(start, start + HEAD_BYTES))
    }
  }
}

function* lineAt(start: number, head: Buffer): Generator<{ start: number; seq: number }, undefined> {
  const seq = readSeq(head.toString('latin1'))
  if (seq !== null) yield { start, seq }
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
}

const CHUNK_BYTES = 1 << 16
const GLANCE_BYTES = 1 << 12
/** What `readSeq` needs of a line. */
const HEAD_BYTES = 80
const LF = 10
