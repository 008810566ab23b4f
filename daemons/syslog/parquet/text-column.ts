import {
  DELTA_LENGTH_BYTE_ARRAY,
  isDictionary,
  loadPages,
  type Page,
  type Pages,
  PLAIN,
  readPages,
  unknownEncoding,
} from './column-pages.ts'
import { pickCodes, placeCodes } from './dictionary-codes.ts'
import { readDeltas } from './packed-integers.ts'
import type { ColumnChunk } from './parquet-footer.ts'

/** The texts of a column in one row group. */
export interface TextColumn {
  /** Which of `words` a row has; -1 = none. null when the rows have texts of their own. */
  readonly codes: Int32Array | null
  readonly words: readonly string[]
  /** Text `n` is `bytes[starts[n], ends[n])`, a start of -1 = none; it is that of word `n`, or where there are no words of row `n`. */
  readonly bytes: Buffer
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/** The text of one row, null when it has none. */
export function textAt(column: TextColumn, row: number): string | null {
  if (column.codes !== null) return column.words[column.codes[row] ?? -1] ?? null
  const start = column.starts[row] ?? -1
  return start < 0 ? null : column.bytes.toString('utf8', start, column.ends[row])
}

/** Reads a column of texts. @throws Error as `readPages` */
export function readTexts(column: ColumnChunk, chunk: Buffer): TextColumn {
  return textsOf(column, readPages(column, chunk))
}

/** The same, with the work of decompression in other threads. */
export async function loadTexts(column: ColumnChunk, chunk: Buffer): Promise<TextColumn> {
  return textsOf(column, await loadPages(column, chunk))
}

/** Reads a column at some rows alone: what stands at row `rows[n]` is at row `n` of the result. @param rows growing */
export function pickTexts(column: ColumnChunk, chunk: Buffer, rows: Int32Array): TextColumn {
  const { pages, dictionary } = readPages(column, chunk)
  if (dictionary === null || !areCodes(pages)) return pickRows(textsOf(column, { pages, dictionary }), rows)
  const codes = new Int32Array(rows.length)
  let first = 0
  let index = 0
  for (const page of pages) {
    const behind = first + page.values
    const start = index
    while ((rows[index] ?? behind) < behind) index++
    pickCodes(page, rows.subarray(start, index), first, codes.subarray(start, index))
    first = behind
  }
  return new Words(codes, dictionary)
}

/** The same of a column that was read before. */
export function pickRows(column: TextColumn, rows: Int32Array): TextColumn {
  const at = (all: Int32Array): Int32Array => rows.map((row) => all[row] ?? -1)
  if (column instanceof Words) return column.with(at(column.codes))
  const { codes, words, bytes, starts, ends } = column
  return { codes, words, bytes, starts: at(starts), ends: at(ends) }
}

/** A column in which no row has a text; its pages need not be read. */
export function noTexts(rows: number): TextColumn {
  return new Words(new Int32Array(rows).fill(-1), NO_BYTES)
}

function textsOf(column: ColumnChunk, { pages, dictionary }: Pages): TextColumn {
  if (dictionary !== null && areCodes(pages)) {
    const codes = new Int32Array(column.values)
    let row = 0
    for (const page of pages) {
      placeCodes(page, codes.subarray(row, row + page.values))
      row += page.values
    }
    return new Words(codes, dictionary)
  }
  const single = pages.length === 1 ? pages[0]?.body : undefined
  return new OwnTexts(column.values, pages, single ?? Buffer.concat(pages.map(({ body }) => body)))
}

function areCodes(pages: readonly Page[]): boolean {
  return pages.every(({ encoding }) => isDictionary(encoding))
}

/** Texts that are words of a dictionary. They are only made when they are asked for, since most are just copied. */
class Words implements TextColumn {
  readonly codes: Int32Array
  readonly bytes: Buffer
  readonly starts: Int32Array
  readonly ends: Int32Array
  #words: readonly string[] | null = null

  /** @param dictionary each word behind its length @throws RangeError when it ends early */
  constructor(codes: Int32Array, dictionary: Buffer, places = placeWords(dictionary)) {
    this.codes = codes
    this.bytes = dictionary
    this.starts = places.starts
    this.ends = places.ends
  }

  get words(): readonly string[] {
    this.#words ??= Array.from(this.starts, (start, word) => this.bytes.toString('utf8', start, this.ends[word]))
    return this.#words
  }

  /** The same words at other rows. */
  with(codes: Int32Array): Words {
    return new Words(codes, this.bytes, this)
  }
}

/** Texts that are no words of a dictionary. Where each lies is only worked out when it is asked for. */
class OwnTexts implements TextColumn {
  readonly codes = null
  readonly words = []
  readonly bytes: Buffer
  readonly #rows: number
  readonly #pages: readonly Page[]
  #places: { readonly starts: Int32Array; readonly ends: Int32Array } | null = null

  constructor(rows: number, pages: readonly Page[], bytes: Buffer) {
    this.#rows = rows
    this.#pages = pages
    this.bytes = bytes
  }

  get starts(): Int32Array {
    return this.#place().starts
  }

  get ends(): Int32Array {
    return this.#place().ends
  }

  #place(): { readonly starts: Int32Array; readonly ends: Int32Array } {
    if (this.#places !== null) return this.#places
    const places = { starts: new Int32Array(this.#rows).fill(-1), ends: new Int32Array(this.#rows) }
    let row = 0
    let base = 0
    for (const page of this.#pages) {
      placeTexts(page, places.starts, places.ends, row, base)
      row += page.values
      base += page.body.length
    }
    this.#places = places
    return places
  }
}

/** Notes where the texts of a page lie, for rows from `row` on. @param base where its body begins in all bytes */
function placeTexts(page: Page, starts: Int32Array, ends: Int32Array, row: number, base: number): void {
  const { body, encoding, present } = page
  const deltas = encoding === DELTA_LENGTH_BYTE_ARRAY ? readDeltas(body, 0) : null
  if (deltas === null && encoding !== PLAIN) throw unknownEncoding(encoding)
  let at = deltas?.end ?? 0
  let next = 0
  for (let index = 0; index < page.values; index++) {
    if (present?.[index] === 0) continue
    let length = deltas?.values[next++] ?? 0
    if (deltas === null) {
      length = body.readUInt32LE(at)
      at += 4
    }
    starts[row + index] = base + at
    at += length
    ends[row + index] = base + at
  }
  if (at > body.length) throw new RangeError('a damaged file: texts end early')
}

function placeWords(dictionary: Buffer): { readonly starts: Int32Array; readonly ends: Int32Array } {
  const places: number[] = []
  for (let at = 0; at < dictionary.length; ) {
    places.push(at + 4)
    at += 4 + dictionary.readUInt32LE(at)
  }
  const starts = Int32Array.from(places)
  return { starts, ends: starts.map((start) => start + dictionary.readUInt32LE(start - 4)) }
}

const NO_BYTES = Buffer.alloc(0)
