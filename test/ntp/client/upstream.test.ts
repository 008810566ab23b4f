import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { KeyRing } from '../../../daemons/ntp/auth/key-ring.ts'
import { SourceGuards } from '../../../daemons/ntp/auth/source-guards.ts'
import type { Answer, Measurement } from '../../../daemons/ntp/client/exchange.ts'
import { openUpstream, type Upstream } from '../../../daemons/ntp/client/upstream.ts'
import type { SourceSettings } from '../../../daemons/ntp/section.ts'
import { ServedClock } from '../../../daemons/ntp/served-clock.ts'
import { told } from './told.ts'

const NEAR: Measurement = {
  offset: 0.25,
  delay: 0.001,
  dispersion: 1e-5,
  leapIndicator: 0,
  stratum: 2,
  referenceId: 1,
  referenceSeconds: 0,
  rootDelay: 0.01,
  rootDispersion: 0.005,
  interleavedMs: null,
}
const UNSYNCHRONISED: Answer = { kind: 'unsynchronised', why: 'it says that it is not synchronised' }
const SERVED = { clock: 'local', localStratum: 10, kernelStratum: 5 } as const
const HOUR_S = 3600

/** Sources at the ports 0 and on of 192.0.2.1, asked through the real timers of the poller, which follow a clock of the test. */
class Box {
  readonly stateDir: string
  readonly served = new ServedClock(SERVED, -20, () => null)
  readonly upstream: Upstream
  /** How far the wall clock of this machine was set, and how long the machine slept. @unit milliseconds */
  setMs = 0
  sleptMs = 0
  asked = 0
  say: (source: number) => Answer | null = () => measured()
  /** Where a source answers from. */
  address = '192.0.2.1'

  /** @param stateDir that of an earlier life */
  constructor(count: number, stateDir = mkdtempSync(join(tmpdir(), 'lanward-upstream-'))) {
    this.stateDir = stateDir
    const wallMs = (): number => Date.now() + this.setMs + this.sleptMs
    const clock = { wallMs, wallNs: () => BigInt(wallMs()) * 1_000_000n, monotonicMs: Date.now }
    this.upstream = openUpstream({
      sources: settings(...Array.from({ length: count }, (_, index) => index)),
      guards: new SourceGuards(new KeyRing(null), clock.monotonicMs),
      served: this.served,
      clock,
      log: pino({ level: 'silent' }),
      precision: -20,
      stateDir,
      sleptMs: () => this.sleptMs,
      ask: async ({ settings: { port } }) => {
        this.asked += 1
        const answer = this.say(port)
        return answer === null ? null : { answer, address: this.address }
      },
    })
  }

  async pass(seconds: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(seconds * 1000)
    const wall = (Date.now() + this.setMs + this.sleptMs) / 1000
    this.served.correctTo(Date.now(), wall)
    this.served.advance(Math.floor(wall + this.correction))
  }

  /** Lets seconds pass one by one, and gives what was served at the end of each. */
  async watch(seconds: number): Promise<readonly Served[]> {
    const seen: Served[] = []
    for (let second = 0; second < seconds; second++) {
      await this.pass(1)
      const { leapIndicator, stratum } = this.served
      seen.push({ leapIndicator, stratum, correction: this.correction })
    }
    return seen
  }

  get correction(): number {
    return this.served.correctionSeconds + this.served.correctionNanoseconds / 1e9
  }

  get dispersion(): number {
    return this.served.rootDispersion / 65_536
  }

  close(): void {
    this.upstream.close()
    rmSync(this.stateDir, { recursive: true })
  }
}

interface Served {
  readonly leapIndicator: number
  readonly stratum: number
  readonly correction: number
}

function settings(...ports: readonly number[]): SourceSettings[] {
  return ports.map((port) => ({ address: '192.0.2.1', port, iburst: true, minPoll: 6, maxPoll: 6 }))
}

function measured(said: Partial<Measurement> = {}): Answer {
  return told({ ...NEAR, ...said })
}

let box: Box

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 })
})

afterEach(() => {
  box.close()
  vi.useRealTimers()
})

describe('openUpstream', () => {
  test.each<[string, number, (source: number) => Answer | null]>([
    ['the only one says that it is not synchronised', 1, () => UNSYNCHRONISED],
    ['the only one says INIT', 1, () => ({ kind: 'kiss', code: 'INIT' })],
    ['one of two turns 5 s wrong', 2, (source) => measured({ offset: source === 0 ? 5.25 : 0.25, delay: 0.0005 })],
    ['the only one is silent', 1, () => null],
  ])('ages the reference while %s, says so, and ends with the local stratum', async (_title, count, lost) => {
    box = new Box(count)
    await box.pass(HOUR_S)
    expect(box.upstream.faults()).toEqual([])
    box.say = lost
    await box.pass(1200)
    const { dispersion, served } = box
    const { referenceSeconds } = served
    expect(served).toMatchObject({ stratum: 3, correctionNanoseconds: 0.25e9 })
    expect(box.upstream.faults()).toEqual([expect.stringContaining('no time source can be followed')])
    await box.pass(10 * HOUR_S)
    expect(served.referenceSeconds).toBe(referenceSeconds)
    expect(box.dispersion - dispersion).toBeCloseTo(15e-6 * 10 * HOUR_S, 3)
    expect(served.stratum).toBe(3)
    await box.pass(10 * HOUR_S)
    expect(served).toMatchObject({ stratum: 10, isFollowing: false, correctionNanoseconds: 0.25e9 })
    box.say = () => measured()
    await box.pass(1200)
    expect(served.stratum).toBe(3)
    expect(box.upstream.faults()).toEqual([])
  })

  test.each([
    ['an address of loopback, on this machine', '127.0.0.1', { referenceId: 0x7f000001 }, 'it follows us'],
    ['an address of loopback, on another', '192.0.2.1', { referenceId: 0x7f000001 }, null],
    ['a reference clock of that name', '127.0.0.1', { referenceId: 0x7f000001, stratum: 1 }, null],
  ])('tells whether a source follows us that names %s', async (_title, address, said, error) => {
    box = new Box(1)
    box.address = address
    box.say = () => measured(said)
    await box.pass(20)
    expect(box.upstream.report()).toMatchObject([{ error, state: error === null ? 'selected' : 'unreachable' }])
    expect(box.served.isFollowing).toBe(error === null)
  })

  test('follows nobody who only says again what we say', async () => {
    box = new Box(2)
    box.say = (source) => {
      if (source === 0) return measured()
      const { stratum, referenceId, referenceSeconds, rootDelay } = box.served
      const echo = measured({ stratum, referenceId, referenceSeconds, rootDelay: rootDelay / 65_536 })
      return box.served.isFollowing ? echo : null
    }
    await box.pass(HOUR_S)
    expect(box.upstream.report()).toMatchObject([
      { state: 'selected', error: null },
      { state: 'unreachable', error: 'it follows us' },
    ])
  })

  test.each<[string, Answer | null]>([
    ['is silent', null],
    ['says that it is not synchronised', UNSYNCHRONISED],
  ])('tells its own clock soon when every source %s', async (_title, answer) => {
    box = new Box(2)
    box.say = () => answer
    await box.pass(4)
    expect(box.served).toMatchObject({ leapIndicator: 3, stratum: 0 })
    await box.pass(2)
    expect(box.served).toMatchObject({ leapIndicator: 0, stratum: 10 })
  })

  test('awaits the agreement of those that have told a time', async () => {
    box = new Box(2)
    box.say = (source) => (source === 0 ? measured() : measured({ offset: 5.25 }))
    await box.pass(19)
    expect(box.served).toMatchObject({ leapIndicator: 3, stratum: 0 })
    await box.pass(2)
    expect(box.served).toMatchObject({ leapIndicator: 0, stratum: 10 })
  })

  test('lets nobody believe the clock of this machine until the sources agree', async () => {
    box = new Box(1)
    box.say = () => measured({ offset: -30 })
    await box.pass(1)
    expect(box.served).toMatchObject({ leapIndicator: 3, stratum: 0 })
    await box.pass(14)
    expect(box.served).toMatchObject({ leapIndicator: 0, stratum: 3, correctionSeconds: -30 })
  })

  test('follows a clock that somebody set within a second, asks in a burst, and admits what it does not know', async () => {
    box = new Box(2)
    await box.pass(HOUR_S)
    const { dispersion, asked } = box
    box.setMs = 5000
    box.say = () => measured({ offset: -4.75 })
    await box.pass(1)
    expect(box.correction).toBeCloseTo(-4.75, 6)
    expect(box.dispersion - dispersion).toBeCloseTo(0.1, 2)
    await box.pass(15)
    expect(box.asked - asked).toBe(16)
    expect(box.dispersion - dispersion).toBeLessThan(0.05)
    expect(box.served.stratum).toBe(3)
  })

  test('takes a sleep of the machine for no step, and measures anew after it', async () => {
    box = new Box(2)
    await box.pass(HOUR_S)
    const { dispersion, asked } = box
    box.sleptMs = 3_600_000
    await box.pass(1)
    expect(box.correction).toBeCloseTo(0.25, 6)
    expect(box.dispersion - dispersion).toBeCloseTo(0.5 + 15e-6 * HOUR_S, 2)
    await box.pass(15)
    expect(box.asked - asked).toBeGreaterThanOrEqual(14)
    expect(box.dispersion - dispersion).toBeLessThan(0.05)
  })

  test('counts no answer that was under way while the clock was set', async () => {
    box = new Box(1)
    await box.pass(HOUR_S)
    box.say = () => {
      box.setMs += 400
      box.say = () => measured({ offset: -0.15 })
      return measured({ offset: 0.05 })
    }
    await box.pass(80)
    expect(box.correction).toBeCloseTo(-0.15, 6)
  })

  test('drops a source at its first word that it is not synchronised, and not at an answer without proof', async () => {
    box = new Box(1)
    await box.pass(HOUR_S)
    box.say = () => ({ kind: 'unusable', why: 'its answer is not authenticated' })
    await box.pass(64)
    expect(box.upstream.report()).toMatchObject([{ state: 'selected' }])
    box.say = () => UNSYNCHRONISED
    await box.pass(64)
    expect(box.upstream.report()).toMatchObject([{ state: 'candidate' }])
  })

  test('measures nothing by an answer on whose way the clock was set', async () => {
    box = new Box(1)
    await box.pass(HOUR_S)
    box.say = () => {
      box.setMs += 10_000
      return measured({ offset: -4.75, delay: 1e-6 })
    }
    await box.pass(64)
    expect(box.upstream.report()).toMatchObject([{ offset_s: null, error: expect.stringContaining('was set') }])
    box.say = () => measured({ offset: -9.75 })
    await box.pass(64)
    expect(box.upstream.report()).toMatchObject([{ offset_s: -9.75, error: null }])
  })

  test('tells stratum and distance as the source says them last', async () => {
    box = new Box(1)
    await box.pass(HOUR_S)
    const { dispersion } = box
    box.say = () => measured({ stratum: 4, rootDispersion: 0.105, delay: 0.003 })
    await box.pass(64)
    expect(box.served.stratum).toBe(5)
    expect(box.dispersion - dispersion).toBeGreaterThan(0.09)
  })
})

describe('a death', () => {
  /** The next life of a box that is killed now. */
  function reborn(count: number): Box {
    const now = Date.now()
    // Takes the time back as well.
    vi.clearAllTimers()
    vi.setSystemTime(now)
    box = new Box(count, box.stateDir)
    return box
  }

  test('is not seen by clients: the last time is served at once, until the sources agree again', async () => {
    box = new Box(2)
    await box.pass(HOUR_S)
    const { dispersion } = box
    const { referenceId, referenceSeconds, rootDelay } = box.served
    await box.pass(30)
    reborn(2).say = () => measured({ offset: 5.25 })
    await box.pass(0)
    expect(box.served).toMatchObject({ leapIndicator: 0, stratum: 3, referenceId, referenceSeconds, rootDelay })
    expect(box.correction).toBeCloseTo(0.25, 6)
    expect(box.dispersion - dispersion).toBeGreaterThan(30 * 15e-6)
    const corrections = (await box.watch(20)).map(({ stratum, correction }) => {
      expect(stratum).toBe(3)
      return Number(correction.toFixed(6))
    })
    expect(corrections.slice(0, 3)).toEqual([0.25, 0.25, 0.25])
    expect(corrections.at(-1)).toBe(5.25)
  })

  test('binds nobody to what was followed before, also when the sources are changed right after it', async () => {
    box = new Box(2)
    await box.pass(HOUR_S)
    reborn(2).say = (source) => (source === 1 ? null : measured({ offset: 5.25 }))
    box.upstream.replaceSources(settings(0, 1, 2))
    for (const { stratum } of await box.watch(20)) expect(stratum).toBe(3)
    expect(box.correction).toBeCloseTo(5.25, 6)
  })

  test('ages what is served while the sources stay away, and tells that', async () => {
    box = new Box(1)
    await box.pass(HOUR_S)
    reborn(1).say = () => null
    for (const { stratum } of await box.watch(140)) expect(stratum).toBe(3)
    expect(box.upstream.faults()).toEqual(['no time source can be followed (192.0.2.1:0: no answer)'])
    await box.pass(20 * HOUR_S)
    expect(box.served.stratum).toBe(10)
  })

  test.each<[string, number, (path: string) => void]>([
    ['its source is configured no more', 1, () => undefined],
    ['the file is damaged', 2, (path) => writeFileSync(path, '{"bootId":')],
  ])('lets nobody believe anything before the sources agree when %s', async (_title, count, spoil) => {
    box = new Box(2)
    box.say = (source) => measured({ stratum: source === 0 ? 4 : 2 })
    await box.pass(HOUR_S)
    expect(box.upstream.report()[1]?.state).toBe('selected')
    spoil(join(box.stateDir, 'reference.json'))
    reborn(count)
    await box.pass(1)
    expect(box.served).toMatchObject({ leapIndicator: 3, stratum: 0, isFollowing: false })
  })
})

describe('a reload of the sources', () => {
  test('keeps what those have said that stay, lets go of the leader without a word to clients, and asks the new one', async () => {
    box = new Box(2)
    await box.pass(HOUR_S)
    const [leader, other] = box.upstream.report()
    expect(leader?.state).toBe('selected')
    const { asked } = box
    box.say = (source) => measured({ rootDispersion: source === 2 ? 0.02 : 0.005 })
    box.upstream.replaceSources(settings(2, 1))
    expect(box.upstream.report()).toMatchObject([
      { address: '192.0.2.1:2', state: 'unreachable', error: 'not asked yet' },
      { ...other, state: 'selected' },
    ])
    const seen = await box.watch(30)
    for (const one of seen) expect(one).toMatchObject({ leapIndicator: 0, stratum: 3 })
    for (const { correction } of seen) expect(correction).toBeCloseTo(0.25, 6)
    expect(box.asked - asked).toBeLessThanOrEqual(9)
    expect(box.upstream.report()).toMatchObject([
      { state: 'candidate', reach: '377' },
      { state: 'selected', reach: '377' },
    ])
    expect(box.upstream.faults()).toEqual([])
  })

  test('serves the last time of sources that all went until the new ones agree, and believes those then', async () => {
    box = new Box(2)
    await box.pass(HOUR_S)
    box.say = () => measured({ offset: 5.25, stratum: 4 })
    box.upstream.replaceSources(settings(7, 8, 9))
    const seen = await box.watch(20)
    const first = seen.findIndex(({ stratum }) => stratum === 5)
    expect(first).toBeGreaterThan(3)
    for (const [index, one] of seen.entries()) {
      expect(one).toMatchObject({ leapIndicator: 0, stratum: index < first ? 3 : 5 })
      expect(one.correction).toBeCloseTo(index < first ? 0.25 : 5.25, 6)
    }
  })

  test('takes what new sources say differently for no drift', async () => {
    box = new Box(2)
    await box.pass(HOUR_S)
    box.say = () => measured({ offset: 0.3 })
    box.upstream.replaceSources(settings(7, 8))
    await box.pass(600)
    expect(box.served.followed?.correction.frequency).toBeCloseTo(0, 8)
    expect(box.correction).toBeCloseTo(0.3, 6)
  })

  test('ages the last time while the new sources are silent, and says so', async () => {
    box = new Box(2)
    await box.pass(HOUR_S)
    box.say = () => null
    box.upstream.replaceSources(settings(7))
    for (const one of await box.watch(140)) expect(one).toMatchObject({ leapIndicator: 0, stratum: 3 })
    expect(box.upstream.faults()).toEqual(['no time source can be followed (192.0.2.1:7: no answer)'])
    await box.pass(20 * HOUR_S)
    expect(box.served.stratum).toBe(10)
  })

  test('tells its own clock at once when none is left, and goes on telling it until new ones agree', async () => {
    box = new Box(1)
    await box.pass(HOUR_S)
    box.upstream.replaceSources([])
    await box.pass(1)
    expect(box.served).toMatchObject({ leapIndicator: 0, stratum: 10, isFollowing: false })
    expect(box.correction).toBe(0)
    expect(box.upstream.faults()).toEqual([])
    box.upstream.replaceSources(settings(3))
    for (const { leapIndicator, stratum } of await box.watch(20)) {
      expect(leapIndicator).toBe(0)
      expect([3, 10]).toContain(stratum)
      expect(box.upstream.faults()).toEqual([])
    }
    expect(box.served.stratum).toBe(3)
  })

  test('asks by other settings from then on, but nobody sooner who refused', async () => {
    box = new Box(2)
    box.say = (source) => (source === 0 ? { kind: 'kiss', code: 'DENY' } : measured())
    await box.pass(HOUR_S / 2)
    const { asked } = box
    box.upstream.replaceSources(settings(0, 1).map((one) => ({ ...one, minPoll: 4, maxPoll: 4 })))
    await box.pass(160)
    expect(box.upstream.report()).toMatchObject([{ error: 'kiss code DENY' }, { state: 'selected', poll_s: 16 }])
    expect(box.asked - asked).toBe(10)
  })

  test('counts no answer of one that was let go of while it was asked', async () => {
    box = new Box(2)
    await box.pass(HOUR_S)
    box.say = (source) => {
      box.say = () => measured()
      box.upstream.replaceSources(settings(1 - source))
      return measured({ offset: 9, delay: 1e-6 })
    }
    for (const { correction } of await box.watch(140)) expect(correction).toBeCloseTo(0.25, 6)
    expect(box.upstream.report()).toHaveLength(1)
  })
})
