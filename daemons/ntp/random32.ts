/**
 * A fast source of unpredictable-enough bits for the low end of timestamps and for the leak of the limiter.
 * Not for secrets: it never blocks and makes no system call, which is why it exists.
 */
export class Random32 {
  #state: number

  /** @param seed any 32-bit number from a real random source */
  constructor(seed: number) {
    this.#state = seed | 0 || 0x9e37_79b9 | 0
  }

  /** The next 32 bits (Marsaglia's xorshift). */
  next(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return x >>> 0
  }
}
