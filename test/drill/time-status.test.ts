import { expect, test } from 'vitest'
import { timeStatus } from '../../supervisor/drill/time-status.ts'
import { statusReport } from '../cli/reports.ts'

const SUPERVISOR = 4711

test.each([
  ['all the time that each answer took', [200, 900, 300], [0, 0, 0], 900],
  ['nothing that the supervisor was kept from running', [200, 1_300, 300], [0, 700, 0], 600],
])('timeStatus counts %s, and tells the longest', async (_title, took, kept, want) => {
  let [nowMs, keptMs, turn] = [0, 0, 0]
  const { promise: during, resolve } = Promise.withResolvers<void>()
  const ground = {
    status: async () => {
      nowMs += took[turn] ?? 0
      keptMs += kept[turn] ?? 0
      turn += 1
      return statusReport()
    },
    pause: async (ms: number) => {
      nowMs += ms
      if (turn === took.length) resolve()
    },
    nowMs: () => nowMs,
    keptWaitingMs: (pid: number) => (pid === SUPERVISOR ? keptMs : Number.NaN),
  }
  expect(await timeStatus(ground, SUPERVISOR, during)).toBe(want)
})
