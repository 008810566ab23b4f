/**
 * Which five bytes follow each other somewhere in the texts of a segment, as a bitmap of their hashes: a text that was
 * never there is passed over without reading the segment. It errs only towards reading in vain.
 */
export class TextSieve {
  readonly #bits: Uint8Array
  readonly #mask: number

  /** @param bits a bitmap whose length is a power of two; kept, not copied */
  constructor(bits: Uint8Array) {
    if (bits.length === 0 || (bits.length & (bits.length - 1)) !== 0) throw new RangeError('no sieve: its size is odd')
    this.#bits = bits
    this.#mask = bits.length * 8 - 1
  }

  /** An empty one for filling. */
  static empty(): TextSieve {
    return new TextSieve(new Uint8Array(LARGEST_BYTES))
  }

  /** Takes in the text that is `bytes[start, end)`. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const bits = this.#bits
    const mask = this.#mask
    let window = 0
    for (let at = start; at < end; at++) {
      const last = bytes[at] ?? 0
      if (at >= start + 4) {
        const bit = hash(window, last) & mask
        bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7))
      }
      window = (window >>> 8) | (last << 24)
    }
  }

  /** Whether a text with `needle` in it may be there; true for one shorter than five bytes. */
  mayHold(needle: Uint8Array): boolean {
    let window = 0
    for (const [at, last] of needle.entries()) {
      if (at >= 4) {
        const bit = hash(window, last) & this.#mask
        if (((this.#bits[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false
      }
      window = (window >>> 8) | (last << 24)
    }
    return true
  }

  /** The bitmap, folded as small as it goes with at most a third of its bits set. */
  toBytes(): Uint8Array {
    let bits = this.#bits
    let set = countBits(bits)
    while (bits.length > SMALLEST_BYTES && set * 3 < bits.length * 4) {
      const half = bits.length / 2
      const folded = bits.slice(0, half)
      for (let at = 0; at < half; at++) folded[at] = (folded[at] ?? 0) | (bits[half + at] ?? 0)
      const left = countBits(folded)
      if (left * 3 > half * 8) break
      bits = folded
      set = left
    }
    return bits
  }
}

function hash(four: number, fifth: number): number {
  const mixed = Math.imul(four ^ Math.imul(fifth + 1, 0x9e3779b1), 0x85ebca6b)
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 8
}

function countBits(bits: Uint8Array): number {
  let count = 0
  for (const byte of bits) count += BITS_OF[byte] ?? 0
  return count
}

const BITS_OF = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)
/** 2^23 bits; the hash has 24. */
const LARGEST_BYTES = 1 << 20
const SMALLEST_BYTES = 64
