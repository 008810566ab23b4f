/** How far a sender's clock is behind ours: the median of its newest messages, so that single late ones do not count. */
export class ClockSkew {
  /** Seconds, oldest first. */
  readonly #samples: number[]

  constructor(kept: readonly number[] = []) {
    this.#samples = kept.slice(-SAMPLES)
  }

  /** A message said that it was `own` when it was received at `received`. @unit milliseconds since 1970 */
  add(own: number, received: number): void {
    this.#samples.push(Math.round(received - own) / 1000)
    if (this.#samples.length > SAMPLES) this.#samples.shift()
  }

  /** Receive time minus own time; null before the first message that tells. @unit seconds */
  get median(): number | null {
    const sorted = this.#samples.toSorted((left, right) => left - right)
    return sorted[sorted.length >> 1] ?? null
  }

  /** As the constructor takes it. */
  kept(): readonly number[] {
    return this.#samples
  }
}

const SAMPLES = 15
