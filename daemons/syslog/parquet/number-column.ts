import {
  countPresent,
  DELTA_BINARY_PACKED,
  isDictionary,
  type Page,
  PLAIN,
  readPages,
  unknownEncoding,
} from './column-pages.ts'
import { readCodes } from './dictionary-codes.ts'
import { readDeltas } from './packed-integers.ts'
import { type ColumnChunk, readInt64 } from './parquet-footer.ts'

/** The values of a column in one row group that are numbers; NaN where a row has none. */
export type NumberColumn = Float64Array

/** Reads a column of 64-bit numbers. @throws Error as `readPages` */
export function readNumbers(column: ColumnChunk, chunk: Buffer): NumberColumn {
  const { pages, dictionary } = readPages(column, chunk)
  const [only] = pages
  if (pages.length === 1 && only?.present === null) return numbersOf(only, dictionary)
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
