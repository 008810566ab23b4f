import {
  LOOP_CONSTANT,
  PLAIN_TICK,
  plainFrequency,
  type SteerableClock,
  type SteeringOrder,
  type SteeringState,
} from '../../../daemons/linux/steered-clock.ts'
import type { Clock } from '../../../daemons/runtime/contract.ts'

/** Where the simulated machine was started. */
const EPOCH = 1_800_000_000

/**
 * A machine with an oscillator that is wrong, and the kernel's clock on top of it as kernel/time/ntp.c runs it: a frequency, and
 * a loop that at the turn of each second takes a part of the rest for that second. No clock of this machine is touched by it.
 */
export class SimulatedClock implements SteerableClock {
  readonly #trueSeconds: () => number
  readonly #speedAt: (trueSeconds: number) => number
  #last: number
  /** What its three clocks show. */
  #raw = 0
  #mono = 0
  #wall: number
  #status: Omit<SteeringState, 'rest'>
  #rest = 0
  /** Taken from the rest for this second. */
  #chunk = 0
  #maxError = 16
  #leap: 0 | 1 | 2 = 0
  /** The orders that it got, and the steps. */
  readonly orders: SteeringOrder[] = []
  readonly steps: number[] = []
  /** Thrown by each change while it is set. */
  refusal: Error | null = null

  /**
   * @param trueSeconds the true time that passed since the machine was started
   * @param speedAt how much too fast the oscillator is then, in seconds per second
   * @param error how far the wall clock is ahead at the start, in seconds
   */
  constructor(trueSeconds: () => number, speedAt: (trueSeconds: number) => number, error: number) {
    this.#trueSeconds = trueSeconds
    this.#speedAt = speedAt
    this.#last = trueSeconds()
    this.#wall = error
    const found = { synchronised: false, frequency: 0, constant: 2, hasLoop: false, holdsFrequency: false }
    this.#status = { ...found, tick: PLAIN_TICK }
  }

  /** As daemons read it. */
  get clock(): Clock {
    const wallNs = (): bigint => {
      this.#advance()
      return BigInt(EPOCH) * 1_000_000_000n + BigInt(Math.round(this.#wall * 1e9))
    }
    return {
      wallNs,
      wallMs: () => Number(wallNs() / 1_000_000n),
      monotonicMs: () => {
        this.#advance()
        return this.#mono * 1000
      },
    }
  }

  /** How far the wall clock is ahead of the truth. @unit seconds */
  get error(): number {
    this.#advance()
    return this.#wall - this.#trueSeconds()
  }

  get trueNs(): bigint {
    return BigInt(EPOCH) * 1_000_000_000n + BigInt(Math.round(this.#trueSeconds() * 1e9))
  }

  get leap(): 0 | 1 | 2 {
    return this.#leap
  }

  read(): SteeringState {
    this.#advance()
    return { ...this.#status, rest: this.#rest }
  }

  steer(order: SteeringOrder): void {
    if (this.refusal !== null) throw this.refusal
    this.#advance()
    if (Math.abs(order.frequency) > 500 * 65_536 || Math.abs(order.rest) > 0.5) throw new Error('EINVAL')
    const { frequency, synchronised } = order
    this.orders.push(order)
    const inOurWay = { constant: LOOP_CONSTANT, hasLoop: true, holdsFrequency: true, tick: PLAIN_TICK }
    this.#status = { synchronised, frequency, ...inOurWay }
    this.#rest = order.rest
    this.#maxError = order.maxError
    this.#leap = order.leap
  }

  step(by: number): void {
    if (this.refusal !== null) throw this.refusal
    this.steps.push(by)
    this.set(by)
  }

  /** Somebody sets the clock, as `date` does: the kernel forgets what it was told of it. */
  set(by: number): void {
    this.#advance()
    this.#wall += by
    this.#rest = 0
    this.#chunk = 0
    this.#maxError = 16
    this.#status = { ...this.#status, synchronised: false }
  }

  /** Another program changes what the kernel was told. */
  meddle(change: Partial<SteeringState>): void {
    this.#advance()
    if (change.synchronised === true) this.#maxError = 0.01
    this.#status = { ...this.#status, ...change }
  }

  slewed(): number {
    this.#advance()
    return this.#mono - this.#raw
  }

  /** Second by second of its own time, for at the turn of each the loop takes the next part. */
  #advance(): void {
    const now = this.#trueSeconds()
    while (this.#last < now) {
      const speed = 1 + this.#speedAt(this.#last)
      const rate = 1 + plainFrequency(this.#status.frequency) + this.#chunk
      const left = (Math.floor(this.#wall + 1e-9) + 1 - this.#wall) / (speed * rate)
      const span = Math.min(left, now - this.#last)
      this.#raw += span * speed
      this.#mono += span * speed * rate
      this.#wall += span * speed * rate
      this.#last = span === left ? this.#last + span : now
      if (span === left) this.#turn()
    }
  }

  #turn(): void {
    this.#chunk = this.#status.hasLoop ? this.#rest / 2 ** (2 + this.#status.constant) : 0
    this.#rest -= this.#chunk
    this.#maxError += 500e-6
    if (this.#maxError >= 16) this.#status = { ...this.#status, synchronised: false }
  }
}
