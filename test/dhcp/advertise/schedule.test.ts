import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  answered,
  beginSchedule,
  dueNow,
  nextMs,
  refused,
  type Schedule,
  solicit,
  toldAll,
} from '../../../daemons/dhcp/advertise/schedule.ts'

const half = (): number => 0.5

/** A link that was told all that is new, at 100 s. */
function settled(everySeconds = 600): Schedule {
  let schedule = beginSchedule(0)
  for (const atMs of [0, 50_000, 100_000]) schedule = toldAll(schedule, atMs, half, everySeconds)
  return schedule
}

describe('toldAll', () => {
  test('tells what is new three times within 16 seconds each, then at random times between a third and all of the interval', () => {
    const first = beginSchedule(1000)
    expect(dueNow(first, 1000)).toBe('all')
    const second = toldAll(first, 1000, half, 600)
    expect(nextMs(second)).toBe(17_000)
    const third = toldAll(second, 17_000, half, 600)
    expect(nextMs(third)).toBe(33_000)
    expect(nextMs(toldAll(third, 33_000, half, 600))).toBe(33_000 + 198_000 + 201_000)
    expect(nextMs(toldAll(third, 33_000, () => 0, 600))).toBe(33_000 + 198_000)
  })

  test.each([
    [4, 0, 3000],
    [8, 0, 6000],
    [9, 0, 3000],
    [1800, 0.999_999, 1_799_999],
  ])('waits between advertisements of at most %i s, at the random number %d, %i ms', (every, number, waitMs) => {
    const last = { ...settled(), quickLeft: 0 }
    expect(Math.round(nextMs(toldAll(last, 0, () => number, every)))).toBe(waitMs)
  })
})

describe('beginSchedule', () => {
  test('leaves three seconds between two advertisements, whatever changes', () => {
    expect(nextMs(beginSchedule(101_000, settled()))).toBe(103_000)
    expect(nextMs(beginSchedule(200_000, settled()))).toBe(200_000)
  })
})

describe('solicit', () => {
  test('answers who asks after at most half a second, once', () => {
    const asked = solicit(solicit(settled(), 'fe80::2', 200_000, half), 'fe80::2', 200_100, half)
    expect(nextMs(asked)).toBe(200_250)
    expect(dueNow(asked, 200_249)).toEqual([])
    expect(dueNow(asked, 200_250)).toEqual(['fe80::2'])
    expect(nextMs(answered(asked, ['fe80::2']))).toBe(settled().dueMs)
  })

  test('answers a host without an address by telling all, not sooner than three seconds after the last time', () => {
    expect(nextMs(solicit(settled(), null, 200_000, half))).toBe(200_250)
    const early = solicit(settled(), null, 101_000, half)
    expect(nextMs(early)).toBe(103_250)
    expect(dueNow(early, 103_250)).toBe('all')
    expect(solicit(early, null, 101_100, half)).toBe(early)
  })

  test('leaves it at the next one to all when that comes sooner', () => {
    const schedule = settled()
    expect(solicit(schedule, null, schedule.dueMs - 100, half)).toBe(schedule)
  })

  test('answers many who ask at once by telling all', () => {
    let schedule = settled()
    for (let host = 0; host < 1000; host++) schedule = solicit(schedule, `fe80::${host}`, 200_000, half)
    expect(schedule.answers.size).toBe(8)
    expect(dueNow(schedule, 200_250)).toBe('all')
    expect(toldAll(schedule, 200_250, half, 600).answers.size).toBe(0)
  })
})

test('refused tells all after a second, but not sooner than three after the last time', () => {
  const asked = solicit(settled(), 'fe80::2', 200_000, half)
  expect(nextMs(refused(asked, 200_250))).toBe(201_250)
  expect(dueNow(refused(asked, 200_250), 201_250)).toBe('all')
  expect(nextMs(refused(settled(), 100_500))).toBe(103_000)
  expect(nextMs(refused(beginSchedule(0), 0))).toBe(1000)
})

test('refused puts off nothing when answer after answer is refused', () => {
  const first = refused(settled(), 200_000)
  expect(nextMs(refused(solicit(first, 'fe80::2', 200_100, half), 200_350))).toBe(201_000)
})

test('made-up hosts that ask without end do not fill the table of neighbours by our answers', () => {
  let schedule = settled()
  const sentMs: number[] = []
  for (let atMs = 200_000; atMs < 212_000; atMs++) {
    const due = dueNow(schedule, atMs)
    if (due === 'all') schedule = toldAll(schedule, atMs, half, 600)
    else {
      schedule = answered(schedule, due)
      sentMs.push(...due.map(() => atMs))
    }
    schedule = solicit(schedule, `fe80::${atMs.toString(16)}`, atMs, half)
  }
  // The kernel looks for a host for three seconds, and has room for 1,024.
  const within = sentMs.map((from) => sentMs.filter((at) => at >= from && at < from + 3000).length)
  expect(Math.max(...within)).toBeLessThanOrEqual(100)
})

test('whoever asks and whenever, all are told no more often than each three seconds, and single hosts within half a second', () => {
  const asks = fc.array(fc.record({ afterMs: fc.nat({ max: 5000 }), host: fc.option(fc.nat({ max: 50 })) }), {
    maxLength: 80,
  })
  fc.assert(
    fc.property(asks, fc.infiniteStream(fc.double({ min: 0, max: 0.999_999, noNaN: true })), (list, numbers) => {
      const random = (): number => numbers.next().value
      let schedule = beginSchedule(0)
      let askedMs = 0
      let toldMs = Number.NEGATIVE_INFINITY
      for (const { afterMs, host } of list) {
        askedMs += afterMs
        for (let dueMs = nextMs(schedule); dueMs < askedMs; dueMs = nextMs(schedule)) {
          const due = dueNow(schedule, dueMs)
          if (due === 'all') {
            expect(dueMs - toldMs).toBeGreaterThan(2999.999)
            toldMs = dueMs
            schedule = toldAll(schedule, dueMs, random, 4)
          } else schedule = answered(schedule, due)
        }
        schedule = solicit(schedule, host === null ? null : `fe80::${host}`, askedMs, random)
        expect(nextMs(schedule)).toBeLessThanOrEqual(askedMs + (host === null ? 4000 : 500))
      }
    }),
  )
})
