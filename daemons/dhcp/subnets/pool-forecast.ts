/** How often the use of a pool is noted, and how long the notes are kept: a morning of arrivals shows, a minute does not. */
export const SAMPLE_MS = 5 * 60_000
const SAMPLES = 72
/** Below half an hour of notes nothing is foretold. */
const FEWEST = 7
const HOUR_MS = 3_600_000
/** Beyond a month nothing is foretold. */
const LONGEST_HOURS = 31 * 24

interface Sample {
  readonly atMs: number
  readonly used: number
}

/**
 * Foretells when pools are full, if their use goes on to grow as in the last hours. The growth is the median of those
 * between any two notes (Theil and Sen): a burst, or a class that leaves at once, does not turn it.
 */
export class PoolForecast {
  readonly #samples = new Map<string, Sample[]>()
  /** Addresses in a millisecond, by pool; worked out when a note is taken. */
  readonly #growth = new Map<string, number>()

  /** Notes the use of a pool, when it is time. */
  note(pool: string, used: number, nowMs: number): void {
    const samples = this.#samples.get(pool) ?? []
    const last = samples.at(-1)
    if (last !== undefined && nowMs - last.atMs < SAMPLE_MS) return
    samples.push({ atMs: nowMs, used })
    if (samples.length > SAMPLES) samples.shift()
    this.#samples.set(pool, samples)
    this.#growth.set(pool, samples.length < FEWEST ? 0 : medianGrowth(samples))
  }

  /** Forgets pools that are no more. */
  keepOnly(pools: ReadonlySet<string>): void {
    for (const pool of this.#samples.keys())
      if (!pools.has(pool)) {
        this.#samples.delete(pool)
        this.#growth.delete(pool)
      }
  }

  /**
   * Hours until none of the addresses is free; null when their number does not fall, or too little is known.
   *
   * @param free addresses now
   */
  hoursUntilFull(pool: string, free: number): number | null {
    const growth = this.#growth.get(pool) ?? 0
    if (growth <= 0) return null
    const hours = free / (growth * HOUR_MS)
    return hours > LONGEST_HOURS ? null : Math.round(hours * 10) / 10
  }
}

/** Addresses in a millisecond. */
function medianGrowth(samples: readonly Sample[]): number {
  const growths = samples.flatMap((late, index) =>
    samples.slice(0, index).map((early) => (late.used - early.used) / (late.atMs - early.atMs)),
  )
  growths.sort((one, other) => one - other)
  const middle = Math.floor(growths.length / 2)
  const upper = growths[middle] ?? 0
  return growths.length % 2 === 1 ? upper : (upper + (growths[middle - 1] ?? 0)) / 2
}
