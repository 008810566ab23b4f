/**
 * How long a sender is usually silent, learned from its own gaps between messages: in classes of twice the length each, a class
 * counts as usual once it came twice, lately. One failure does not make the next one usual, and a device that
 * reports once a day is not missed at noon.
 */
export class Silences {
  /** How often each class came, at most 65535; class `n` holds gaps of 2^n to 2^(n+1) seconds. */
  readonly #counts = new Uint16Array(CLASSES)
  /** Day (since 1970) on which each came last. */
  readonly #days = new Uint16Array(CLASSES)

  constructor(kept: readonly (readonly [count: number, day: number])[] = []) {
    for (const [kind, [count, day]] of kept.slice(0, CLASSES).entries()) {
      this.#counts[kind] = count
      this.#days[kind] = day
    }
  }

  /** A message came after so many seconds without one. */
  ended(gapSeconds: number, nowSeconds: number): void {
    if (gapSeconds < 1) return
    const kind = Math.min(CLASSES - 1, Math.floor(Math.log2(gapSeconds)))
    const day = Math.floor(nowSeconds / DAY_S)
    const count = day - (this.#days[kind] ?? 0) > FORGOTTEN_DAYS ? 0 : (this.#counts[kind] ?? 0)
    this.#counts[kind] = Math.min(0xffff, count + 1)
    this.#days[kind] = day
  }

  /** The longest silence that is usual; null while too little is known of the sender. @unit seconds */
  longestUsual(nowSeconds: number): number | null {
    const day = Math.floor(nowSeconds / DAY_S)
    const known = this.#counts.reduce((sum, count) => sum + count, 0)
    if (known < FEWEST_GAPS) return null
    for (let kind = CLASSES - 1; kind >= 0; kind--)
      if ((this.#counts[kind] ?? 0) >= 2 && day - (this.#days[kind] ?? 0) <= FORGOTTEN_DAYS) return 2 ** (kind + 1)
    return null
  }

  /** Whether a silence is longer than usual: more than twice that, and at least five minutes. */
  isUnusual(silentSeconds: number, nowSeconds: number): boolean {
    const usual = this.longestUsual(nowSeconds)
    return usual !== null && silentSeconds > Math.max(2 * usual, LEAST_S)
  }

  /** As the constructor takes it. */
  kept(): readonly (readonly [count: number, day: number])[] {
    return Array.from(this.#counts, (count, index) => [count, this.#days[index] ?? 0] as const)
  }
}

/** Up to two years. */
const CLASSES = 26
const DAY_S = 86_400
const FORGOTTEN_DAYS = 45
const FEWEST_GAPS = 10
const LEAST_S = 300
