import { readVarint, unzigzag } from './thrift-struct.ts'

/**
 * Reads numbers in Parquet's hybrid of runs and packed bits, in which it writes which entry of a dictionary a row has
 * and whether it has a value at all.
 *
 * @param width bits of each number, at most 24
 * @param into filled from the front to its end
 * @throws RangeError when the bytes end before
 */
export function readHybrid(bytes: Buffer, offset: number, width: number, into: Int32Array): void {
  let at = offset
  for (let filled = 0; filled < into.length; ) {
    const { value: head, end } = readVarint(bytes, at)
    at = end
    if (head % 2 === 0) {
      const valueBytes = (width + 7) >> 3
      const value = valueBytes === 0 ? 0 : bytes.readUIntLE(at, valueBytes)
      at += valueBytes
      const next = Math.min(into.length, filled + head / 2)
      into.fill(value, filled, next)
      filled = next
      continue
    }
    const groups = (head - 1) / 2
    const next = Math.min(into.length, filled + groups * 8)
    readPacked(bytes, at, width, into, filled, next)
    filled = next
    at += groups * width
  }
}

/**
 * The same at some places alone: `into[n]` becomes the number at `places[n]`. Few are read in a fraction of the time.
 *
 * @param places growing
 */
export function pickHybrid(bytes: Buffer, offset: number, width: number, places: Int32Array, into: Int32Array): void {
  let at = offset
  for (let index = 0, start = 0; index < places.length; ) {
    const { value: head, end } = readVarint(bytes, at)
    at = end
    if (head % 2 === 0) {
      const valueBytes = (width + 7) >> 3
      const value = valueBytes === 0 ? 0 : bytes.readUIntLE(at, valueBytes)
      at += valueBytes
      start += head / 2
      for (; (places[index] ?? start) < start; index++) into[index] = value
      continue
    }
    const behind = start + (head - 1) * 4
    for (; (places[index] ?? behind) < behind; index++) {
      const bit = at * 8 + ((places[index] ?? 0) - start) * width
      if (bit + width > bytes.length * 8) throw new RangeError('a damaged file: packed numbers end early')
      into[index] = bitsAt(bytes, bit, width)
    }
    start = behind
    at += ((head - 1) / 2) * width
  }
}

function readPacked(bytes: Buffer, offset: number, width: number, into: Int32Array, from: number, to: number): void {
  const mask = 2 ** width - 1
  let held = 0
  let bits = 0
  let at = offset
  for (let index = from; index < to; index++) {
    while (bits < width) {
      if (at >= bytes.length) throw new RangeError('a damaged file: packed numbers end early')
      held |= (bytes[at++] ?? 0) << bits
      bits += 8
    }
    into[index] = held & mask
    held >>>= width
    bits -= width
  }
}

/**
 * Reads numbers written as differences (DELTA_BINARY_PACKED). Exact up to 2^53.
 *
 * @returns the numbers, and the offset behind them
 * @throws RangeError when the bytes end before
 */
export function readDeltas(bytes: Buffer, offset: number): { readonly values: Float64Array; readonly end: number } {
  let at = offset
  const varint = (): number => {
    const { value, end } = readVarint(bytes, at)
    at = end
    return value
  }
  const blockSize = varint()
  const miniCount = varint()
  const count = varint()
  const perMini = blockSize / miniCount
  if (!(count <= MOST_VALUES && Number.isInteger(perMini) && perMini > 0))
    throw new RangeError('a damaged file: impossible block of numbers')
  const values = new Float64Array(count)
  let last = unzigzag(varint())
  if (count > 0) values[0] = last
  for (let index = 1; index < count; ) {
    const least = unzigzag(varint())
    const widths = bytes.subarray(at, at + miniCount)
    at += miniCount
    for (const width of widths) {
      if (index >= count) break
      const end = Math.min(count, index + perMini)
      if (at + Math.ceil((width * (end - index)) / 8) > bytes.length)
        throw new RangeError('a damaged file: packed numbers end early')
      for (let bit = at * 8; index < end; index++, bit += width) {
        last += least + bitsAt(bytes, bit, width)
        values[index] = last
      }
      at += (width * perMini) / 8
    }
  }
  return { values, end: at }
}

/** The number of up to 53 bits that begins at a bit, the lowest first; behind the end there are zeros. */
function bitsAt(bytes: Buffer, bit: number, width: number): number {
  const at = bit >>> 3
  const shift = bit & 7
  const low = (word(bytes, at) >>> shift) >>> 0
  if (width + shift <= 32) return width === 32 ? low : low & ((1 << width) - 1)
  const rest = width - 32 + shift
  return low + (word(bytes, at + 4) & ((1 << rest) - 1)) * (POWERS[32 - shift] ?? 0)
}

/** Of two: `**` takes longer than all the rest. */
const POWERS = Float64Array.from({ length: 33 }, (_, power) => 2 ** power)

function word(bytes: Buffer, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
}

/** More rows than a group may have; a damaged count must not take all memory. */
const MOST_VALUES = 1 << 24
