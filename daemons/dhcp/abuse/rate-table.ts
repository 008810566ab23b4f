/** How much of one kind a key may have. */
export interface Rate {
  /** In a second, on average; 0 = without limit. */
  readonly perSecond: number
  /** At once. */
  readonly burst: number
}

interface Bucket {
  left: number
  atMs: number
}

/**
 * Counts what each key takes against its rate. At most `capacity` keys are kept: the one unused for longest goes, and
 * begins anew when it comes back.
 *
 * @attack a flood under made-up names takes no more memory than the capacity; it must then be met by what it shares, as
 *   its port or link
 */
export class RateTable {
  readonly #rate: Rate
  readonly #capacity: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate, capacity: number) {
    this.#rate = rate
    this.#capacity = capacity
  }

  get size(): number {
    return this.#buckets.size
  }

  /** Takes one for a key; false when it has had enough. */
  take(key: string, nowMs: number): boolean {
    const { perSecond, burst } = this.#rate
    if (perSecond === 0) return true
    const bucket = this.#buckets.get(key) ?? { left: burst, atMs: nowMs }
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > this.#capacity) this.#dropOldest()
    bucket.left = Math.min(burst, bucket.left + ((nowMs - bucket.atMs) * perSecond) / 1000)
    bucket.atMs = nowMs
    if (bucket.left < 1) return false
    bucket.left -= 1
    return true
  }

  #dropOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key)
      return
    }
  }
}
