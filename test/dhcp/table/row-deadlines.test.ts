import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RowDeadlines } from '../../../daemons/dhcp/table/row-deadlines.ts'

test('RowDeadlines gives what a list in order would, whatever was set, moved and taken out before', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), row: fc.nat(200), atMs: fc.nat(1000) }),
    fc.record({ kind: fc.constant('delete' as const), row: fc.nat(200), atMs: fc.constant(0) }),
    fc.record({ kind: fc.constant('due' as const), row: fc.constant(0), atMs: fc.nat(1000) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const deadlines = new RowDeadlines()
      const model = new Map<number, number>()
      for (const { kind, row, atMs } of steps) {
        if (kind === 'set') {
          deadlines.set(row, atMs)
          model.set(row, atMs)
        } else if (kind === 'delete') {
          expect(deadlines.delete(row)).toBe(model.delete(row))
        } else {
          const earliest = Math.min(...model.values())
          const due = deadlines.takeDue(atMs)
          if (earliest > atMs) expect(due).toBe(-1)
          else expect(model.get(due)).toBe(earliest)
          model.delete(due)
        }
        expect(deadlines.has(row)).toBe(model.has(row))
        expect(deadlines.size).toBe(model.size)
      }
      const left: number[] = []
      for (let due = deadlines.takeDue(1000); due >= 0; due = deadlines.takeDue(1000)) left.push(model.get(due) ?? -1)
      expect(left).toEqual([...model.values()].sort((one, other) => one - other))
    }),
  )
})

test('RowDeadlines never brings up a row without an end, which can be taken out all the same', () => {
  const deadlines = new RowDeadlines()
  deadlines.set(1, Number.POSITIVE_INFINITY)
  expect(deadlines.takeDue(Number.POSITIVE_INFINITY)).toBe(-1)
  expect(deadlines.delete(1)).toBe(true)
})
