import { zstdDecompressSync } from 'node:zlib'
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
  const { pages, dictionary } = readPages(column, chunk)
  if (pages.every(({ encoding }) => isDictionary(encoding)) && dictionary !== null) {
    const codes = new Int32Array(column.values)
    let row = 0
    for (const page of pages) {
      const values = readCodes(page.body, countPresent(page))
      let next = 0
      for (let index = 0; index < page.values; index++)
        codes[row++] = page.present?.[index] === 0 ? -1 : (values[next++] ?? -1)
    }
    return { codes, words: plainWords(dictionary), bytes: NO_BYTES, starts: NO_ROWS, ends: NO_ROWS }
  }
  const starts = new Int32Array(column.values).fill(-1)
  const ends = new Int32Array(column.values)
  const single = pages.length === 1 ? pages[0]?.body : undefined
  const bytes = single ?? Buffer.concat(pages.map(({ body }) => body))
  let row = 0
  let base = 0
  for (const page of pages) {
    placeTexts(page, starts, ends, row, base)
    row += page.values
    base += page.body.length
  }
  return { codes: null, words: [], bytes, starts, ends }
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
  return present === null ? values : present.reduce((sum, each) => sum + each, 0)
}

function readPages(column: ColumnChunk, chunk: Buffer): { pages: Page[]; dictionary: Buffer | null } {
  const pages: Page[] = []
  let dictionary: Buffer | null = null
  let values = 0
  for (let at = 0; values < column.values; ) {
    const { struct, end } = readThriftStruct(chunk, at)
    at = end + numberAt(struct, 3)
    const body = decompress(column.codec, chunk.subarray(end, at), numberAt(struct, 2))
    if (numberAt(struct, 1) === DICTIONARY_PAGE) dictionary = body
    else if (numberAt(struct, 1) === DATA_PAGE) {
      const head = structAt(struct, 5)
      const page = { values: numberAt(head, 1), encoding: numberAt(head, 2) }
      values += page.values
      pages.push({ ...page, ...readPresence(body, page.values) })
    } else throw new Error('a Parquet file of a kind that we do not write')
  }
  return { pages, dictionary }
}

/** Parts which rows have a value from the values. */
function readPresence(body: Buffer, values: number): { present: Int32Array | null; body: Buffer } {
  const length = body.readUInt32LE(0)
  const levels = new Int32Array(values)
  readHybrid(body.subarray(0, 4 + length), 4, 1, levels)
  return { present: levels.includes(0) ? levels : null, body: body.subarray(4 + length) }
}

function decompress(codec: number, bytes: Buffer, length: number): Buffer {
  if (codec === UNCOMPRESSED) return bytes
  if (codec !== ZSTD) throw new Error('a Parquet file in a compression that we do not write')
  if (length > MOST_BYTES) throw new Error('a damaged file: a page beyond all measure')
  return zstdDecompressSync(bytes, { chunkSize: Math.max(64, length + 64), maxOutputLength: Math.max(1, length) })
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
