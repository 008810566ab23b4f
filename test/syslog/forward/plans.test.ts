import { describe, expect, test } from 'vitest'
import { retryDelayMs } from '../../../daemons/syslog/forward/retry-delay.ts'
import { SentLog } from '../../../daemons/syslog/forward/sent-log.ts'
import { chooseSpoolStart } from '../../../daemons/syslog/forward/spool-limit.ts'

describe('SentLog', () => {
  const filled = (): SentLog => {
    const log = new SentLog(1000)
    log.add({ through: 10, count: 10, fresh: 10, end: 100 })
    log.add({ through: 20, count: 8, fresh: 3, end: 200 })
    log.add({ through: 25, count: 0, fresh: 0, end: 200 })
    return log
  }

  test('tells once what the other kernel took', () => {
    const log = filled()
    expect(log.taken(99, 0)).toBeNull()
    expect(log.taken(150, 0)).toEqual({ fresh: 10, through: 10 })
    expect(log.taken(200, 5)).toEqual({ fresh: 3, through: 25 })
    expect(log.taken(200, 6)).toBeNull()
  })

  test('corrects an end that was thought to lie too far off, when nothing is under way any more', () => {
    const log = new SentLog(1000)
    log.add({ through: 10, count: 10, fresh: 10, end: 105 })
    log.add({ through: 20, count: 1, fresh: 1, end: 103 })
    expect(log.taken(102, 0, false)).toBeNull()
    expect(log.taken(102, 0, true)).toEqual({ fresh: 11, through: 20 })
    expect(log.taken(102, 0, true)).toBeNull()
    expect(log.settle(1000, 0)).toBe(20)
    log.add({ through: 30, count: 1, fresh: 1, end: 110 })
    expect(log.taken(109, 0, false)).toBeNull()
    expect(log.taken(110, 0, false)).toEqual({ fresh: 1, through: 30 })
  })

  test('lets go a while after it was taken, of what cannot lie unread', () => {
    const log = filled()
    log.taken(100, 0)
    log.taken(200, 500)
    expect(log.settle(999, 0)).toBeNull()
    expect(log.settle(1000, 101)).toBeNull()
    expect(log.settle(1000, 100)).toBe(10)
    expect(log.settle(1500, 0)).toBe(25)
    expect(log.isEmpty).toBe(true)
    expect(log.passedLately(30_000)).toBe(18)
    expect(log.passedLately(31_000)).toBe(0)
  })

  test('lets go at once of what was taken before a farewell, and of nothing else', () => {
    const log = filled()
    log.taken(100, 0)
    expect(log.settleTaken(0)).toBe(10)
    expect(log.isEmpty).toBe(false)
  })
})

test('retryDelayMs doubles up to its limit, by chance down to the half', () => {
  expect([1, 2, 3, 50].map((failures) => retryDelayMs(failures, 1, 200, 1000))).toEqual([200, 400, 800, 1000])
  expect(retryDelayMs(1, 0, 200, 1000)).toBe(100)
})

describe('chooseSpoolStart', () => {
  const segments = [1, 11, 21, 31].map((firstSeq) => ({ firstSeq, bytes: 100, lastMs: firstSeq * 1000 }))
  const wide = { sizeBytes: 1000, ageMs: 1e6 }
  const at = (ms: number): { wallMs: number; steadyMs: number } => ({ wallMs: ms, steadyMs: ms })

  test.each<[string, number, Partial<typeof wide>, { wallMs: number; steadyMs: number }, number]>([
    ['nothing while it fits', 5, {}, at(31_000), 5],
    ['whole segments that are too many', 5, { sizeBytes: 200 }, at(31_000), 21],
    ['nothing of the newest', 35, { sizeBytes: 1, ageMs: 1 }, at(1e9), 35],
    ['no segment that the target has', 15, { sizeBytes: 300 }, at(31_000), 15],
    ['what is too old', 5, { ageMs: 15_000 }, at(31_000), 21],
    ['nothing by age when the clock was set forward', 5, { ageMs: 15_000 }, { wallMs: 1e9, steadyMs: 12_000 }, 5],
    ['nothing by age when the clock was set back', 5, { ageMs: 15_000 }, { wallMs: 12_000, steadyMs: 1e9 }, 5],
  ])('skips %s', (_title, from, limits, present, want) => {
    expect(chooseSpoolStart(segments, from, { ...wide, ...limits }, present)).toBe(want)
  })

  test('begins with the store when that begins later', () => {
    expect(chooseSpoolStart(segments.slice(2), 5, wide, at(31_000))).toBe(5)
    expect(chooseSpoolStart([], 5, wide, at(31_000))).toBe(5)
  })
})
