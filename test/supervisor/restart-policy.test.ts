import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RestartPolicy } from '../../config/config.ts'
import { backoffMs, chooseRestart, NO_HISTORY, usedStarts } from '../../supervisor/service/restart-policy.ts'

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
      const choice = chooseRestart(POLICY, history, { readyForMs: 0, nowMs, chance: 0.5, spare: false })
      expect(choice.kind).toBe('retry')
      history = choice.history
      nowMs = choice.atMs
    }
    const parked = chooseRestart(POLICY, history, { readyForMs: 0, nowMs, chance: 0.5, spare: false })
    expect(parked).toMatchObject({ kind: 'park', atMs: nowMs + 300_000 })
    const again = chooseRestart(POLICY, parked.history, {
      readyForMs: 9_999,
      nowMs: parked.atMs,
      chance: 0.5,
      spare: false,
    })
    expect(again.kind).toBe('park')
    const healed = chooseRestart(POLICY, again.history, {
      readyForMs: 10_000,
      nowMs: again.atMs,
      chance: 0.5,
      spare: false,
    })
    expect(healed).toMatchObject({ kind: 'retry', atMs: again.atMs + 50 })
  })

  test('a good run brings back the first delay', () => {
    const bad = chooseRestart(POLICY, NO_HISTORY, { readyForMs: 0, nowMs: 0, chance: 0.5, spare: false })
    const worse = chooseRestart(POLICY, bad.history, { readyForMs: 0, nowMs: 60_000, chance: 0.5, spare: false })
    expect(worse.atMs).toBe(60_100)
    const good = chooseRestart(POLICY, worse.history, { readyForMs: 10_000, nowMs: 120_000, chance: 0.5, spare: false })
    expect(good.atMs).toBe(120_050)
  })

  test.each([
    ['the first death ever', NO_HISTORY, 1, 'takeOver', 0],
    ['a death after a good run', { failures: 3, startsMs: [], onTrial: true }, 10_000, 'takeOver', 0],
    ['a second death soon after', { failures: 1, startsMs: [], onTrial: false }, 9_999, 'retry', 100],
    ['a start that never became ready', NO_HISTORY, 0, 'retry', 50],
    ['a service on trial', { failures: 0, startsMs: [], onTrial: true }, 9_999, 'park', 300_000],
    [
      'one that used up its starts',
      { failures: 0, startsMs: [1, 2, 3, 4, 5], onTrial: false },
      10_000,
      'park',
      300_000,
    ],
  ] as const)('with a spare, %s is followed by %s', (_title, history, readyForMs, kind, delayMs) => {
    const choice = chooseRestart(POLICY, history, { readyForMs, nowMs: 20_000, chance: 0.5, spare: true })
    expect(choice).toMatchObject({ kind, atMs: 20_000 + delayMs })
  })

  test('a start by the spare counts like any other', () => {
    const { history } = chooseRestart(POLICY, NO_HISTORY, { readyForMs: 1, nowMs: 7, chance: 0.5, spare: true })
    expect(history).toEqual({ failures: 1, startsMs: [7], onTrial: false })
  })

  test('usedStarts counts only the window', () => {
    const { history } = chooseRestart(POLICY, NO_HISTORY, { readyForMs: 0, nowMs: 0, chance: 0.5, spare: false })
    expect(usedStarts(POLICY, history, 100)).toBe(1)
    expect(usedStarts(POLICY, history, 30_100)).toBe(0)
  })

  test('no window ever holds more automatic starts than the limit, whatever the runs', () => {
    const run = fc.record({
      upMs: fc.nat(40_000),
      readyShare: fc.constantFrom(0, 1),
      chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
      spare: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(run, { maxLength: 60 }), (runs) => {
        const starts: number[] = []
        let history = NO_HISTORY
        let nowMs = 0
        for (const { upMs, readyShare, chance, spare } of runs) {
          nowMs += upMs
          const choice = chooseRestart(POLICY, history, { readyForMs: upMs * readyShare, nowMs, chance, spare })
          history = choice.history
          nowMs = choice.atMs
          if (choice.kind !== 'park') starts.push(nowMs)
        }
        for (const [index, startMs] of starts.entries()) {
          const inWindow = starts.slice(0, index + 1).filter((other) => other > startMs - 30_000)
          expect(inWindow.length).toBeLessThanOrEqual(5)
        }
      }),
    )
  })
})
