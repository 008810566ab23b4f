import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DeadlineHeap } from '../../daemons/dhcp/deadline-heap.ts'

test('DeadlineHeap stays small when each lease is shorter than the one before', () => {
  const heap = new DeadlineHeap()
  for (let round = 1000; round > 0; round--)
    for (let address = 0; address < 200; address++) heap.schedule(address, round * 1000 + address)
  expect(heap.size).toBeLessThanOrEqual(2 * 200 + 64)
})

test('DeadlineHeap gives each address once, at the earliest time it was scheduled for, in the order of time', () => {
  const deadline = fc.tuple(fc.nat(30), fc.nat(1000))
  fc.assert(
    fc.property(fc.array(deadline, { maxLength: 400 }), (deadlines) => {
      const heap = new DeadlineHeap()
      const earliest = new Map<number, number>()
      for (const [address, atMs] of deadlines) {
        heap.schedule(address, atMs)
        earliest.set(address, Math.min(atMs, earliest.get(address) ?? atMs))
      }
      const seen: number[] = []
      for (let nowMs = 0; nowMs <= 1000; nowMs++) {
        for (let due = heap.takeDue(nowMs); due !== null; due = heap.takeDue(nowMs)) {
          expect(earliest.get(due)).toBe(nowMs)
          seen.push(due)
        }
      }
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen).toHaveLength(earliest.size)
    }),
  )
})

test('DeadlineHeap never brings up an address without an end', () => {
  const heap = new DeadlineHeap()
  heap.schedule(1, Number.POSITIVE_INFINITY)
  expect(heap.takeDue(Number.MAX_VALUE)).toBeNull()
})
