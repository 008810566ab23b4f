import { expect, test } from 'vitest'
import { Silences } from '../../../daemons/syslog/senders/silences.ts'

const DAY = 86_400
const NOW = 20_000 * DAY

/** What is learned from gaps, the newest last, of a sender that goes on until `NOW`. */
function learned(gaps: readonly number[]): Silences {
  const silences = new Silences()
  let at = NOW - gaps.reduce((sum, gap) => sum + gap, 0)
  for (const gap of gaps) {
    at += gap
    silences.ended(gap, at)
  }
  return silences
}

const times = (count: number, gap: number): number[] => new Array<number>(count).fill(gap)

test.each<[string, number[], number, boolean]>([
  ['is not missed before five minutes', times(100, 10), 290, false],
  ['is missed then', times(100, 10), 310, true],
  ['that was away once is missed as before', [...times(50, 10), 7200, ...times(50, 10)], 400, true],
  [
    'that is away each night is not missed at night',
    [...times(40, 60), 30_000, ...times(40, 60), 30_000],
    40_000,
    false,
  ],
  ['and is when it does not come back', [...times(40, 60), 30_000, ...times(40, 60), 30_000], 70_000, true],
  [
    'that reports in a burst once a day is not missed at noon',
    [...times(5, 1), DAY, ...times(5, 1), DAY, 1],
    DAY / 2,
    false,
  ],
  ['that is hardly known is not missed', times(5, 10), 100_000, false],
])('a sender %s', (_title, gaps, silent, unusual) => {
  expect(learned(gaps).isUnusual(silent, NOW + silent)).toBe(unusual)
})

test('a class of gaps that did not come for long is forgotten', () => {
  const silences = learned([...times(40, 60), 30_000, 30_000])
  for (let day = 1; day <= 60; day++) silences.ended(60, NOW + day * DAY)
  expect(silences.longestUsual(NOW + 60 * DAY)).toBe(64)
})

test('what is kept is what was learned', () => {
  const silences = learned([...times(40, 60), 30_000, 30_000])
  const again = new Silences(JSON.parse(JSON.stringify(silences.kept())))
  expect(again.longestUsual(NOW)).toBe(silences.longestUsual(NOW))
})
