import type { Logger } from 'pino'
import type { KernelClock } from '../../linux/kernel-clock.ts'
import {
  plainFrequency,
  type SteerableClock,
  type SteeringOrder,
  type SteeringState,
} from '../../linux/steered-clock.ts'
import type { Clock } from '../../runtime/contract.ts'
import { type Correction, correctionAt } from '../client/drift-tracker.ts'
import { PHI } from '../frequency-tolerance.ts'
import type { FollowedClock, ServedClock } from '../served-clock.ts'
import { growthOf, leapToday, orderOf } from './control-law.ts'
import { type Expected, findStranger } from './find-stranger.ts'

/** How often the kernel is told what the clock lacks, and what others may be told of it. */
const EVERY_MS = 1_000

/** What the kernel says of a clock of which nothing is known. @unit seconds */
const UNKNOWN = 16

/** Within this the clock is said to be steady. @unit seconds */
const STEADY = 1e-3

export interface DisciplineParts {
  readonly machine: SteerableClock
  readonly served: Pick<ServedClock, 'follow' | 'awaitSources' | 'isFollowing' | 'retime' | 'leapPlan'>
  readonly clock: Clock
  readonly log: Logger
  /** Among the first `updates` words of the sources a difference beyond the threshold is set right at once, later never. */
  readonly step: { readonly thresholdSeconds: number; readonly updates: number }
  /** Writes down which frequencies the kernel may have from us, before it is told. */
  readonly remember: (frequencies: readonly number[]) => void
}

/** How the machine's clock is kept, as `lanward time --json` shows it. */
export interface DisciplineReport {
  /** `waiting` for the sources; `slewing` while the clock is more than a millisecond off; `steady`; `stopped` for the reason in `fault`. */
  readonly state: 'waiting' | 'slewing' | 'steady' | 'stopped'
  /** What the machine's clock still lacks; null before the sources were heard. */
  readonly rest_s: number | null
  /** By how much its oscillator is sped up. */
  readonly frequency_ppm: number
  /** How often it was set at once, and by how much together. */
  readonly steps: number
  readonly stepped_s: number
  /** Whether other programs are told that it is kept right, and how far off it is at worst. */
  readonly vouched: boolean
  readonly max_error_s: number | null
  readonly fault: string | null
}

/**
 * Keeps the clock of this machine by what the sources agree on. They are measured against that clock as it would run if nobody
 * touched it, so that nothing we do to it is taken for drift; and clients are told what the sources say, also while the clock
 * is still on its way there.
 */
export class Discipline {
  /** The clock of this machine as it would run without slewing by anybody, and without our steps. */
  readonly untouched: Clock
  /** What its drift is kept in: that of a clock that nobody touches is another one. */
  readonly driftFile = 'oscillator.json'
  readonly #parts: DisciplineParts
  readonly #beganAt: number
  #expected: Expected
  #state: SteeringState
  #reference: FollowedClock | null = null
  #ticking: NodeJS.Timeout | null = null
  #stepped = { count: 0, seconds: 0 }
  #updates = 0
  /** Why we touch it no more; null while we do. */
  #fault: string | null = null
  #unwritten: string | null = null

  /** @throws SystemError when the kernel does not let us see its clock */
  constructor(parts: DisciplineParts) {
    const { machine, clock } = parts
    this.#parts = parts
    this.#state = machine.read()
    this.#expected = { kind: 'found', state: this.#state }
    this.#beganAt = machine.slewed()
    this.untouched = {
      wallMs: () => Math.round(clock.wallMs() - this.aheadBy() * 1000),
      wallNs: () => clock.wallNs() - BigInt(Math.round(this.aheadBy() * 1e9)),
      monotonicMs: clock.monotonicMs,
    }
    this.#ticking = setInterval(() => this.tick(), EVERY_MS)
    this.#ticking.unref()
  }

  /** Whether the clock follows the sources by our doing, leap seconds with it. */
  get keeps(): boolean {
    return this.#fault === null && this.#reference !== null
  }

  /** Another program keeps it, or we may not. */
  get hasStopped(): boolean {
    return this.#fault !== null
  }

  get isFollowing(): boolean {
    return this.#parts.served.isFollowing
  }

  awaitSources(isAwaiting: boolean): void {
    this.#parts.served.awaitSources(isAwaiting)
  }

  /** Takes what the sources agree on, measured against the untouched clock; null = nobody is followed any more. */
  follow(reference: FollowedClock | null): void {
    this.#reference = reference
    if (reference === null) {
      this.#release()
      this.#parts.served.follow(null)
      return
    }
    this.#updates += 1
    this.#look()
    this.#steer(reference, this.#updates <= this.#parts.step.updates)
    this.#parts.served.follow({ ...reference, correction: this.#remaining(reference) })
  }

  /** Looks after the clock; each second by itself. */
  tick(): void {
    this.#look()
    if (this.#reference === null) return
    this.#steer(this.#reference, false)
    this.#parts.served.retime(this.#remaining(this.#reference))
  }

  /** How far the clock is ahead of the untouched one: what we, or whoever slews it, have moved it by. @unit seconds */
  aheadBy(): number {
    return this.#parts.machine.slewed() - this.#beganAt + this.#stepped.seconds
  }

  /** What people should know now of it, in words; none before the sources were heard. */
  words(): readonly string[] {
    const { state, rest_s } = this.report()
    if (rest_s === null || state === 'stopped') return []
    return [
      state === 'steady' ? "keeps this machine's clock" : `slews this machine's clock (${rest_s.toFixed(3)} s left)`,
    ]
  }

  /** What the kernel will do of leap seconds: all that are planned, as long as we tell it. */
  promise(kernel: KernelClock | null): KernelClock | null {
    return kernel === null || !this.keeps ? kernel : { ...kernel, leap: 1 }
  }

  /** What keeps us from our work, each in words. */
  faults(): readonly string[] {
    return [
      ...(this.#fault === null ? [] : [`the clock of this machine is not kept any more: ${this.#fault}`]),
      ...(this.#unwritten === null ? [] : [`cannot write down how the clock is kept: ${this.#unwritten}`]),
    ]
  }

  report(): DisciplineReport {
    const reference = this.#reference
    const rest = reference === null ? null : this.#restOf(reference)
    const steady = rest !== null && Math.abs(rest) <= STEADY ? 'steady' : 'slewing'
    return {
      state: this.#fault !== null ? 'stopped' : rest === null ? 'waiting' : steady,
      rest_s: rest,
      frequency_ppm: plainFrequency(this.#state.frequency) * 1e6,
      steps: this.#stepped.count,
      stepped_s: this.#stepped.seconds,
      vouched: this.#expected.kind === 'ordered' && this.#expected.order.synchronised && this.#fault === null,
      max_error_s: this.#expected.kind === 'ordered' ? this.#expected.order.maxError : null,
      fault: this.#fault,
    }
  }

  /** Leaves the clock with its frequency, vouched for by nobody. */
  close(): void {
    if (this.#ticking !== null) clearInterval(this.#ticking)
    this.#look()
    this.#reference = null
    this.#release()
  }

  #restOf({ correction }: FollowedClock): number {
    return correctionAt(correction, this.#parts.clock.monotonicMs()) - this.aheadBy()
  }

  /** What has to be added to the clock as it is. */
  #remaining(reference: FollowedClock): Correction {
    const { correction } = reference
    const atMs = this.#parts.clock.monotonicMs()
    const frequency = growthOf(correction.frequency, this.#state)
    return { ...correction, atMs, offset: this.#restOf(reference), frequency }
  }

  /** Sees whether somebody else steers the clock: two at one helm drive it anywhere. */
  #look(): void {
    this.#try(() => {
      this.#state = this.#parts.machine.read()
    })
    if (this.#fault !== null) return
    const done = findStranger(this.#state, this.#expected)
    if (done !== null) this.#stop(`another program steers it too (${done})`)
  }

  #steer(reference: FollowedClock, maySet: boolean): void {
    if (this.#fault !== null) return
    const { step, served, log, clock } = this.#parts
    const rest = this.#restOf(reference)
    if (maySet && Math.abs(rest) > step.thresholdSeconds) this.#set(rest)
    const { drift, jitter, distance } = this.#errorOf(reference)
    const leap = leapToday(served.leapPlan, clock.wallMs() / 1000)
    const order = orderOf({ rest: this.#restOf(reference), drift, jitter, distance }, leap)
    const before = this.#expected.kind === 'ordered' && this.#expected.order.synchronised
    this.#write(order)
    if (before !== order.synchronised && this.#fault === null)
      log.info({ rest_s: rest, max_error_s: order.maxError }, order.synchronised ? VOUCHED : UNVOUCHED)
  }

  #errorOf({ correction, rootDelay, rootDispersion, unixSeconds }: FollowedClock): {
    readonly drift: number
    readonly jitter: number
    readonly distance: number
  } {
    const now = this.untouched.wallMs() / 1000 + correctionAt(correction, this.#parts.clock.monotonicMs())
    const distance = rootDelay / 2 + rootDispersion + PHI * Math.max(0, now - unixSeconds)
    return { drift: correction.frequency, jitter: correction.jitter, distance }
  }

  #set(by: number): void {
    this.#try(() => {
      this.#parts.machine.step(by)
      this.#stepped = { count: this.#stepped.count + 1, seconds: this.#stepped.seconds + by }
      this.#parts.log.warn({ seconds: by }, 'the clock of this machine was wrong, and is set')
    })
  }

  /** Vouches for it no more, and leaves it running as it does. */
  #release(): void {
    if (this.#fault !== null) return
    if (this.#expected.kind === 'ordered') {
      this.#write({ ...this.#expected.order, rest: 0, synchronised: false, leap: 0 })
    } else if (this.#state.synchronised) {
      // The word of an earlier life, which we could not renew.
      const { frequency } = this.#state
      this.#write({ frequency, rest: 0, maxError: UNKNOWN, error: UNKNOWN, synchronised: false, leap: 0 })
    }
  }

  /** A killed process leaves what the kernel was told last: its next life must know it for its own. */
  #write(order: SteeringOrder): void {
    const { machine, remember } = this.#parts
    const last = this.#expected.kind === 'ordered' ? this.#expected.order.frequency : null
    if (order.frequency !== last) {
      try {
        remember(last === null ? [order.frequency] : [last, order.frequency])
        this.#unwritten = null
      } catch (error) {
        this.#unwritten = wordsOf(error)
      }
    }
    this.#try(() => {
      machine.steer(order)
      this.#expected = { kind: 'ordered', order }
      this.#state = machine.read()
    })
  }

  #try(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#stop(wordsOf(error))
    }
  }

  #stop(why: string): void {
    if (this.#fault !== null) return
    this.#fault = why
    this.#parts.log.error({ reason: why }, 'keeps the clock of this machine no more; a restart of ntp tries again')
  }
}

const VOUCHED = 'the clock of this machine is kept right from now on'
const UNVOUCHED = 'the clock of this machine is too far off to be vouched for'

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
