import { type ZstdOptions, zstdDecompress, zstdDecompressSync } from 'node:zlib'
import { readDeltas, readHybrid } from './packed-integers.ts'
import { type ColumnChunk, numberAt, readInt64, structAt } from './parquet-footer.ts'
import { readThriftStruct } from './thrift-struct.ts'

/** The values of a column in one row group that are numbers; NaN where a row has none. */
export type NumberColumn = Float64Array

/** The texts of a column in one row group. */
export interface TextColumn {
  /** Which of `words` a row has; -1 = none. null when the rows have texts of their own. */
  readonly codes: Int32Array | null
  readonly words: readonly string[]
  /** Texts of their own: row `n` has `bytes[starts[n], ends[n])`; a start of -1 = none. */
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

/** A page of data without its compression. */
interface Page {
  readonly values: number
  readonly encoding: number
  readonly body: Buffer
  /** 0 or 1 for each row: whether it has a value. null = all have. */
  readonly present: Int32Array | null
}

/** Reads a column of 64-bit numbers. @param chunk its bytes in the file @throws Error when it is damaged or written in a way that we do not write */
export function readNumbers(column: ColumnChunk, chunk: Buffer): NumberColumn {
  const { pages, dictionary } = readPages(column, chunk)
  const rows = new Float64Array(column.values)
  let row = 0
  for (const page of pages) {
    const values = numbersOf(page, dictionary)
    let next = 0
    for (let index = 0; index < page.values; index++)
      rows[row++] = page.present?.[index] === 0 ? Number.NaN : (values[next++] ?? Number.NaN)
  }
  return rows
}

function numbersOf(page: Page, dictionary: Buffer | null): Float64Array {
  const { body, encoding } = page
  const count = countPresent(page)
  if (encoding === DELTA_BINARY_PACKED) return readDeltas(body, 0).values
  if (encoding === PLAIN) return Float64Array.from({ length: count }, (_, index) => readInt64(body, index * 8))
  if (!isDictionary(encoding) || dictionary === null) throw unknownEncoding(encoding)
  const codes = readCodes(body, count)
  return Float64Array.from(codes, (code) => readInt64(dictionary, code * 8))
}

/** Reads a column of texts. @throws Error as `readNumbers` */
export function readTexts(column: ColumnChunk, chunk: Buffer): TextColumn {
  return textsOf(column, readPages(column, chunk))
}

/** The same, with the work of decompression in other threads. */
export async function loadTexts(column: ColumnChunk, chunk: Buffer): Promise<TextColumn> {
  const listed = listPages(column, chunk)
  const bodies = await Promise.all(listed.map(({ bytes, length }) => decompressLater(column.codec, bytes, length)))
  return textsOf(column, openPages(listed, bodies, column.nulls === 0))
}

/** A column in which no row has a text; its pages need not be read. */
export function noTexts(rows: number): TextColumn {
  return { codes: new Int32Array(rows).fill(-1), words: [], bytes: NO_BYTES, starts: NO_ROWS, ends: NO_ROWS }
}

function textsOf(column: ColumnChunk, { pages, dictionary }: Pages): TextColumn {
  if (pages.every(({ encoding }) => isDictionary(encoding)) && dictionary !== null) {
    const codes = new Int32Array(column.values)
    let row = 0
    for (const page of pages) {
      placeCodes(page, codes.subarray(row, row + page.values))
      row += page.values
    }
    return { codes, words: plainWords(dictionary), bytes: NO_BYTES, starts: NO_ROWS, ends: NO_ROWS }
  }
  const single = pages.length === 1 ? pages[0]?.body : undefined
  return new OwnTexts(column.values, pages, single ?? Buffer.concat(pages.map(({ body }) => body)))
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

function placeCodes(page: Page, codes: Int32Array): void {
  const { present } = page
  const values = readCodes(page.body, countPresent(page))
  if (present === null) {
    codes.set(values)
    return
  }
  let next = 0
  for (let index = 0; index < codes.length; index++) codes[index] = present[index] === 0 ? -1 : (values[next++] ?? -1)
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

function plainWords(bytes: Buffer): string[] {
  const words: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at)
    words.push(bytes.toString('utf8', at + 4, end))
    at = end
  }
  return words
}

/** Entries of the dictionary, behind the byte that says how many bits each has. */
function readCodes(body: Buffer, count: number): Int32Array {
  const codes = new Int32Array(count)
  if (count > 0) readHybrid(body, 1, body.readUInt8(0), codes)
  return codes
}

function countPresent({ values, present }: Page): number {
  if (present === null) return values
  let count = 0
  for (let index = 0; index < present.length; index++) count += present[index] ?? 0
  return count
}

function readPages(column: ColumnChunk, chunk: Buffer): Pages {
  const listed = listPages(column, chunk)
  return openPages(
    listed,
    listed.map(({ bytes, length }) => decompress(column.codec, bytes, length)),
    column.nulls === 0,
  )
}

/** A page as it lies in the file. */
interface ListedPage {
  /** null: the dictionary. */
  readonly data: Omit<Page, 'body' | 'present'> | null
  readonly bytes: Buffer
  /** Of what it is without compression. */
  readonly length: number
}

interface Pages {
  readonly pages: readonly Page[]
  readonly dictionary: Buffer | null
}

function listPages(column: ColumnChunk, chunk: Buffer): ListedPage[] {
  const listed: ListedPage[] = []
  for (let at = 0, values = 0; values < column.values; ) {
    const { struct, end } = readThriftStruct(chunk, at)
    at = end + numberAt(struct, 3)
    const page = { bytes: chunk.subarray(end, at), length: numberAt(struct, 2) }
    if (page.length > MOST_BYTES) throw new Error('a damaged file: a page beyond all measure')
    if (numberAt(struct, 1) === DICTIONARY_PAGE) listed.push({ ...page, data: null })
    else if (numberAt(struct, 1) === DATA_PAGE) {
      const head = structAt(struct, 5)
      const data = { values: numberAt(head, 1), encoding: numberAt(head, 2) }
      values += data.values
      listed.push({ ...page, data })
    } else throw new Error('a Parquet file of a kind that we do not write')
  }
  return listed
}

/** @param bodies of the pages, without compression */
function openPages(listed: readonly ListedPage[], bodies: readonly Buffer[], complete: boolean): Pages {
  const pages: Page[] = []
  let dictionary: Buffer | null = null
  for (const [index, { data }] of listed.entries()) {
    const body = bodies[index] ?? NO_BYTES
    if (data === null) dictionary = body
    else pages.push({ ...data, ...readPresence(body, data.values, complete) })
  }
  return { pages, dictionary }
}

/** Parts which rows have a value from the values. @param complete it is known that all have one */
function readPresence(body: Buffer, values: number, complete: boolean): { present: Int32Array | null; body: Buffer } {
  const length = body.readUInt32LE(0)
  if (complete) return { present: null, body: body.subarray(4 + length) }
  const levels = new Int32Array(values)
  readHybrid(body.subarray(0, 4 + length), 4, 1, levels)
  return { present: levels.includes(0) ? levels : null, body: body.subarray(4 + length) }
}

function decompress(codec: number, bytes: Buffer, length: number): Buffer {
  return isPacked(codec) ? zstdDecompressSync(bytes, optionsFor(length)) : bytes
}

function decompressLater(codec: number, bytes: Buffer, length: number): Promise<Buffer> {
  if (!isPacked(codec)) return Promise.resolve(bytes)
  return new Promise((resolve, reject) => {
    zstdDecompress(bytes, optionsFor(length), (error, body) => (error === null ? resolve(body) : reject(error)))
  })
}

function isPacked(codec: number): boolean {
  if (codec !== UNCOMPRESSED && codec !== ZSTD) throw new Error('a Parquet file in a compression that we do not write')
  return codec === ZSTD
}

/** Room for all at once: in small pieces it takes three times as long. */
function optionsFor(length: number): ZstdOptions {
  return { chunkSize: Math.max(64, length + 64), maxOutputLength: Math.max(1, length) }
}

function unknownEncoding(encoding: number): Error {
  return new Error(`a Parquet file in encoding ${encoding}, which we do not write`)
}

function isDictionary(encoding: number): boolean {
  return encoding === RLE_DICTIONARY || encoding === PLAIN_DICTIONARY
}

const DATA_PAGE = 0
const DICTIONARY_PAGE = 2
const PLAIN = 0
const PLAIN_DICTIONARY = 2
const DELTA_BINARY_PACKED = 5
const DELTA_LENGTH_BYTE_ARRAY = 6
const RLE_DICTIONARY = 8
const UNCOMPRESSED = 0
const ZSTD = 6
const MOST_BYTES = 1 << 30
const NO_BYTES = Buffer.alloc(0)
const NO_ROWS = new Int32Array(0)
