import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { parseRow, type StateRow } from './ledger-row.ts'

/** All files of the ledger together; the oldest go beyond it. */
const MOST_BYTES = 32 << 20
const MOST_DAYS = 400

/**
 * The ledger's files: one per UTC day, one row per line. The newest ends with the rows of the open minute and a state row,
 * which are written over in place until the minute is closed: what a killed process leaves is at most a second old, and
 * whole. Every method throws when the disk refuses; the next call tries anew.
 */
export class LedgerFile {
  readonly #folder: string
  #day: string | null = null
  #fd: number | null = null
  /** Behind the rows that are closed. */
  #closed = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Finds where the account stood, cutting off what a crash left torn behind it; null when nothing is known.
   *
   * @returns also how many bytes were no rows
   */
  resume(): { readonly state: StateRow | null; readonly tornBytes: number } {
    mkdirSync(this.#folder, { recursive: true, mode: 0o750 })
    let tornBytes = 0
    for (const name of ledgerFiles(this.#folder).slice(-RESUME_FILES).reverse()) {
      const fd = openSync(join(this.#folder, name), 'r+')
      try {
        const { state, end, size } = readEnd(fd)
        tornBytes += size - end
        if (end < size) ftruncateSync(fd, end)
        if (state !== null) return { state, tornBytes }
      } finally {
        closeSync(fd)
      }
    }
    return { state: null, tornBytes }
  }

  /** Writes the rows of the open minute in place of what was written of it. */
  write(day: string, rows: string): void {
    const fd = this.#open(day)
    const bytes = Buffer.from(rows)
    for (let written = 0; written < bytes.length; )
      written += writeSync(fd, bytes, written, bytes.length - written, this.#closed + written)
    const end = this.#closed + bytes.length
    if (fstatSync(fd).size > end) ftruncateSync(fd, end)
  }

  /** The first `length` bytes of what was written last are not touched any more, and go to the disk when it has time. */
  close(length: number): void {
    this.#closed += length
    if (this.#fd !== null) fdatasync(this.#fd, () => undefined)
  }

  /** Deletes the oldest days beyond the limits. */
  prune(): void {
    const names = ledgerFiles(this.#folder)
    const sizes = names.map((name) => statSync(join(this.#folder, name), { throwIfNoEntry: false })?.size ?? 0)
    let bytes = sizes.reduce((sum, size) => sum + size, 0)
    for (let index = 0; index < names.length - 1; index++) {
      if (bytes <= MOST_BYTES && names.length - index <= MOST_DAYS) return
      unlinkSync(join(this.#folder, names[index] ?? ''))
      bytes -= sizes[index] ?? 0
    }
  }

  /** Gives the descriptor back. */
  end(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
    this.#day = null
  }

  /** The file of that day, or of the newest there is: a clock that went back does not reopen a day. */
  #open(day: string): number {
    const newest = ledgerFiles(this.#folder).at(-1)?.slice(0, DAY_LENGTH) ?? day
    const wanted = newest > day ? newest : day
    // Somebody may have removed the folder under us.
    if (this.#fd !== null && this.#day === wanted && fstatSync(this.#fd).nlink > 0) return this.#fd
    this.end()
    mkdirSync(this.#folder, { recursive: true, mode: 0o750 })
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW
    this.#fd = openSync(join(this.#folder, `${wanted}.ndjson`), flags, 0o640)
    this.#day = wanted
    this.#closed = endOfRows(this.#fd)
    return this.#fd
  }
}

/** Names of the ledger's files, oldest first; none when there is no such folder. */
export function ledgerFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d{4}-\d\d-\d\d\.ndjson$/.test(name))
      .sort()
  } catch {
    return []
  }
}

/** Where the state row of a file begins, which the next rows replace; its end when there is none. */
function endOfRows(fd: number): number {
  const { end, state, stateBytes } = readEnd(fd)
  return state === null ? end : end - stateBytes
}

/** The last whole row of a file, when it is a state row, and the end of it; what is no row at the end does not count. */
function readEnd(fd: number): { state: StateRow | null; stateBytes: number; end: number; size: number } {
  const { size } = fstatSync(fd)
  const start = Math.max(0, size - TAIL_BYTES)
  const bytes = Buffer.alloc(size - start)
  const filled = readSync(fd, bytes, 0, bytes.length, start)
  for (let end = bytes.lastIndexOf(LF, filled - 1) + 1; end > 0; ) {
    const first = end < 2 ? 0 : bytes.lastIndexOf(LF, end - 2) + 1
    const row = parseRow(bytes.toString('utf8', first, end))
    if (row !== null)
      return { state: row.kind === 'state' ? row : null, stateBytes: end - first, end: start + end, size }
    end = first
  }
  return { state: null, stateBytes: 0, end: start, size }
}

const LF = 10
/** More than the rows of a minute and the block that a power cut tears. */
const TAIL_BYTES = 1 << 18
const DAY_LENGTH = 10
/** A power cut may leave the newest file empty. */
const RESUME_FILES = 3
