import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClientTable } from '../../daemons/ntp/client-table.ts'
import { recentRequests, shiftHistory, WINDOW_MS } from '../../daemons/ntp/recent-requests.ts'

describe('recentRequests', () => {
  test('has each window before the running one within 6 %, up to what 32 bits count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 4 }), (count, ended) => {
        const history = shiftHistory(0, count, ended)
        const seenMs = 10 * WINDOW_MS
        const { perMinute } = recentRequests(history, 0, seenMs, seenMs)
        expect(Math.abs(perMinute - count)).toBeLessThanOrEqual(count < 16 ? 0 : count * 0.0625)
      }),
    )
  })

  test('forgets what is more than a minute ago, also when nobody counted since', () => {
    const at = (nowMs: number): number => recentRequests(0, 12, 1000, nowMs).perMinute
    expect([1000, 14_999, 15_000, 60_000, 67_500, 75_000, 1e9].map(at)).toEqual([12, 12, 12, 12, 6, 0, 0])
  })
})

describe('a client that asks', () => {
  function asked(times: readonly number[], nowMs: number): { perSecond: number; perMinute: number } | undefined {
    const table = new ClientTable(8, 5)
    const bytes = Uint8Array.of(10, 0, 0, 1)
    for (const now of times) {
      const record = table.client(bytes, 0, 4, 8, now)
      table.charge(record, 100, 8, now)
      table.countRequest(record, 4, now)
    }
    return table.newest(1, nowMs)[0]?.recent
  }
  const each = (everyMs: number, untilMs: number): number[] =>
    Array.from({ length: Math.floor(untilMs / everyMs) }, (_, index) => index * everyMs)

  test.each([
    [1000, 1],
    [100, 10],
    [16_000, 1 / 16],
  ])('each %i ms is told to do so, in whatever window it is looked at', (everyMs, perSecond) => {
    for (const nowMs of [300_000, 307_000, 314_999]) {
      const recent = asked(each(everyMs, nowMs), nowMs)
      expect(recent?.perMinute ?? 0).toBeGreaterThan(perSecond * 60 * 0.9 - 1)
      expect(recent?.perMinute ?? 0).toBeLessThan(perSecond * 60 * 1.1 + 1)
      expect(Math.abs((recent?.perSecond ?? 0) - perSecond)).toBeLessThan(Math.max(0.07, perSecond * 0.1))
    }
  })

  test('in one burst is told of it for a minute', () => {
    const burst = Array.from({ length: 500 }, (_, index) => 100_000 + index / 10)
    expect(asked(burst, 100_051)).toEqual({ perSecond: 500 / 15, perMinute: 500 })
    expect(asked(burst, 190_000)).toEqual({ perSecond: 0, perMinute: 0 })
  })
})
