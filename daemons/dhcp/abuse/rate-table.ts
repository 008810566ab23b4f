import { HashIndex } from '../table/hash-index.ts'
import { hashText } from '../table/hash-text.ts'

/** How much of one kind a key may have. */
export interface Rate {
  /** In a second, on average; 0 = without limit. */
  readonly perSecond: number
  /** At once. */
  readonly burst: number
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
  readonly #seed: number
  #young: Buckets
  #old: Buckets

  /** @param seed of the hash that stands for a key; two keys that share one, which nobody can bring about, share their rate */
  constructor(rate: Rate, capacity: number, seed = 0) {
    this.#rate = rate
    this.#capacity = capacity
    this.#seed = seed
    this.#young = new Buckets(capacity)
    this.#old = new Buckets(capacity)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** Takes one for a key; false when it has had enough. */
  take(key: string, nowMs: number): boolean {
    const { perSecond, burst } = this.#rate
    if (perSecond === 0) return true
    const row = this.#find(hashText(key, this.#seed), nowMs)
    const { left, atMs } = this.#young
    const has = Math.min(burst, (left[row] ?? 0) + ((nowMs - (atMs[row] ?? 0)) * perSecond) / 1000)
    atMs[row] = nowMs
    left[row] = has < 1 ? has : has - 1
    return has >= 1
  }

  /** The row of a key among the young. */
  #find(key: number, nowMs: number): number {
    const known = this.#young.rows.find(key)
    if (known >= 0) return known
    const old = this.#old.rows.find(key)
    const left = old < 0 ? this.#rate.burst : (this.#old.left[old] ?? 0)
    const atMs = old < 0 ? nowMs : (this.#old.atMs[old] ?? 0)
    if (old >= 0) this.#old.rows.delete(key, old)
    if (this.#young.size >= this.#capacity / 2) {
      this.#old = this.#young
      this.#young = new Buckets(this.#capacity)
    }
    return this.#young.add(key, left, atMs)
  }
}

/** What is left of each of many keys, and when that was so. */
class Buckets {
  readonly rows = new HashIndex()
  readonly left: Float64Array
  readonly atMs: Float64Array
  #next = 0

  constructor(capacity: number) {
    this.left = new Float64Array(capacity)
    this.atMs = new Float64Array(capacity)
  }

  get size(): number {
    return this.rows.size
  }

  add(key: number, left: number, atMs: number): number {
    const row = this.#next++
    this.rows.add(key, row)
    this.left[row] = left
    this.atMs[row] = atMs
    return row
  }
}
