import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Agenda, lookAt, openAgenda } from '../../supervisor/schedule/agenda.ts'
import type { Calendar } from '../../supervisor/schedule/calendar.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Due at every multiple of a period. */
function every(periodMs: number): Calendar {
  return { nextAfter: (wallMs) => (Math.floor(wallMs / periodMs) + 1) * periodMs }
}

const hourly = every(HOUR)
const due = (dueMs: number, doneMs: number | null = null): Agenda => ({ dueMs, doneMs })

describe('lookAt', () => {
  test.each([
    ['before its time: nothing', due(2 * HOUR), 2 * HOUR - 1, hourly, due(2 * HOUR), null, null],
    ['at its time: it runs', due(2 * HOUR), 2 * HOUR, hourly, due(3 * HOUR, 2 * HOUR), 2 * HOUR, null],
    ['a little late: it runs', due(2 * HOUR), 2 * HOUR + MINUTE - 1, hourly, due(3 * HOUR, 2 * HOUR), 2 * HOUR, null],
    [
      'too late: missed',
      due(2 * HOUR),
      2 * HOUR + MINUTE,
      hourly,
      due(3 * HOUR, 2 * HOUR),
      null,
      { count: 1, more: false, firstMs: 2 * HOUR },
    ],
    [
      'several at once: the newest runs, the others are missed',
      due(2 * HOUR),
      5 * HOUR + SECOND,
      hourly,
      due(6 * HOUR, 5 * HOUR),
      5 * HOUR,
      { count: 3, more: false, firstMs: 2 * HOUR },
    ],
    [
      'very many: counted no further than a hundred, and the newest runs all the same',
      due(0),
      1_000_000 * SECOND,
      every(SECOND),
      due(1_000_001 * SECOND, 1_000_000 * SECOND),
      1_000_000 * SECOND,
      { count: 99, more: true, firstMs: 0 },
    ],
    [
      'very many long ago',
      due(0),
      1_000_000 * MINUTE,
      { nextAfter: (wallMs: number) => (wallMs < 999_000 * MINUTE ? wallMs + MINUTE : null) },
      { dueMs: null, doneMs: null },
      null,
      { count: 100, more: true, firstMs: 0 },
    ],
    [
      'a clock set back far: the earlier time is next',
      due(500 * HOUR, 499 * HOUR),
      HOUR,
      hourly,
      due(2 * HOUR, 499 * HOUR),
      null,
      null,
    ],
    [
      'a clock set back a little does not repeat',
      due(5 * HOUR, 4 * HOUR),
      4 * HOUR - MINUTE,
      hourly,
      due(5 * HOUR, 4 * HOUR),
      null,
      null,
    ],
  ] as const)('%s', (_, agenda, wallMs, calendar, next, dueMs, missed) => {
    expect(lookAt(agenda, wallMs, calendar)).toEqual({ agenda: next, dueMs, missed })
  })

  test('never due again stays so, until the clock is set back', () => {
    const once: Calendar = { nextAfter: (wallMs) => (wallMs < HOUR ? HOUR : null) }
    const done = lookAt(openAgenda(0, once), HOUR, once)
    expect(done).toEqual({ agenda: { dueMs: null, doneMs: HOUR }, dueMs: HOUR, missed: null })
    expect(lookAt(done.agenda, 2 * HOUR, once).agenda.dueMs).toBeNull()
    expect(lookAt(done.agenda, -9 * HOUR, once).agenda.dueMs).toBe(HOUR)
  })

  test('looked at whenever one likes, each due time is run or missed exactly once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.integer({ min: 0, max: 3 * MINUTE }), { maxLength: 60 }),
        (periodSeconds, steps) => {
          const calendar = every(periodSeconds * SECOND)
          let agenda = openAgenda(0, calendar)
          let wallMs = 0
          let run = 0
          let missed = 0
          let more = false
          for (const stepMs of steps) {
            wallMs += stepMs
            const look = lookAt(agenda, wallMs, calendar)
            agenda = look.agenda
            if (look.dueMs !== null) run += 1
            missed += look.missed?.count ?? 0
            more ||= look.missed?.more === true
            expect(agenda.dueMs).toBe(calendar.nextAfter(wallMs))
          }
          const passed = Math.floor(wallMs / (periodSeconds * SECOND))
          if (more) expect(run + missed).toBeLessThanOrEqual(passed)
          else expect(run + missed).toBe(passed)
        },
      ),
    )
  })
})
