import type { Span } from './lease.ts'

/** A wall clock that moved this far against the monotonic one was set. */
const JUMP_MS = 10_000

/**
 * Time that leases are measured in: the wall time at the start, going on at the pace of the monotonic clock. When
 * the wall clock is set, leases keep the time they have left; what is written down and shown moves with it.
 */
export class LeaseClock {
  readonly #startWallMs: number
  readonly #startMonotonicMs: number
  #offsetMs = 0

  constructor(wallMs: number, monotonicMs: number) {
    this.#startWallMs = wallMs
    this.#startMonotonicMs = monotonicMs
  }

  now(monotonicMs: number): number {
    return this.#startWallMs + (monotonicMs - this.#startMonotonicMs)
  }

  /** Looks at the wall clock; true when it was set since the last look, so that stored times must be written anew. */
  adjust(wallMs: number, monotonicMs: number): boolean {
    const offset = wallMs - this.now(monotonicMs)
    if (Math.abs(offset - this.#offsetMs) < JUMP_MS) return false
    this.#offsetMs = offset
    return true
  }

  /** The lease with its times on the wall clock, as stored and shown. */
  toWall<One extends Span>(lease: One): One {
    return this.#shift(lease, this.#offsetMs)
  }

  /**
   * A stored lease with its times on this clock. No lease has more than its full term left, so that a clock that
   * was wrong at the start (1970, no battery) ends none early and keeps none for decades.
   */
  fromWall<One extends Span>(lease: One, monotonicMs: number): One {
    const shifted = this.#shift(lease, -this.#offsetMs)
    if (shifted.state === 'released' || shifted.endsMs === Number.POSITIVE_INFINITY) return shifted
    const latest = this.now(monotonicMs) + Math.max(0, lease.endsMs - lease.startsMs)
    return shifted.endsMs <= latest ? shifted : { ...shifted, endsMs: latest }
  }

  #shift<One extends Span>(lease: One, byMs: number): One {
    if (byMs === 0) return lease
    return { ...lease, startsMs: lease.startsMs + byMs, endsMs: lease.endsMs + byMs }
  }
}
