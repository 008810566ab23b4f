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
  const standsIn = (row: number, offset: number): boolean => {
    const start = (starts[row] ?? 0) + offset
    return start + needle.length <= (ends[row] ?? 0) && standsAt(bytes, start, needle)
  }
  const steps = stepsOf(needle)
  for (let index = 0; at >= 0; at = bytes.indexOf(needle, at)) {
    index = lastNotBehind(at, index, count, (each) => starts[rowAt(each)] ?? 0)
    let row = rowAt(index)
    const offset = at - (starts[row] ?? 0)
    if (offset < 0 || !standsIn(row, offset)) {
      // In front of all texts, where their lengths are, or across the border of two it is none.
      at += 1
      continue
    }
    rows[row] = 1
    // What one program says is alike: the rows behind often have it too and at the same place, and to look into one costs less than
    // to begin a search.
    for (let misses = 0; misses < PATIENCE && index + 1 < count; ) {
      row = rowAt(++index)
      const has = standsIn(row, offset) || isWithin(bytes, starts[row] ?? 0, ends[row] ?? 0, needle, steps)
      rows[row] = has ? 1 : 0
      misses = has ? 0 : misses + 1
    }
    // One hit in a row is enough.
    at = ends[row] ?? 0
  }
  return rows
}

/** Horspool's search in one short text: what stands under the end of the needle says how far it can go on. */
function isWithin(bytes: Uint8Array, start: number, end: number, needle: Uint8Array, steps: Uint16Array): boolean {
  const last = needle.length - 1
  for (let at = start + last; at < end; at += steps[bytes[at] ?? 0] ?? 1)
    if (bytes[at] === needle[last] && standsAt(bytes, at - last, needle)) return true
  return false
}

/** How far the needle can go on, by the byte under its end. */
function stepsOf(needle: Uint8Array): Uint16Array {
  const steps = new Uint16Array(256).fill(Math.min(needle.length, 0xffff))
  for (let index = 0; index < needle.length - 1; index++)
    steps[needle[index] ?? 0] = Math.min(needle.length - 1 - index, 0xffff)
  return steps
}

function standsAt(bytes: Uint8Array, start: number, needle: Uint8Array): boolean {
  for (let index = 0; index < needle.length; index++) if (bytes[start + index] !== needle[index]) return false
  return true
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

/** Rows without it in a row, after which a search goes on. */
const PATIENCE = 8
