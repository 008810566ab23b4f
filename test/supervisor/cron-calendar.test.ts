import { createTask } from 'node-cron'
import { describe, expect, test } from 'vitest'
import { cronCalendar } from '../../supervisor/schedule/cron-calendar.ts'
import { momentIn } from '../../supervisor/schedule/moment-text.ts'

const BERLIN = 'Europe/Berlin'

/** The next times after a moment, as they are told to people. */
function next(expression: string, timezone: string, after: string, count: number): readonly string[] {
  const calendar = cronCalendar({ expression, timezone })
  const told: string[] = []
  let wallMs = Date.parse(after)
  for (let index = 0; index < count; index++) {
    wallMs = calendar.nextAfter(wallMs) ?? Number.NaN
    told.push(momentIn(wallMs, timezone).slice(0, -timezone.length - 1))
  }
  return told
}

describe('cronCalendar', () => {
  test.each([
    ['0 3 * * *', BERLIN, '2026-11-25T12:00:00Z', ['2026-11-26 03:00', '2026-11-27 03:00']],
    ['0 3 * * *', 'UTC', '2026-11-26T03:00:00Z', ['2026-11-27 03:00']],
    ['* * * * * *', 'UTC', '2026-11-26T03:00:00.999Z', ['2026-11-26 03:00:01', '2026-11-26 03:00:02']],
    ['*/20 8-9 * * MON-FRI', BERLIN, '2026-11-27T08:30:00Z', ['2026-11-27 09:40', '2026-11-30 08:00']],
    ['0 12 L * *', BERLIN, '2027-02-01T00:00:00Z', ['2027-02-28 12:00', '2027-03-31 12:00']],
    ['0 0 29 2 *', BERLIN, '2026-01-01T00:00:00Z', ['2028-02-29 00:00']],
    ['@hourly', 'Asia/Kolkata', '2026-11-26T00:00:00Z', ['2026-11-26 06:00']],
    // Summer time: the hour that is left out has no run, the one that comes twice has one.
    ['30 2 * * *', BERLIN, '2027-03-27T12:00:00Z', ['2027-03-29 02:30']],
    ['30 2 * * *', BERLIN, '2026-10-24T12:00:00Z', ['2026-10-25 02:30', '2026-10-26 02:30']],
  ])('%s in %s after %s', (expression, timezone, after, want) => {
    expect(next(expression, timezone, after, want.length)).toEqual(want)
  })

  test('is what the public side of node-cron computes from the clock of the machine', () => {
    for (const expression of ['0 3 * * *', '*/7 * * * * *', '0 0 1 1 *']) {
      const task = createTask(expression, () => undefined, { timezone: BERLIN })
      const [theirs] = task.getNextRuns(1)
      const ours = cronCalendar({ expression, timezone: BERLIN }).nextAfter(Date.now())
      expect(Math.abs((ours ?? 0) - (theirs?.getTime() ?? 1))).toBeLessThanOrEqual(7_000)
      void task.destroy()
    }
  })

  test('has an end for what never comes', () => {
    expect(cronCalendar({ expression: '0 0 L-30 2 *', timezone: 'UTC' }).nextAfter(0)).toBeNull()
  })
})
