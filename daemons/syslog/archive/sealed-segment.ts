import { closeSync, fstatSync, openSync } from 'node:fs'
import { type NumberColumn, readNumbers } from '../parquet/number-column.ts'
import {
  type ColumnChunk,
  type RowGroup,
  readFooter,
  readFooterLength,
  TRAILER_BYTES,
} from '../parquet/parquet-footer.ts'
import { loadTexts, noTexts, pickRows, pickTexts, readTexts, type TextColumn } from '../parquet/text-column.ts'
import { readAt } from '../store/read-at.ts'
import { AGED_COLUMNS, type TextColumnName } from './sealed-columns.ts'

/** A sealed segment. */
export class SealedSegment {
  readonly rows: number
  /** Its row groups; see `SealedBlock` for their order. */
  readonly groups: readonly SealedGroup[]

  /** @throws Error when there is no such file (ENOENT), or it cannot be read */
  constructor(path: string) {
    const { rows, groups } = withFile(path, (fd) => {
      try {
        const { size } = fstatSync(fd)
        const length = readFooterLength(readWhole(fd, Math.max(0, size - TRAILER_BYTES), TRAILER_BYTES))
        return readFooter(readWhole(fd, Math.max(0, size - length), Math.min(size, length)))
      } catch (error) {
        throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`)
      }
    })
    this.rows = rows
    this.groups = groups.map((group) => new SealedGroup(path, group))
  }
}

/** Some thousand messages that lie and are packed together; columns are read when asked for. */
export class SealedGroup {
  readonly #path: string
  readonly #group: RowGroup
  readonly #texts = new Map<TextColumnName, TextColumn>()
  readonly #numbers = new Map<'rt' | 'seq', NumberColumn>()

  constructor(path: string, group: RowGroup) {
    this.#path = path
    this.#group = group
  }

  get rows(): number {
    return this.#group.rows
  }

  /** The least and greatest `seq`, or `rt` in microseconds since 1970. */
  range(name: 'rt' | 'seq'): readonly [number, number] {
    return this.#chunk(name).range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  }

  numbers(name: 'rt' | 'seq'): NumberColumn {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const column = readNumbers(this.#chunk(name), this.#bytes(name))
    this.#numbers.set(name, column)
    return column
  }

  texts(name: TextColumnName): TextColumn {
    const known = this.#texts.get(name)
    if (known !== undefined) return known
    const column = this.isEmpty(name) ? noTexts(this.rows) : readTexts(this.#chunk(name), this.#bytes(name))
    this.#texts.set(name, column)
    return column
  }

  /** A column at some rows alone: what stands at row `rows[n]` is at row `n` of the result. @param rows growing */
  pick(name: TextColumnName, rows: Int32Array): TextColumn {
    if (this.isEmpty(name)) return noTexts(rows.length)
    if (this.#texts.has(name) || rows.length * FEW > this.rows) return pickRows(this.texts(name), rows)
    return pickTexts(this.#chunk(name), this.#bytes(name), rows)
  }

  /** Whether it is known that no row has a text there. */
  isEmpty(name: TextColumnName): boolean {
    if (AGED_COLUMNS.includes(name) && !this.#group.columns.has(name)) return true
    return this.#chunk(name).nulls === this.rows
  }

  /** Reads a column with the work in other threads, so that `texts` has it at hand. */
  async load(name: TextColumnName): Promise<void> {
    if (!this.#texts.has(name)) this.#texts.set(name, await loadTexts(this.#chunk(name), this.#bytes(name)))
  }

  /**
   * Gives the memory of what was unpacked back at once: the collector of garbage, which else is called for it again and again, takes
   * a third of a search. Columns that were given out must not be used any more.
   */
  release(): void {
    for (const { bytes, codes } of this.#texts.values()) free(codes ?? bytes)
    for (const numbers of this.#numbers.values()) free(numbers)
    this.#texts.clear()
    this.#numbers.clear()
  }

  #chunk(name: string): ColumnChunk {
    const chunk = this.#group.columns.get(name)
    if (chunk === undefined) throw new Error(`a sealed segment without the column ${name}`)
    return chunk
  }

  #bytes(name: string): Buffer {
    const { start, bytes } = this.#chunk(name)
    return withFile(this.#path, (fd) => readWhole(fd, start, bytes))
  }
}

/** With more than one in so many rows all are read: one after the other costs less than one by itself. */
const FEW = 4

/** Small ones may share their memory with others, and are not worth it. */
function free({ buffer }: Uint8Array | Int32Array | Float64Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > SMALL) buffer.transfer(0)
}

const SMALL = 1 << 16

function withFile<Result>(path: string, use: (fd: number) => Result): Result {
  const fd = openSync(path, 'r')
  try {
    return use(fd)
  } finally {
    closeSync(fd)
  }
}

function readWhole(fd: number, position: number, length: number): Buffer {
  const bytes = readAt(fd, position, length)
  if (bytes.length < length) throw new Error('a sealed segment ends early')
  return bytes
}
