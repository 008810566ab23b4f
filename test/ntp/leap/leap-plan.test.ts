import { describe, expect, test } from 'vitest'
import { findLeap, type LeapPlan, leapOffset, smearReferenceId } from '../../../daemons/ntp/leap/leap-plan.ts'
import type { LeapTable } from '../../../daemons/ntp/leap/leap-table.ts'
import { ServedClock } from '../../../daemons/ntp/served-clock.ts'
import { section } from '../fixture.ts'

const AT = Date.parse('2017-01-01T00:00:00Z') / 1000
const TABLE: LeapTable = { expiresUnix: AT + 1e7, leaps: [{ atUnix: AT, by: -1 }] }

describe('findLeap', () => {
  test.each([
    [-86_401, null],
    [-86_400, AT],
    [-1, AT],
    [0, null],
  ])('by the table, %i s after it, finds %s', (after, want) => {
    expect(findLeap(TABLE, 0, AT + after, false)?.atUnix ?? null).toBe(want)
  })

  test('knows twelve hours longer of one that is smeared', () => {
    expect(findLeap(TABLE, 0, AT + 43_199, true)?.atUnix).toBe(AT)
    expect(findLeap(TABLE, 0, AT + 43_200, true)).toBeNull()
  })

  test.each([
    ['2016-12-31T12:00:00Z', 1, -1],
    ['2016-12-31T12:00:00Z', 2, 1],
    ['2016-12-31T12:00:00Z', 0, undefined],
    ['2016-12-31T12:00:00Z', 3, undefined],
    ['2016-12-30T12:00:00Z', 1, undefined],
    ['2024-02-29T00:00:00Z', 1, -1],
  ])('without a table at %s believes the indicator %i as %s', (at, indicator, want) => {
    expect(findLeap(null, indicator, Date.parse(at) / 1000, false)?.by).toBe(want)
  })

  test('does not believe what is announced against the table', () => {
    expect(findLeap(TABLE, 1, Date.parse('2018-12-31T12:00:00Z') / 1000, false)).toBeNull()
  })
})

/** What the kernel's clock says `real` seconds after noon of the last day, and monotonic milliseconds then. */
function kernelAt(real: number, by: -1 | 1, kernelDoes: boolean): { wall: number; nowMs: number } {
  const untilLeap = 43_200
  // An inserted second is done at its begin, a deleted one before it: POSIX time reaches midnight, and is moved.
  const done = kernelDoes && real >= (by === -1 ? untilLeap : untilLeap - 1)
  return { wall: AT - untilLeap + real + (done ? by : 0), nowMs: real * 1000 }
}

describe('a leap second in the served time', () => {
  const plan: LeapPlan = {
    atUnix: AT,
    by: -1,
    announced: true,
    performs: true,
    smear: false,
    doneMs: Number.POSITIVE_INFINITY,
  }

  function served(change: Partial<LeapPlan>, real: number, kernelDoes: boolean): { time: number; clock: ServedClock } {
    const clock = new ServedClock(section(), -20, () => null)
    clock.planLeap({ ...plan, ...change }, true)
    const { wall, nowMs } = kernelAt(real, -1, kernelDoes)
    clock.correctTo(nowMs, wall)
    return { time: wall - AT + clock.correctionSeconds + clock.correctionNanoseconds / 1e9, clock }
  }

  test.each([
    ['done by us', { performs: true }, false],
    ['done by the kernel', { performs: false, doneMs: 43_200_000 }, true],
  ])('%s repeats the last second', (_title, change, kernelDoes) => {
    const at = (real: number): number => served(change, real, kernelDoes).time
    expect([43_199.5, 43_200, 43_200.5, 43_201.5].map(at)).toEqual([-0.5, -1, -0.5, 0.5])
  })

  test('is announced before and not after', () => {
    expect(served({}, 43_199, false).clock.leapIndicator).toBe(1)
    expect(served({}, 43_202, false).clock.leapIndicator).toBe(0)
    expect(served({ by: 1 }, 43_000, false).clock.leapIndicator).toBe(2)
    expect(served({ announced: false }, 43_199, false).clock.leapIndicator).toBe(0)
  })

  test.each([
    ['the kernel does', { performs: false, doneMs: 43_200_000 }, true],
    ['we do', { performs: true }, false],
  ])(
    'that %s is smeared from noon to noon, evenly, without a mark of it but the reference id',
    (_title, change, kernelDoes) => {
      for (let real = 0; real <= 86_401; real += 617.3) {
        const { time, clock } = served({ ...change, smear: true }, real, kernelDoes)
        expect(time).toBeCloseTo(-43_200 + (real * 86_400) / 86_401, 5)
        expect(clock.leapIndicator).toBe(0)
        expect(clock.referenceId >>> 24).toBe(real === 0 ? 0x7f : 254)
      }
      const { time, clock } = served({ ...change, smear: true }, 86_401, kernelDoes)
      expect(time).toBeCloseTo(43_200, 5)
      expect(clock.smearSeconds).toBeCloseTo(0, 5)
    },
  )

  test('that is left out is smeared the other way', () => {
    const deleted: LeapPlan = { ...plan, by: 1, smear: true }
    expect(leapOffset(deleted, AT - 0.001, 0).smear).toBeCloseTo(0.5, 4)
    expect(leapOffset(deleted, AT + 43_200, 0)).toEqual({ leap: 1, smear: 0 })
  })

  test('smearReferenceId is 254 and the offset with 22 bits behind the point', () => {
    expect(smearReferenceId(-0.932087).toString(16)).toBe('fec458b0')
    expect(smearReferenceId(0.5).toString(16)).toBe('fe200000')
  })
})
