import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Candidate, combine, selectSources } from '../../../daemons/ntp/client/select-sources.ts'

/** Candidates by offset and distance in milliseconds; their names are a, b, c, … */
function candidates(...pairs: readonly (readonly [offset: number, distance: number, stratum?: number])[]): Candidate[] {
  return pairs.map(([offset, distance, stratum = 2], index) => ({
    name: String.fromCharCode(97 + index),
    offset: offset / 1000,
    distance: distance / 1000,
    jitter: 0.0001,
    atMs: 0,
    stratum,
  }))
}

const names = (list: readonly Candidate[]): string => list.map(({ name }) => name).join('')

describe('selectSources', () => {
  test.each<[string, Candidate[], string, string]>([
    ['nobody', [], '', ''],
    ['one is believed', candidates([5, 10]), 'a', ''],
    ['two that agree', candidates([0, 10], [1, 10]), 'ab', ''],
    ['two that do not: nobody can say who is right', candidates([0, 10], [500, 10]), '', 'ab'],
    ['one liar among three', candidates([0, 10], [2, 10], [500, 10]), 'ab', 'c'],
    ['two liars that do not agree among five', candidates([0, 9], [1, 9], [2, 9], [400, 9], [-300, 9]), 'abc', 'de'],
    ['two against two', candidates([0, 9], [1, 9], [400, 9], [401, 9]), '', 'abcd'],
    ['the nearer and lower stratum leads', candidates([0, 90], [1, 20], [1, 10, 3]), 'bac', ''],
    ['a wide interval agrees with all and leads nobody', candidates([0, 10], [3, 10], [0, 900]), 'abc', ''],
  ])('%s', (_title, all, survivors, falsetickers) => {
    const selection = selectSources(all)
    expect([names(selection.survivors), names(selection.falsetickers)]).toEqual([survivors, falsetickers])
  })

  test('casts out the outlier among many that agree', () => {
    const { survivors } = selectSources(candidates([0, 50], [0.1, 50], [0.2, 50], [-0.1, 50], [40, 50]))
    expect(names(survivors)).not.toContain('e')
    expect(survivors.length).toBeGreaterThanOrEqual(3)
  })

  test('a minority of liars never leads, whatever they say', () => {
    const liar = fc.tuple(fc.double({ min: 2, max: 1000, noNaN: true }), fc.boolean())
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(liar, { maxLength: 4 }),
        fc.infiniteStream(fc.double({ min: -5, max: 5, noNaN: true })),
        (more, liars, truth) => {
          const honest = Array.from({ length: liars.length + more }, () => [truth.next().value ?? 0, 10] as const)
          const lying = liars.map(([seconds, early]) => [(early ? -1 : 1) * seconds * 1000, 10] as const)
          const { survivors } = selectSources(candidates(...honest, ...lying))
          expect(survivors.length).toBeGreaterThan(0)
          for (const { offset } of survivors) expect(Math.abs(offset)).toBeLessThanOrEqual(0.005)
        },
      ),
    )
  })
})

describe('combine', () => {
  test('weighs each source by the inverse of its distance', () => {
    const { offset, jitter } = combine(candidates([0, 10], [3, 20]))
    expect(offset).toBeCloseTo(0.001, 9)
    expect(jitter).toBeGreaterThan(0)
  })

  test('of one source is that source', () => {
    expect(combine(candidates([8, 125]))).toEqual({ offset: 0.008, jitter: 0, atMs: 0 })
  })
})
