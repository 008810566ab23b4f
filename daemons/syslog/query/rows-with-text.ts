import type { TextColumn } from '../parquet/text-column.ts'

/**
 * Which rows of a column have `needle` in their text: 1 or 0 for each, null when none has. Looks through all texts at once, as they lie
 * one behind the other.
 */
export function rowsWithText(column: TextColumn, needle: Buffer): Uint8Array | null {
  const { codes, words, bytes } = column
  if (codes !== null) {
    const has = words.map((word) => word.includes(needle.toString()))
    return Uint8Array.from(codes, (code) => (has[code] === true ? 1 : 0))
  }
  let at = bytes.indexOf(needle)
  if (at < 0) return null
  const { starts, ends } = column
  const rows = new Uint8Array(starts.length)
  // Rows without a text have no place; the places of the others grow.
  const placed = starts.includes(-1) ? Int32Array.from(starts.keys()).filter((row) => (starts[row] ?? -1) >= 0) : null
  const rowAt = (index: number): number => (placed === null ? index : (placed[index] ?? 0))
  const count = placed === null ? starts.length : placed.length
  let index = 0
  for (; at >= 0; at = bytes.indexOf(needle, at)) {
    index = lastNotBehind(at, index, count, (each) => starts[rowAt(each)] ?? 0)
    const row = rowAt(index)
    const end = ends[row] ?? 0
    const inside = at >= (starts[row] ?? 0) && at + needle.length <= end
    if (inside) rows[row] = 1
    // One hit in a row is enough; one across the border of two is none.
    at = inside ? end : at + 1
  }
  return rows
}

/** The last index from `from` on whose place is not behind `place`; places grow. */
function lastNotBehind(place: number, from: number, count: number, placeOf: (index: number) => number): number {
  let low = from
  let high = count - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (placeOf(middle) <= place) low = middle
    else high = middle - 1
  }
  return low
}
