import { type ZstdOptions, zstdDecompress, zstdDecompressSync } from 'node:zlib'
import { readHybrid } from './packed-integers.ts'
import { type ColumnChunk, numberAt, structAt } from './parquet-footer.ts'
import { readThriftStruct } from './thrift-struct.ts'

/** A page of data without its compression. */
export interface Page {
  readonly values: number
  readonly encoding: number
  readonly body: Buffer
  /** 0 or 1 for each row: whether it has a value. null = all have. */
  readonly present: Int32Array | null
}

/** How many rows of a page have a value. */
export function countPresent({ values, present }: Page): number {
  if (present === null) return values
  let count = 0
  for (let index = 0; index < present.length; index++) count += present[index] ?? 0
  return count
}

/** Unpacks a column. @param chunk its bytes in the file @throws Error when it is damaged or written in a way that we do not write */
export function readPages(column: ColumnChunk, chunk: Buffer): Pages {
  const listed = listPages(column, chunk)
  return openPages(
    listed,
    listed.map(({ bytes, length }) => decompress(column.codec, bytes, length)),
    column.nulls === 0,
  )
}

/** The same, with the work of decompression in other threads. */
export async function loadPages(column: ColumnChunk, chunk: Buffer): Promise<Pages> {
  const listed = listPages(column, chunk)
  const bodies = await Promise.all(listed.map(({ bytes, length }) => decompressLater(column.codec, bytes, length)))
  return openPages(listed, bodies, column.nulls === 0)
}

/** A page as it lies in the file. */
interface ListedPage {
  /** null: the dictionary. */
  readonly data: Omit<Page, 'body' | 'present'> | null
  readonly bytes: Buffer
  /** Of what it is without compression. */
  readonly length: number
}

/** What a column chunk holds. */
export interface Pages {
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

/** For a page whose values are written otherwise than we write. */
export function unknownEncoding(encoding: number): Error {
  return new Error(`a Parquet file in encoding ${encoding}, which we do not write`)
}

/** Whether the values of a page are entries of the dictionary. */
export function isDictionary(encoding: number): boolean {
  return encoding === RLE_DICTIONARY || encoding === PLAIN_DICTIONARY
}

const DATA_PAGE = 0
const DICTIONARY_PAGE = 2
/** Encodings of a page. */
export const PLAIN = 0
const PLAIN_DICTIONARY = 2
export const DELTA_BINARY_PACKED = 5
export const DELTA_LENGTH_BYTE_ARRAY = 6
const RLE_DICTIONARY = 8
const UNCOMPRESSED = 0
const ZSTD = 6
const MOST_BYTES = 1 << 30
const NO_BYTES = Buffer.alloc(0)
