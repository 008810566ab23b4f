import { describe, expect, test } from 'vitest'
import { beginDrill, describeFault } from '../../../daemons/ntp/drill/fault.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z') / 1000 + 0.25
const YEAR_END = Date.parse('2027-01-01T00:00:00Z') / 1000
const NONE = { offset: 0, step: null, leap: null, inSeconds: 60 }

describe('beginDrill', () => {
  test('adds an offset', () => {
    expect(beginDrill({ ...NONE, offset: -3600 }, NOW)).toEqual({ shiftSeconds: -3600, plan: null })
  })

  test.each([
    ['insert', -1, YEAR_END],
    ['delete', 1, YEAR_END - 1],
  ] as const)('moves to the end of the year for a leap second to %s', (leap, by, atUnix) => {
    const { shiftSeconds, plan } = beginDrill({ ...NONE, leap }, NOW)
    expect(NOW + shiftSeconds).toBeCloseTo(atUnix - 60, 6)
    expect(plan).toMatchObject({ atUnix, by, announced: true, performs: true, smear: false })
  })
})

test.each([
  [NONE, 'nothing is wrong with the time'],
  [{ ...NONE, offset: 3600 }, 'the time is wrong by +3600 s'],
  [{ ...NONE, step: -0.5, inSeconds: 5 }, 'in 5 s it jumps by -0.5 s'],
  [{ ...NONE, leap: 'insert' as const }, 'it is the end of the year, and in 60 s a leap second is inserted'],
  [{ ...NONE, leap: 'delete' as const }, 'it is the end of the year, and in 60 s a leap second is left out'],
])('describeFault says %o in words', (fault, want) => {
  expect(describeFault(fault)).toBe(want)
})
