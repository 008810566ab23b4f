import { expect, test } from 'vitest'
import { readMoment } from '../../daemons/syslog/query/moment.ts'

/** Whatever zone this machine is in. */
const NOW = new Date(2026, 0, 31, 12, 30, 15).getTime()
const local = (...parts: [number, number, number, number?, number?, number?]): number => new Date(...parts).getTime()

test.each([
  ['now', NOW],
  ['15m', NOW - 900_000],
  ['2w', NOW - 14 * 86_400_000],
  ['today', local(2026, 0, 31)],
  ['yesterday', local(2026, 0, 30)],
  ['10:00', local(2026, 0, 31, 10)],
  ['23:59:59', local(2026, 0, 31, 23, 59, 59)],
  ['2030-01-01', local(2030, 0, 1)],
  ['2026-01-02 03:04', local(2026, 0, 2, 3, 4)],
  ['2026-01-02T03:04:05', local(2026, 0, 2, 3, 4, 5)],
  ['2026-01-02T03:04:05Z', Date.UTC(2026, 0, 2, 3, 4, 5)],
  ['2026-01-02T03:04:05.5+02:00', Date.UTC(2026, 0, 2, 1, 4, 5, 500)],
])('%s is a moment', (text, want) => {
  expect(readMoment(text, NOW)).toBe(want)
})

test.each(['', ' ', 'soon', '2026-02-30', '2026-13-01', '24:00', '10:60', '10', '1030', '15 m', '2026-01-02T', '+1h'])(
  '%j is none',
  (text) => {
    expect(readMoment(text, NOW)).toBeNull()
  },
)
