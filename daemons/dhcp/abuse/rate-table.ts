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
 * Counts what each key takes against its rate. Of at most `capacity` keys the count is kept: when as many as half of that
 * came since the last time, those that were not met since are forgotten, and begin anew when they come back.
 *
 * @attack a flood under made-up names takes no more memory than the capacity; it must then be met by what it shares, as
 *   its port or link. Forgetting half at once costs nothing: the oldest entry of a Map is found past all that were deleted
 */
export class RateTable {
  readonly #rate: Rate
  readonly #capacity: number
  #young = new Map<string, Bucket>()
  #old = new Map<string, Bucket>()

  constructor(rate: Rate, capacity: number) {
    this.#rate = rate
    this.#capacity = capacity
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** Takes one for a key; false when it has had enough. */
  take(key: string, nowMs: number): boolean {
    const { perSecond, burst } = this.#rate
    if (perSecond === 0) return true
    const bucket = this.#find(key, nowMs)
    bucket.left = Math.min(burst, bucket.left + ((nowMs - bucket.atMs) * perSecond) / 1000)
    bucket.atMs = nowMs
    if (bucket.left < 1) return false
    bucket.left -= 1
    return true
  }

  #find(key: string, nowMs: number): Bucket {
    const known = this.#young.get(key)
    if (known !== undefined) return known
    const bucket = this.#old.get(key) ?? { left: this.#rate.burst, atMs: nowMs }
    this.#old.delete(key)
    if (this.#young.size >= this.#capacity / 2) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, bucket)
    return bucket
  }
}
