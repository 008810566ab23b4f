import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RestartPolicy } from '../../config/config.ts'
import { backoffMs, chooseRestart, NO_HISTORY, usedStarts } from '../../supervisor/restart-policy.ts'

const POLICY: RestartPolicy = {
  backoff: { firstMs: 50, factor: 2, maxMs: 30_000, jitter: 0.1 },
  limit: { restarts: 5, withinMs: 30_000 },
  parkRetryMs: 300_000,
  resetAfterMs: 10_000,
  on: 'always',
  restForOne: false,
}

describe('backoffMs', () => {
  test.each([
    ['first delay', 0, 0.5, 50],
    ['doubled', 1, 0.5, 100],
    ['fourth', 4, 0.5, 800],
    ['at the maximum', 20, 0.5, 30_000],
    ['jitter down', 0, 0, 45],
    ['jitter never above the maximum', 20, 0.999, 30_000],
    ['so many failures that the power overflows', 5_000, 0.5, 30_000],
  ])('%s', (_title, failures, chance, want) => {
    expect(backoffMs(POLICY.backoff, failures, chance)).toBeCloseTo(want, 6)
  })
})

describe('chooseRestart', () => {
  test('parks after five quick failures and stays on trial until a good run', () => {
    let history = NO_HISTORY
    let nowMs = 1_000
    for (let count = 0; count < 5; count++) {
      const choice = chooseRestart(POLICY, history, { readyForMs: 0, nowMs, chance: 0.5 })
      expect(choice.kind).toBe('retry')
      history = choice.history
      nowMs = choice.atMs
    }
    const parked = chooseRestart(POLICY, history, { readyForMs: 0, nowMs, chance: 0.5 })
    expect(parked).toMatchObject({ kind: 'park', atMs: nowMs + 300_000 })
    const again = chooseRestart(POLICY, parked.history, { readyForMs: 9_999, nowMs: parked.atMs, chance: 0.5 })
    expect(again.kind).toBe('park')
    const healed = chooseRestart(POLICY, again.history, { readyForMs: 10_000, nowMs: again.atMs, chance: 0.5 })
    expect(healed).toMatchObject({ kind: 'retry', atMs: again.atMs + 50 })
  })

  test('a good run brings back the first delay', () => {
    const bad = chooseRestart(POLICY, NO_HISTORY, { readyForMs: 0, nowMs: 0, chance: 0.5 })
    const worse = chooseRestart(POLICY, bad.history, { readyForMs: 0, nowMs: 60_000, chance: 0.5 })
    expect(worse.atMs).toBe(60_100)
    const good = chooseRestart(POLICY, worse.history, { readyForMs: 10_000, nowMs: 120_000, chance: 0.5 })
    expect(good.atMs).toBe(120_050)
  })

  test('usedStarts counts only the window', () => {
    const { history } = chooseRestart(POLICY, NO_HISTORY, { readyForMs: 0, nowMs: 0, chance: 0.5 })
    expect(usedStarts(POLICY, history, 100)).toBe(1)
    expect(usedStarts(POLICY, history, 30_100)).toBe(0)
  })

  test('no window ever holds more automatic starts than the limit, whatever the runs', () => {
    const run = fc.record({
      upMs: fc.nat(40_000),
      readyShare: fc.constantFrom(0, 1),
      chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(run, { maxLength: 60 }), (runs) => {
        const starts: number[] = []
        let history = NO_HISTORY
        let nowMs = 0
        for (const { upMs, readyShare, chance } of runs) {
          nowMs += upMs
          const choice = chooseRestart(POLICY, history, { readyForMs: upMs * readyShare, nowMs, chance })
          history = choice.history
          nowMs = choice.atMs
          if (choice.kind === 'retry') starts.push(nowMs)
        }
        for (const [index, startMs] of starts.entries()) {
          const inWindow = starts.slice(0, index + 1).filter((other) => other > startMs - 30_000)
          expect(inWindow.length).toBeLessThanOrEqual(5)
        }
      }),
    )
  })
})
