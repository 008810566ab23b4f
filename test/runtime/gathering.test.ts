import { expect, test } from 'vitest'
import { Gathering } from '../../daemons/runtime/gathering.ts'

/** Tells the rest after each reading of [milliseconds since the one before, datagrams]. */
function rests(gathering: Gathering, readings: readonly (readonly [number, number])[]): number[] {
  let nowMs = 1000
  return readings.map(([sinceMs, count]) => {
    nowMs += sinceMs
    return gathering.rest(count, nowMs)
  })
}

test('a lone datagram is never followed by a rest', () => {
  const readings = Array.from({ length: 5 }, () => [100, 1] as const)
  expect(rests(new Gathering(4, 1000), readings)).toEqual([0, 0, 0, 0, 0])
})

test('datagrams that come one by one and fast are left to gather, until there are few again', () => {
  const readings = [
    [100, 1],
    [0.05, 1],
    [4, 400],
    [4, 400],
    [4, 1],
    [50, 3],
  ] as const
  expect(rests(new Gathering(4, 1000), readings)).toEqual([0, 4, 4, 4, 0, 0])
})

test('no more gather than there is room for, and where that takes less than a millisecond there is no rest', () => {
  const readings = [
    [100, 1],
    [1, 500],
    [2, 1000],
    [1, 2000],
  ] as const
  expect(rests(new Gathering(4, 1000), readings)).toEqual([0, 2, 2, 0])
})

test('a socket that a reading did not empty is not left alone', () => {
  const gathering = new Gathering(4, 1000)
  gathering.rest(1, 1000)
  expect(gathering.rest(400, 1004, false)).toBe(0)
  expect(gathering.rest(400, 1008)).toBe(4)
})

test('who may not wait at all is served at once', () => {
  expect(
    rests(new Gathering(0, 1000), [
      [100, 64],
      [0.05, 64],
    ] as const),
  ).toEqual([0, 0])
})

test('for what comes at once in answer there is one short rest, and then a whole one', () => {
  const gathering = new Gathering(7, 1000)
  gathering.rest(1, 1000)
  const isMoreAtHand = true
  expect([1008, 1010, 1018, 1020].map((nowMs) => gathering.rest(8, nowMs, true, isMoreAtHand))).toEqual([1, 7, 1, 7])
  expect(gathering.rest(8, 1028, true, false)).toBe(7)
})
