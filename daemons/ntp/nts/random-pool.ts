import { randomFillSync } from 'node:crypto'
import { copyOctets } from '../auth/copy-octets.ts'

const POOL_BYTES = 4096

/** Random octets for nonces, got from the kernel many at a time: 16 of them cost 2 µs each time that one asks for so few. */
export class RandomPool {
  readonly #pool = Buffer.alloc(POOL_BYTES)
  #used = POOL_BYTES

  /** Writes `length` fresh octets, at most 4096, at `at`. */
  fill(into: Uint8Array, at: number, length: number): void {
    if (this.#used + length > POOL_BYTES) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    copyOctets(this.#pool, this.#used, length, into, at)
    this.#used += length
  }
}
