import { expect, test } from 'vitest'
import { histogramOf } from '../../../daemons/syslog/query/histogram.ts'

test('a histogram begins where it was asked to, though nothing came then', () => {
  const counts = new Map([
    [1000, 2],
    [1010, 1],
  ])
  expect(histogramOf(counts, 30)).toMatchObject({ seconds: 1, spans: { length: 11 } })
  const { seconds, spans } = histogramOf(counts, 30, 400)
  expect(seconds).toBe(30)
  expect(spans[0]).toEqual({ fromMs: 390_000, count: 0 })
  expect(spans.at(-1)).toEqual({ fromMs: 990_000, count: 3 })
  expect(histogramOf(new Map(), 30, 400).spans).toEqual([])
})
