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
      const unpack = new BitReader(bytes, at)
      for (; index < end; index++) {
        last += least + (width === 0 ? 0 : unpack.next(width))
        values[index] = last
      }
      at += (width * perMini) / 8
    }
  }
  return { values, end: at }
}

/** Takes numbers of up to 53 bits out of packed bytes, the lowest bits first. */
class BitReader {
  readonly #bytes: Buffer
  #at: number
  /** Bits of the byte at `#at` that are used up. */
  #used = 0

  constructor(bytes: Buffer, offset: number) {
    this.#bytes = bytes
    this.#at = offset
  }

  next(width: number): number {
    let value = 0
    let scale = 1
    for (let left = width; left > 0; ) {
      if (this.#at >= this.#bytes.length) throw new RangeError('a damaged file: packed numbers end early')
      const take = Math.min(8 - this.#used, left)
      value += (((this.#bytes[this.#at] ?? 0) >> this.#used) & ((1 << take) - 1)) * scale
      scale *= 1 << take
      left -= take
      this.#used += take
      if (this.#used === 8) {
        this.#used = 0
        this.#at += 1
      }
    }
    return value
  }
}

/** More rows than a group may have; a damaged count must not take all memory. */
const MOST_VALUES = 1 << 24
