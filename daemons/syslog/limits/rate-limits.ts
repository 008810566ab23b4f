/** How much one sender may send; beyond it the least severe messages go first. */
export interface RateLimit {
  /** Messages per second that it may send for ever. */
  readonly perSecond: number
  /** Messages that it may send at once. */
  readonly burst: number
}

/** What one sender may still send. Shared by all its ports, and of IPv6 by all addresses of a /64. */
export class Allowance {
  readonly #limits: RateLimits
  #left: number | null = null
  #seconds = 0

  constructor(limits: RateLimits) {
    this.#limits = limits
  }

  /**
   * Takes one message of what is left, if there is enough for one of its severity: the last seven sixteenths of a burst are
   * kept for what is worse than debug, the last six for what is worse than info, and so on.
   *
   * @param severity 0 (worst) to 7
   * @param seconds when it came, since 1970, with its fraction; a clock that goes back only stops the refilling for once
   */
  take(severity: number, seconds: number): boolean {
    const limit = this.#limits.limit
    if (limit === null) return true
    const { perSecond, burst } = limit
    const since = this.#left === null ? 0 : Math.max(0, seconds - this.#seconds)
    const left = Math.min(burst, (this.#left ?? burst) + since * perSecond)
    this.#seconds = seconds
    const enough = left >= 1 + (severity / 16) * (burst - 1)
    this.#left = enough ? left - 1 : left
    return enough
  }
}

/**
 * Allowances by sender, at most 4096: of the less recent half, those are forgotten that have not come again when as many new
 * ones have come.
 *
 * @attack forged addresses without end: memory is bounded, and who is forgotten begins with a whole burst, as a stranger does
 */
export class RateLimits {
  limit: RateLimit | null
  #recent = new Map<string, Allowance>()
  #earlier = new Map<string, Allowance>()

  /** @param limit null = everybody may send what they like */
  constructor(limit: RateLimit | null) {
    this.limit = limit
  }

  get size(): number {
    return this.#recent.size + this.#earlier.size
  }

  /** @param sender as `senderOf` writes it */
  of(sender: string): Allowance {
    const recent = this.#recent.get(sender)
    if (recent !== undefined) return recent
    const allowance = this.#earlier.get(sender) ?? new Allowance(this)
    this.#earlier.delete(sender)
    if (this.#recent.size >= REMEMBERED / 2) {
      this.#earlier = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(sender, allowance)
    return allowance
  }
}

const REMEMBERED = 4096
