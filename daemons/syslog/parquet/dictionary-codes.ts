import { countPresent, type Page } from './column-pages.ts'
import { pickHybrid, readHybrid } from './packed-integers.ts'

/** Entries of the dictionary that the first `count` values of a page have. */
export function readCodes(body: Buffer, count: number): Int32Array {
  const codes = new Int32Array(count)
  if (count > 0) readHybrid(body, CODES, widthOf(body), codes)
  return codes
}

/** Which entry each row of a page has; -1 = none. */
export function placeCodes(page: Page, codes: Int32Array): void {
  const { present } = page
  const values = readCodes(page.body, countPresent(page))
  if (present === null) {
    codes.set(values)
    return
  }
  let next = 0
  for (let index = 0; index < codes.length; index++) codes[index] = present[index] === 0 ? -1 : (values[next++] ?? -1)
}

/**
 * The same for some rows alone: `codes[n]` becomes that of row `rows[n] - first`.
 *
 * @param rows growing
 * @param first number of the page's first row
 */
export function pickCodes({ body, present }: Page, rows: Int32Array, first: number, codes: Int32Array): void {
  if (rows.length === 0) return
  const places = present === null ? rows.map((row) => row - first) : placesOf(present, rows, first, codes)
  const values = present === null ? codes : new Int32Array(places.length)
  if (places.length > 0) pickHybrid(body, CODES, widthOf(body), places, values)
  if (present === null) return
  let next = 0
  for (let index = 0; index < codes.length; index++) if (codes[index] !== -1) codes[index] = values[next++] ?? -1
}

/** Where the values of those rows lie that have one; for the others, -1 is noted in `codes`. */
function placesOf(present: Int32Array, rows: Int32Array, first: number, codes: Int32Array): Int32Array {
  const places = new Int32Array(rows.length)
  let count = 0
  let row = 0
  let before = 0
  for (let index = 0; index < rows.length; index++) {
    const wanted = (rows[index] ?? 0) - first
    for (; row < wanted; row++) before += present[row] ?? 0
    if (present[wanted] === 1) places[count++] = before
    else codes[index] = -1
  }
  return places.subarray(0, count)
}

/** Bits of each entry: it stands in front of them. */
function widthOf(body: Buffer): number {
  return body.readUInt8(0)
}

const CODES = 1
