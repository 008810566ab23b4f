import { describe, expect, test } from 'vitest'
import { correctionAt } from '../../../daemons/ntp/client/drift-tracker.ts'
import type { Measurement } from '../../../daemons/ntp/client/exchange.ts'
import { Source } from '../../../daemons/ntp/client/source.ts'
import { TimeKeeper } from '../../../daemons/ntp/client/time-keeper.ts'
import { told } from './told.ts'

const PRECISION = -20
const NEAR: Measurement = {
  offset: 0,
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

/** Sources whose clocks say what a function of time says, asked as they wish to be. */
class Sky {
  nowMs = 0
  readonly sources: Source[]
  readonly keeper: TimeKeeper

  constructor(count: number, frequency = 0, poll: { minPoll: number; maxPoll: number } = { minPoll: 6, maxPoll: 10 }) {
    this.sources = Array.from({ length: count }, (_, index) => {
      const settings = { address: `192.0.2.${index + 1}`, port: 123, iburst: true, ...poll }
      return new Source(settings, 0)
    })
    this.keeper = new TimeKeeper(this.sources, frequency, PRECISION)
  }

  /** Lets time pass and every due source be asked. @param truth what source i measures, null = no answer */
  pass(seconds: number, truth: (source: number, seconds: number) => Partial<Measurement> | null): void {
    const endMs = this.nowMs + seconds * 1000
    for (let asked = 0; asked < 100_000; asked++) {
      const next = this.sources.toSorted((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined || next.dueMs > endMs) break
      this.nowMs = Math.max(this.nowMs, next.dueMs)
      next.asked(this.nowMs)
      const said = truth(this.sources.indexOf(next), this.nowMs / 1000)
      const measurement = said === null ? null : { ...NEAR, ...said }
      const residual = measurement === null ? null : this.keeper.residual(measurement.offset, this.nowMs)
      next.heard(measurement === null ? null : told(measurement), this.nowMs, PRECISION, residual)
      this.keeper.update(this.nowMs)
    }
    this.nowMs = endMs
  }

  get served(): number {
    const { reference } = this.keeper
    if (reference === null) throw new Error('follows nobody')
    return correctionAt(reference.correction, this.nowMs)
  }
}

describe('TimeKeeper', () => {
  test('follows a source after a few answers of a burst, and tells of it', () => {
    const sky = new Sky(1)
    sky.pass(1, () => ({ offset: 0.25 }))
    expect(sky.keeper.reference).toBeNull()
    sky.pass(14, () => ({ offset: 0.25 }))
    expect(sky.served).toBeCloseTo(0.25, 6)
    expect(sky.keeper.reference).toMatchObject({ stratum: 3, leapIndicator: 0, rootDelay: 0.011 })
    expect(sky.keeper.reference?.rootDispersion).toBeLessThan(0.1)
    expect(sky.sources.map((source) => sky.keeper.stateOf(source))).toEqual(['selected'])
  })

  test('learns the drift and keeps it while the sources are away', () => {
    const sky = new Sky(2)
    const drifting = (_source: number, seconds: number): Partial<Measurement> => ({ offset: 0.1 + 20e-6 * seconds })
    sky.pass(7200, drifting)
    expect(sky.keeper.frequency).toBeCloseTo(20e-6, 7)
    sky.pass(36_000, () => null)
    expect(sky.served).toBeCloseTo(0.1 + 20e-6 * 43_200, 3)
    expect(sky.sources.map((source) => sky.keeper.stateOf(source))).toEqual(['unreachable', 'unreachable'])
  })

  test('believes the majority, calls the liar a falseticker and does not follow it', () => {
    const sky = new Sky(3)
    sky.pass(600, (source) => ({ offset: source === 1 ? 7 : 0.001 * source }))
    expect(sky.served).toBeCloseTo(0.001, 3)
    expect(sky.sources.map((source) => sky.keeper.stateOf(source)).toSorted()).toEqual([
      'candidate',
      'falseticker',
      'selected',
    ])
    expect(sky.keeper.stateOf(sky.sources[1] as Source)).toBe('falseticker')
  })

  test('follows nobody before those that answer can be judged, whoever was heard first', () => {
    const sky = new Sky(3)
    const seen: number[] = []
    sky.pass(60, (source) => {
      if (sky.keeper.reference !== null) seen.push(sky.served)
      return { offset: source === 0 ? 30 : 0, stratum: 3 + source }
    })
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.filter((served) => Math.abs(served) > 1e-6)).toEqual([])
    expect(sky.keeper.reference).toMatchObject({ source: sky.sources[1], stratum: 5 })
    expect(sky.keeper.reference?.rootDispersion).toBeLessThan(0.2)
  })

  test('forgets what a source taught that the others prove wrong', () => {
    const sky = new Sky(3)
    sky.pass(100, (source) => (source === 0 ? { offset: 30 } : null))
    expect(sky.served).toBeCloseTo(30, 6)
    sky.pass(600, (source) => ({ offset: source === 0 ? 30 : 0 }))
    expect(sky.keeper.stateOf(sky.sources[0] as Source)).toBe('falseticker')
    expect(sky.served).toBeCloseTo(0, 6)
    expect(sky.keeper.reference?.rootDispersion).toBeLessThan(0.2)
  })

  test('admits that its sources jumped away, and goes with them when they stay there', () => {
    const sky = new Sky(2)
    sky.pass(3600, () => ({ offset: 0.1 }))
    sky.pass(500, () => ({ offset: 0.4, delay: 0.0005 }))
    expect(sky.served).toBeCloseTo(0.1, 3)
    expect(sky.keeper.reference?.rootDispersion).toBeGreaterThan(0.3)
    sky.pass(20_000, () => ({ offset: 0.4, delay: 0.0005 }))
    expect(sky.served).toBeCloseTo(0.4, 3)
    expect(sky.keeper.reference?.rootDispersion).toBeLessThan(0.2)
  })

  test('goes at once with sources that come back within what it admitted not to know', () => {
    const sky = new Sky(1)
    sky.pass(3600, () => ({ offset: 0 }))
    sky.pass(100_000, () => null)
    sky.pass(2000, () => ({ offset: 0.9 }))
    expect(sky.served).toBeCloseTo(0.9, 2)
  })

  test('follows another leader at once, though its best measurement is the older one', () => {
    const sky = new Sky(2)
    const far = { stratum: 4, delay: 0.02 }
    sky.pass(20, (source) => (source === 0 ? { stratum: 2, delay: 0.001 } : far))
    sky.pass(400, (source, seconds) => (source === 0 ? (seconds < 100 ? null : { delay: 0.004 }) : far))
    expect(sky.sources.map((source) => sky.keeper.stateOf(source))).toEqual(['selected', 'candidate'])
    expect(sky.keeper.reference?.source).toBe(sky.sources[0])
  })

  test('learns a drift within minutes though the first answer had the shortest way', () => {
    const sky = new Sky(3)
    let worst = 0
    for (let minute = 0; minute < 20; minute++) {
      sky.pass(60, (_source, seconds) => ({ offset: 40e-6 * seconds, delay: seconds < 1 ? 0.001 : 0.00102 }))
      if (minute > 1) worst = Math.max(worst, Math.abs(sky.served - (40e-6 * sky.nowMs) / 1000))
    }
    expect(worst).toBeLessThan(3e-3)
  })

  test('learns the drift also from a source that it asks every two seconds', () => {
    const sky = new Sky(1, 0, { minPoll: 1, maxPoll: 1 })
    sky.pass(90, (_source, seconds) => ({ offset: 40e-6 * seconds + 5e-6 * Math.sin(seconds) }))
    expect(sky.keeper.frequency).toBeCloseTo(40e-6, 6)
    sky.pass(600, (_source, seconds) => ({ offset: 40e-6 * seconds + 5e-6 * Math.sin(seconds) }))
    expect(sky.keeper.frequency).toBeCloseTo(40e-6, 6)
  })

  test('lets go of what was measured before the oscillator changed its speed', () => {
    const sky = new Sky(3)
    const truth = (seconds: number): number => 20e-6 * seconds + 5e-6 * Math.max(0, seconds - 40_000)
    const noise = (seconds: number): number => 20e-6 * Math.sin(seconds * 7)
    sky.pass(45_000, (_source, seconds) => ({ offset: truth(seconds) + noise(seconds) }))
    expect(Math.abs(sky.served - truth(sky.nowMs / 1000))).toBeLessThan(1e-3)
    expect(sky.keeper.frequency).toBeCloseTo(25e-6, 7)
  })

  test('starts from the drift learned in an earlier life', () => {
    const sky = new Sky(1, -50e-6)
    sky.pass(15, (_source, seconds) => ({ offset: 1 - 50e-6 * seconds }))
    sky.pass(40, () => null)
    expect(sky.served).toBeCloseTo(1 - 50e-6 * 55, 5)
  })

  test('moves along when somebody sets the kernel clock', () => {
    const sky = new Sky(1)
    sky.pass(60, () => ({ offset: 0.5 }))
    sky.keeper.kernelStepped(0.5, 0)
    expect(sky.served).toBeCloseTo(0, 6)
    sky.pass(200, () => ({ offset: 0 }))
    expect(sky.served).toBeCloseTo(0, 6)
  })

  test('does not follow a source of stratum 15, nor one too far from its reference', () => {
    const sky = new Sky(2)
    sky.pass(600, (source) => (source === 0 ? { stratum: 15 } : { rootDispersion: 3 }))
    expect(sky.keeper.reference).toBeNull()
  })

  test('passes on a leap second that most sources announce', () => {
    const sky = new Sky(3)
    sky.pass(60, (source) => ({ leapIndicator: source === 2 ? 0 : 1 }))
    expect(sky.keeper.reference?.leapIndicator).toBe(1)
  })
})

test('TimeKeeper lets nobody announce a leap second whose time it does not believe', () => {
  const sky = new Sky(5)
  sky.pass(60, (source) =>
    source < 2 ? { offset: 9 + source, leapIndicator: 1 } : { leapIndicator: source === 2 ? 1 : 0 },
  )
  expect(sky.keeper.reference?.leapIndicator).toBe(0)
})

describe('Source', () => {
  const settings = { address: '192.0.2.1', port: 123, iburst: false, minPoll: 6, maxPoll: 10 }

  test('is asked less and less often while its clock is steady, and more often when it moves', () => {
    const source = new Source(settings, 0)
    for (let times = 0; times < 200; times++) {
      source.asked(source.dueMs)
      source.heard(told(NEAR), source.dueMs, PRECISION, 0)
    }
    expect(source.poll).toBe(10)
    expect(source.reach).toBe(0xff)
    for (let times = 0; times < 200; times++) {
      source.asked(source.dueMs)
      source.heard(told(NEAR), source.dueMs, PRECISION, 1)
    }
    expect(source.poll).toBe(6)
  })

  test('that told late when its answer left is believed as of then', () => {
    const source = new Source({ ...settings, interleaved: true }, 0)
    source.asked(64_000)
    source.heard(told({ ...NEAR, interleavedMs: 63_000 }), 64_000, PRECISION, null)
    expect(source.filter.read(64_000, PRECISION)?.atMs).toBe(1000)
  })

  test.each([
    ['RATE', 128_000],
    ['DENY', 3_600_000],
    ['RSTR', 3_600_000],
    ['STEP', 64_000],
  ])('after the kiss %s is asked again in %d ms', (code, want) => {
    const source = new Source(settings, 0)
    source.asked(0)
    source.heard({ kind: 'kiss', code }, 0, PRECISION, null)
    expect(source.dueMs).toBe(want)
    expect(source.fault).toBe(`kiss code ${code}`)
    expect(source.reach).toBe(0)
  })

  test('is asked on in its burst while it says that it has no time yet', () => {
    const source = new Source({ ...settings, iburst: true }, 0)
    source.asked(0)
    source.heard({ kind: 'kiss', code: 'INIT' }, 0, PRECISION, null)
    expect([source.dueMs, source.isFit]).toEqual([2000, false])
  })

  test('is asked no faster again, and in no burst, after it said RATE', () => {
    const source = new Source({ ...settings, iburst: true }, 0)
    source.asked(0)
    source.heard({ kind: 'kiss', code: 'RATE' }, 0, PRECISION, null)
    for (const residual of Array.from({ length: 40 }, () => 1)) {
      source.asked(source.dueMs)
      const nowMs = source.dueMs - 2 ** source.poll * 1000
      source.heard(told(NEAR), nowMs, PRECISION, residual)
      expect(source.dueMs - nowMs).toBe(128_000)
    }
  })

  test('is asked no more often while it is away, and briskly once it is back', () => {
    const source = new Source({ ...settings, iburst: true }, 0)
    for (let times = 0; times < 20; times++) {
      source.asked(source.dueMs)
      source.heard(null, source.dueMs, PRECISION, null)
    }
    const awayMs = source.dueMs
    source.asked(awayMs)
    source.heard(null, awayMs, PRECISION, null)
    expect(source.dueMs - awayMs).toBe(64_000)
    source.asked(source.dueMs)
    const backMs = source.dueMs
    source.heard(told(NEAR), backMs, PRECISION, null)
    expect(source.dueMs - backMs).toBe(2000)
  })

  test('lets what it measured grow old while it is silent', () => {
    const source = new Source(settings, 0)
    const dispersion = (): number => source.filter.read(source.dueMs, PRECISION)?.dispersion ?? Number.POSITIVE_INFINITY
    for (let times = 0; times < 8; times++) {
      source.asked(source.dueMs)
      source.heard(told(NEAR), source.dueMs, PRECISION, null)
    }
    expect(dispersion()).toBeLessThan(0.1)
    for (let times = 0; times < 16; times++) {
      source.asked(source.dueMs)
      source.heard(null, source.dueMs, PRECISION, null)
    }
    expect(source.filter.read(source.dueMs, PRECISION)).toBeNull()
  })

  test('forgets that it answered after eight silent questions', () => {
    const source = new Source(settings, 0)
    source.asked(0)
    source.heard(told(NEAR), 0, PRECISION, null)
    for (let times = 0; times < 8; times++) {
      expect(source.reach).not.toBe(0)
      source.asked(source.dueMs)
      source.heard(null, source.dueMs, PRECISION, null)
    }
    expect(source).toMatchObject({ reach: 0, fault: 'no answer' })
  })
})
