import { readFileSync } from 'node:fs'
import { TextSieve } from './text-sieve.ts'

/** The sieves of all groups of a segment, as they lie in the file beside it. */
export class SegmentSieve {
  readonly #sieves: readonly TextSieve[]

  constructor(sieves: readonly TextSieve[]) {
    this.#sieves = sieves
  }

  /** @returns null when there is none, or none that fits: then everything must be looked at */
  static read(path: string): SegmentSieve | null {
    try {
      const bytes = readFileSync(path)
      const count = bytes.readUInt32LE(0)
      let at = 4 + 4 * count
      const sieves = Array.from({ length: count }, (_, index) => {
        const length = bytes.readUInt32LE(4 + 4 * index)
        const sieve = new TextSieve(bytes.subarray(at, at + length))
        at += length
        return sieve
      })
      return at === bytes.length ? new SegmentSieve(sieves) : null
    } catch {
      return null
    }
  }

  /** Whether a text with `needle` in it may be in some group. */
  mayHold(needle: Uint8Array): boolean {
    return this.#sieves.length === 0 || this.#sieves.some((sieve) => sieve.mayHold(needle))
  }

  /** Whether it may be in that group of the segment. */
  groupMayHold(group: number, needle: Uint8Array): boolean {
    return this.#sieves[group]?.mayHold(needle) ?? true
  }
}

/** Writes the sieves of the groups one behind the other: how many, the bytes of each, then themselves. */
export function joinSieves(sieves: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(4 + 4 * sieves.length)
  head.writeUInt32LE(sieves.length, 0)
  for (const [index, { length }] of sieves.entries()) head.writeUInt32LE(length, 4 + 4 * index)
  return Buffer.concat([head, ...sieves])
}
