import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { vi } from 'vitest'
import { KeyRing } from '../../../daemons/ntp/auth/key-ring.ts'
import { SourceGuards } from '../../../daemons/ntp/auth/source-guards.ts'
import { writeDrift } from '../../../daemons/ntp/client/drift-file.ts'
import type { Answer } from '../../../daemons/ntp/client/exchange.ts'
import { openUpstream, type Upstream } from '../../../daemons/ntp/client/upstream.ts'
import { Discipline, type DisciplineParts } from '../../../daemons/ntp/discipline/discipline.ts'
import { ServedClock } from '../../../daemons/ntp/served-clock.ts'
import { SimulatedClock } from './simulated-clock.ts'

const SERVED = { clock: 'local', localStratum: 10, kernelStratum: 5 } as const

export interface Weather {
  /** How much too fast the oscillator is. @unit seconds per second; @param seconds since the start */
  readonly speedAt?: (seconds: number) => number
  /** How far the wall clock is ahead at first. @unit seconds */
  readonly error?: number
  /** How far measurements are off. @unit seconds, standard deviation */
  readonly noise?: number
  readonly step?: DisciplineParts['step']
  /** The drift that an earlier life learned. @unit seconds per second */
  readonly known?: number
  readonly seed?: number
  /** One that was kept before; absent = a new one. */
  readonly machine?: SimulatedClock
}

/** A simulated machine whose clock is kept by three simulated sources; time is that of fake timers. */
export class KeptMachine {
  readonly #stateDir = mkdtempSync(join(tmpdir(), 'lanward-discipline-'))
  readonly #noise: number
  readonly machine: SimulatedClock
  readonly served = new ServedClock(SERVED, -20, () => null)
  readonly discipline: Discipline
  readonly upstream: Upstream
  readonly remembered: (readonly number[])[] = []
  /** False while no source answers. */
  reachable = true
  #seed: number
  #isDead = false

  constructor({ speedAt = () => 0, error = 0, noise = 20e-6, seed = 7, ...rest }: Weather = {}) {
    const begunMs = Date.now()
    this.#noise = noise
    this.#seed = seed
    this.machine = rest.machine ?? new SimulatedClock(() => (Date.now() - begunMs) / 1000, speedAt, error)
    const { clock } = this.machine
    const log = pino({ level: 'silent' })
    const { machine } = this
    this.discipline = new Discipline({
      machine: {
        read: () => machine.read(),
        steer: (order) => {
          if (!this.#isDead) machine.steer(order)
        },
        step: (by) => {
          if (!this.#isDead) machine.step(by)
        },
        slewed: () => machine.slewed(),
      },
      served: this.served,
      clock,
      log,
      step: rest.step ?? { thresholdSeconds: 1, updates: 3 },
      remember: (frequencies) => void this.remembered.push(frequencies),
    })
    const driftFile = join(this.#stateDir, this.discipline.driftFile)
    if (rest.known !== undefined) writeDrift(driftFile, rest.known, new Date(begunMs))
    const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
    this.upstream = openUpstream({
      sources: addresses.map((address) => ({ address, port: 123, iburst: true, minPoll: 6, maxPoll: 8 })),
      guards: new SourceGuards(new KeyRing(null), clock.monotonicMs),
      served: this.discipline,
      clock: this.discipline.untouched,
      steered: this.discipline,
      log,
      precision: -20,
      stateDir: this.#stateDir,
      sleptMs: () => 0,
      ask: async ({ settings: { address } }) => (this.reachable ? { answer: this.#measure(), address } : null),
    })
  }

  /** How far the time that clients get is off. @unit seconds */
  get servedError(): number {
    const { clock } = this.machine
    this.served.correctTo(clock.monotonicMs(), clock.wallMs() / 1000)
    return this.machine.error + this.served.correctionSeconds + this.served.correctionNanoseconds / 1e9
  }

  /**
   * Lets time pass.
   *
   * @param look called each second
   */
  async pass(seconds: number, look: () => void = () => undefined): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await vi.advanceTimersByTimeAsync(1000)
      look()
    }
  }

  /** Killed: whatever it still had to tell the kernel is never told. */
  die(): void {
    this.#isDead = true
    this.close()
  }

  close(): void {
    this.upstream.close()
    this.discipline.close()
    rmSync(this.#stateDir, { recursive: true, force: true })
  }

  #measure(): Answer {
    const ahead = Number(this.machine.trueNs - this.discipline.untouched.wallNs()) / 1e9
    const delay = 0.001 + Math.abs(this.#random() * this.#noise)
    return {
      kind: 'measurement',
      measurement: {
        offset: ahead + this.#random() * this.#noise,
        delay,
        dispersion: 1e-6,
        leapIndicator: 0,
        stratum: 2,
        referenceId: 1,
        referenceSeconds: 0,
        rootDelay: 0.002,
        rootDispersion: 0.001,
        interleavedMs: null,
      },
      exchange: { sentNs: 0n, receivedNs: 0n, receivedMs: 0, receiveTimestamp: 0n },
    }
  }

  /** Of a normal distribution, nearly. */
  #random(): number {
    let sum = -6
    for (let round = 0; round < 12; round++) {
      this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
      sum += this.#seed / 2 ** 32
    }
    return sum
  }
}
