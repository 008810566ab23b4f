import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SequenceWatch } from '../../../daemons/syslog/senders/sequence-watch.ts'

const WRAP = 2_147_483_647

/** Gaps of numbers that come a millisecond apart, and what time brings to light. */
function gapsOf(numbers: readonly number[]): (readonly [after: number, before: number, missing: number])[] {
  const watch = new SequenceWatch()
  const found = numbers.flatMap((number, index) => [...watch.take(number, index)])
  return [...found, ...watch.settle(1e9)].map(({ after, before, missing }) => [after, before, missing] as const)
}

describe('SequenceWatch', () => {
  test.each<[string, number[], [number, number, number][]]>([
    ['finds nothing in numbers without a gap', [7, 8, 9, 10], []],
    ['finds a gap', [1, 2, 5, 6], [[2, 5, 2]]],
    [
      'finds several',
      [1, 3, 4, 9],
      [
        [1, 3, 1],
        [4, 9, 4],
      ],
    ],
    ['takes an overtaken number for no gap', [1, 2, 4, 3, 5], []],
    ['counts what stays missing among overtaken numbers', [1, 6, 3, 5, 7], [[1, 6, 2]]],
    ['takes a number that comes twice for what it is', [1, 2, 2, 3, 3, 4], []],
    ['goes on over the wrap', [WRAP - 1, WRAP, 1, 2], []],
    ['finds a gap over the wrap', [WRAP - 1, 3], [[WRAP - 1, 3, 3]]],
    ['takes overtaking over the wrap for no gap', [WRAP - 1, 1, WRAP, 2], []],
    ['takes a restart for no gap', [500, 501, 1, 2, 3], []],
    ['takes a restart at a number seen before for no gap', [3, 4, 5, 6, 7, 3, 4, 5, 6, 7, 8], []],
    ['takes a restart from afar for no gap', [50_000, 50_001, 7, 8], []],
    ['takes a leap of more than a million for a restart', [5, 6, 9_000_000, 9_000_001], []],
    ['tells a gap before the restart', [10, 13, 1, 2], [[10, 13, 2]]],
  ])('%s', (_title, numbers, want) => {
    expect(gapsOf(numbers)).toEqual(want)
  })

  test('tells when the messages on both sides came', () => {
    const watch = new SequenceWatch()
    watch.take(1, 1000)
    watch.take(4, 3000)
    expect(watch.settle(7999)).toEqual([])
    expect(watch.settle(8000)).toEqual([{ missing: 2, after: 1, before: 4, fromMs: 1000, toMs: 3000 }])
    expect(watch.isPending).toBe(false)
  })

  test('counts exactly what is left out of numbers that are shuffled a little', () => {
    const lost = fc.uniqueArray(fc.integer({ min: 2, max: 199 }), { maxLength: 40 })
    fc.assert(
      fc.property(
        lost,
        fc.integer({ min: 1, max: WRAP - 100 }),
        fc.infiniteStream(fc.nat(3)),
        (left, start, jitter) => {
          const missing = new Set(left)
          const numbers = Array.from({ length: 200 }, (_, index) => index + 1).filter((index) => !missing.has(index))
          const shuffled = numbers
            .map((index) => ({ index, place: index === 1 ? 0 : index + (jitter.next().value ?? 0) }))
            .sort((a, b) => a.place - b.place)
          // The greatest must come behind all that is left out, or nobody can know.
          const order = [...shuffled.map(({ index }) => index).filter((index) => index < 200), 200]
          const found = gapsOf(order.map((index) => ((start + index - 1) % WRAP) + 1))
          expect(found.reduce((sum, [, , count]) => sum + count, 0)).toBe(missing.size)
        },
      ),
      { numRuns: 300 },
    )
  })
})
