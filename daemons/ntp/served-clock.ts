import type { KernelClock } from '../linux/kernel-clock.ts'
import { type Correction, correctionAt } from './client/drift-tracker.ts'
import { LEAP_UNKNOWN } from './header.ts'
import { claimOwnClock, type OwnClaim, type OwnClockSettings } from './own-clock.ts'
import { ntpSeconds, shortFormat } from './timestamp.ts'

/** Ignorance of a clock that nobody checks grows by this much each second. @rfc 5905 figure 6, PHI */
const PHI = 15e-6

/** A local reference is renewed when it is this old, so that strict clients go on believing us. @unit seconds */
const REFERENCE_MAX_AGE = 1024

/** A renewed reference lies this far back, further than any request that is still answered. @unit seconds */
const REFERENCE_SETBACK = 8
const REFERENCE_MIN_AGE = 5

/** A clock of somebody else that we follow. */
export interface FollowedClock {
  readonly leapIndicator: number
  readonly stratum: number
  readonly referenceId: number
  /** As people know it. */
  readonly name: string
  readonly address: string
  /** When it was last measured, by its own time. @unit seconds since 1970 */
  readonly unixSeconds: number
  /** @unit seconds */
  readonly rootDelay: number
  /** At that time; it grows from then on. @unit seconds */
  readonly rootDispersion: number
  readonly correction: Correction
}

/** A followed clock that may be further off than this is no longer claimed to be right. @unit seconds */
const MAX_DISTANCE = 1

/**
 * The state that goes into each reply: a clock that we follow, or this machine's own for what it is worth, or none. All fields are ready for the wire, so that a reply only copies them.
 */
export class ServedClock {
  leapIndicator = LEAP_UNKNOWN
  stratum = 0
  referenceId = 0
  referenceSeconds = 0
  rootDelay = 0
  rootDispersion = 0
  /** What is added to the kernel's time: whole seconds, may be negative, and 0 to 999999999.9 nanoseconds. */
  correctionSeconds = 0
  correctionNanoseconds = 0
  /** Log2 of the seconds that a reading of the clock takes or resolves, whichever is longer. */
  readonly precision: number
  readonly #readKernel: () => KernelClock | null
  #settings: OwnClockSettings
  #own: OwnClaim
  /** The second for which the kernel was asked. */
  #askedUnix = Number.NEGATIVE_INFINITY
  #referenceUnix = Number.NEGATIVE_INFINITY
  #followed: FollowedClock | null = null
  /** The followed clock is so long unheard that it is not claimed any more; its correction still is the best there is. */
  #lost = false

  /** @param readKernel what the kernel says of its clock, asked once a second at most; null = it does not tell */
  constructor(settings: OwnClockSettings, precision: number, readKernel: () => KernelClock | null) {
    this.precision = precision
    this.#readKernel = readKernel
    this.#settings = settings
    this.#own = this.#judgeOwn()
    this.#claimOwn()
  }

  /** Whether replies tell of a followed clock. */
  get isFollowing(): boolean {
    return this.#followed !== null && !this.#lost
  }

  /** The clock that is followed, or was at last; null when there never was one. */
  get followed(): FollowedClock | null {
    return this.#followed
  }

  /** Whose time replies tell. */
  get origin(): 'source' | OwnClaim['kind'] {
    return this.isFollowing ? 'source' : this.#own.kind
  }

  /** Judges our own clock by other settings from the next reply on. */
  setOwn(settings: OwnClockSettings): void {
    this.#settings = settings
    this.#own = this.#judgeOwn()
    if (!this.isFollowing) this.#claimOwn()
  }

  /** Follows a clock from the next reply on; null = nobody any more. */
  follow(clock: FollowedClock | null): void {
    this.#followed = clock
    this.#lost = false
    if (clock === null) {
      this.correctionSeconds = 0
      this.correctionNanoseconds = 0
      this.#claimOwn()
      return
    }
    this.leapIndicator = clock.leapIndicator
    this.stratum = clock.stratum
    this.referenceId = clock.referenceId
    this.referenceSeconds = ntpSeconds(Math.floor(clock.unixSeconds))
    this.rootDelay = shortFormat(clock.rootDelay)
    this.rootDispersion = shortFormat(clock.rootDispersion)
  }

  /** Brings the correction to a moment. @param nowMs monotonic */
  correctTo(nowMs: number): void {
    if (this.#followed === null) return
    const nanoseconds = correctionAt(this.#followed.correction, nowMs) * 1e9
    this.correctionSeconds = Math.floor(nanoseconds / 1e9)
    this.correctionNanoseconds = nanoseconds - this.correctionSeconds * 1e9
  }

  /**
   * Brings reference and dispersion to the time of a request. The reference is always earlier than that time, also
   * when the clock has been set back.
   *
   * @deviation the dispersion of a local clock starts again at each renewal of the reference: growing without end it
   *   would make every client drop its only server after a day, and the stratum says already what this clock is worth
   * @unit seconds since 1970
   */
  advance(unixSeconds: number): void {
    if (this.isFollowing && this.#followed !== null) this.#advanceFollowed(this.#followed, unixSeconds)
    if (this.isFollowing) return
    if (this.#settings.clock !== 'local' && unixSeconds !== this.#askedUnix) this.#askKernel(unixSeconds)
    if (this.stratum === 0) return
    let age = unixSeconds - this.#referenceUnix
    if (age < REFERENCE_MIN_AGE || age > REFERENCE_MAX_AGE) {
      age = REFERENCE_SETBACK
      this.#referenceUnix = unixSeconds - age
      this.referenceSeconds = ntpSeconds(this.#referenceUnix)
    }
    // The kernel lets its own bound grow, faster than we would.
    const growth = this.#own.kind === 'kernel' ? 0 : age * PHI
    this.rootDispersion = shortFormat(this.#own.dispersion + growth)
  }

  /** Another program may have begun to keep the clock, or ended. */
  #askKernel(unixSeconds: number): void {
    this.#askedUnix = unixSeconds
    const { kind } = this.#own
    this.#own = this.#judgeOwn()
    if (this.#own.kind === kind) this.leapIndicator = this.#own.leapIndicator
    else this.#claimOwn()
  }

  #judgeOwn(): OwnClaim {
    return claimOwnClock(this.#settings, this.#settings.clock === 'local' ? null : this.#readKernel())
  }

  #advanceFollowed(clock: FollowedClock, unixSeconds: number): void {
    const dispersion = clock.rootDispersion + PHI * Math.max(0, unixSeconds - clock.unixSeconds)
    this.rootDispersion = shortFormat(dispersion)
    if (clock.rootDelay / 2 + dispersion <= MAX_DISTANCE) return
    this.#lost = true
    this.#claimOwn()
  }

  #claimOwn(): void {
    const { leapIndicator, stratum, referenceId } = this.#own
    this.leapIndicator = leapIndicator
    this.stratum = stratum
    this.referenceId = referenceId
    this.referenceSeconds = 0
    this.rootDelay = stratum === 0 ? shortFormat(1) : 0
    this.rootDispersion = shortFormat(1)
    this.#referenceUnix = Number.NEGATIVE_INFINITY
  }
}

/**
 * Measures the precision of a clock: the smallest step between readings, which is the cost of a reading when the
 * clock is finer than that.
 *
 * @param readNanoseconds a reading of the clock, nanoseconds within the second are enough
 * @returns log2 of seconds, rounded up, -24..-6
 */
export function measurePrecision(readNanoseconds: () => number): number {
  let smallest = 1e9
  let previous = readNanoseconds()
  for (let reading = 0; reading < 200; reading++) {
    const now = readNanoseconds()
    if (now > previous) smallest = Math.min(smallest, now - previous)
    previous = now
  }
  return Math.max(-24, Math.min(-6, Math.ceil(Math.log2(smallest / 1e9))))
}
