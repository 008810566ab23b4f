import type { KernelClock } from '../linux/kernel-clock.ts'
import { type Correction, correctionAt } from './client/drift-tracker.ts'
import { PHI } from './frequency-tolerance.ts'
import { LEAP_UNKNOWN } from './header.ts'
import { type LeapPlan, leapIndicatorOf, leapOffset, smearReferenceId } from './leap/leap-plan.ts'
import { claimOwnClock, type OwnClaim, type OwnClockSettings } from './own-clock.ts'
import { ntpSeconds, shortFormat } from './timestamp.ts'

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

/** All that a served clock was told, for another one that is to serve the same time. */
export interface ClockState {
  readonly followed: FollowedClock | null
  readonly plan: LeapPlan | null
  readonly knowsLeaps: boolean
  readonly shiftSeconds: number
  readonly isAwaiting: boolean
}

/** A followed clock that may be further off than this is no longer claimed to be right. @unit seconds */
export const MAX_DISTANCE = 1

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
  /** The bits of a transmit timestamp's fraction that say less than that, all but the last, which is 0. */
  readonly belowPrecision: number
  readonly #readKernel: () => KernelClock | null
  #settings: OwnClockSettings
  #own: OwnClaim
  /** The second for which the kernel was asked. */
  #askedUnix = Number.NEGATIVE_INFINITY
  #referenceUnix = Number.NEGATIVE_INFINITY
  #followed: FollowedClock | null = null
  /** The followed clock is so long unheard that it is not claimed any more; its correction still is the best there is. */
  #lost = false
  /** Leap indicator and reference id of whom we tell of, before what we know ourselves of leap seconds. */
  #told = LEAP_UNKNOWN
  #toldId = 0
  #plan: LeapPlan | null = null
  #knowsLeaps = false
  #isAwaiting = false
  /** What leap seconds that nobody else did have moved our own clock by. @unit seconds */
  shiftSeconds = 0
  /** How far the served time is from UTC, for a smear. */
  smearSeconds = 0
  /** Told of our own clock in place of the usual ones; null = those. Judged anew by `setOwn`. */
  ownReferenceId: number | null = null
  /** Hears of everything that changes the state. */
  onChange: () => void = () => undefined

  /** @param readKernel what the kernel says of its clock, asked once a second at most; null = it does not tell */
  constructor(settings: OwnClockSettings, precision: number, readKernel: () => KernelClock | null) {
    this.precision = precision
    this.belowPrecision = 2 ** (32 + precision) - 2
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

  get state(): ClockState {
    const { shiftSeconds } = this
    const isAwaiting = this.#isAwaiting
    return { followed: this.#followed, plan: this.#plan, knowsLeaps: this.#knowsLeaps, shiftSeconds, isAwaiting }
  }

  /** Serves the same time as the clock that this state was taken from. */
  take({ followed, plan, knowsLeaps, shiftSeconds, isAwaiting }: ClockState): void {
    this.shiftSeconds = shiftSeconds
    this.#isAwaiting = isAwaiting
    this.#own = this.#judgeOwn()
    this.follow(followed)
    this.planLeap(plan, knowsLeaps)
  }

  /**
   * While the first word of the sources is awaited nobody is told this machine's own time, unless the kernel vouches
   * for it: whoever followed it for seconds would have to jump back.
   */
  awaitSources(isAwaiting: boolean): void {
    if (isAwaiting === this.#isAwaiting) return
    this.#isAwaiting = isAwaiting
    this.setOwn(this.#settings)
    this.onChange()
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
      this.onChange()
      return
    }
    this.#told = clock.leapIndicator
    this.#toldId = clock.referenceId
    this.stratum = clock.stratum
    this.#tell(clock.unixSeconds)
    this.referenceSeconds = ntpSeconds(Math.floor(clock.unixSeconds))
    this.rootDelay = shortFormat(clock.rootDelay)
    this.rootDispersion = shortFormat(clock.rootDispersion)
    this.onChange()
  }

  /** The clock of this machine was steered: what it lacks against the one that is followed is this from now on. */
  retime(correction: Correction): void {
    if (this.#followed === null) return
    this.#followed = { ...this.#followed, correction }
    this.onChange()
  }

  /** The leap second that is near; null = none. */
  get leapPlan(): LeapPlan | null {
    return this.#plan
  }

  /** What the one whom we follow announces. */
  get announcedLeap(): number {
    return this.#told
  }

  /** @param knowsLeaps whether we know ourselves when there is a leap second, and when not */
  planLeap(plan: LeapPlan | null, knowsLeaps: boolean): void {
    this.#plan = plan
    this.#knowsLeaps = knowsLeaps
    this.smearSeconds = 0
    this.#tell(Number.NEGATIVE_INFINITY)
    this.onChange()
  }

  /**
   * Brings the correction to a moment.
   *
   * @param nowMs monotonic; wallSeconds: what the kernel's clock says then, seconds since 1970 with their fraction
   */
  correctTo(nowMs: number, wallSeconds: number): void {
    // What lost sources said last is better than a clock that nobody keeps, and worse than one that another program keeps.
    const trusted = this.origin === 'kernel' ? null : this.#followed
    let correction = trusted === null ? this.shiftSeconds : correctionAt(trusted.correction, nowMs)
    if (this.#plan !== null) {
      const { leap, smear } = leapOffset(this.#plan, wallSeconds + correction, nowMs)
      this.smearSeconds = smear
      correction += leap + smear
      this.#tell(wallSeconds + correction)
    } else if (correction === 0 && this.correctionSeconds === 0 && this.correctionNanoseconds === 0) return
    const nanoseconds = correction * 1e9
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
    if (this.#own.kind !== kind) this.#claimOwn()
    this.#told = this.#own.leapIndicator
    this.#tell(unixSeconds)
  }

  #judgeOwn(): OwnClaim {
    const settings = this.#isAwaiting ? { ...this.#settings, localStratum: 0 } : this.#settings
    return claimOwnClock(settings, settings.clock === 'local' ? null : this.#readKernel())
  }

  #advanceFollowed(clock: FollowedClock, unixSeconds: number): void {
    const dispersion = clock.rootDispersion + PHI * Math.max(0, unixSeconds - clock.unixSeconds)
    this.rootDispersion = shortFormat(dispersion)
    if (clock.rootDelay / 2 + dispersion <= MAX_DISTANCE) return
    this.#lost = true
    this.#claimOwn()
  }

  /** A smear hides the leap second, and shows in the reference id: whoever mixes such a time with others must be able to see it. */
  #tell(unixSeconds: number): void {
    const plan = this.#plan
    this.referenceId = this.smearSeconds === 0 ? this.#toldId : smearReferenceId(this.smearSeconds)
    if (this.#told === LEAP_UNKNOWN) this.leapIndicator = LEAP_UNKNOWN
    else if (plan !== null && (plan.announced || plan.smear)) this.leapIndicator = leapIndicatorOf(plan, unixSeconds)
    else this.leapIndicator = this.#knowsLeaps ? 0 : this.#told
  }

  #claimOwn(): void {
    const { leapIndicator, stratum, referenceId } = this.#own
    this.#told = leapIndicator
    this.#toldId = this.ownReferenceId ?? referenceId
    this.stratum = stratum
    this.#tell(Number.NEGATIVE_INFINITY)
    this.referenceSeconds = 0
    this.rootDelay = stratum === 0 ? shortFormat(1) : 0
    this.rootDispersion = shortFormat(1)
    this.#referenceUnix = Number.NEGATIVE_INFINITY
  }
}
