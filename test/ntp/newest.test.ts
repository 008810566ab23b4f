import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Newest } from '../../daemons/ntp/newest.ts'

test('Newest keeps what sorting all of them would put first', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.double({ noNaN: true, min: 0 })), fc.nat(20), (times, limit) => {
      const newest = new Newest(limit)
      for (const [index, atMs] of times.entries()) newest.offer(index, atMs)
      const want = times.toSorted((a, b) => b - a).slice(0, limit)
      expect(newest.take().map((index) => times[index])).toEqual(want)
    }),
  )
})
