import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HashIndex } from '../../../daemons/dhcp/table/hash-index.ts'

/** Few keys, so that many share one, among them the greatest; some lie side by side as addresses do. */
const key = fc.oneof(
  fc.nat(20),
  fc.nat(20).map((low) => 0xffffffff - low),
)
const value = fc.oneof(fc.nat(8), fc.constant(0xfffffffe))

test('HashIndex finds what a set of pairs holds, whatever was added and deleted before', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), key, value), { maxLength: 400 }), (steps) => {
      const index = new HashIndex()
      const model = new Set<string>()
      for (const [adds, one, its] of steps) {
        const pair = `${one} ${its}`
        if (!adds) expect(index.delete(one, its)).toBe(model.delete(pair))
        else if (!model.has(pair)) {
          index.add(one, its)
          model.add(pair)
        }
        expect(index.size).toBe(model.size)
      }
      for (const [, one, its] of steps) {
        expect(index.find(one, (found) => found === its)).toBe(model.has(`${one} ${its}`) ? its : -1)
        expect(index.find(one) >= 0).toBe([...model].some((pair) => pair.startsWith(`${one} `)))
      }
    }),
  )
})

test('HashIndex holds many thousands of addresses side by side', () => {
  const index = new HashIndex()
  const first = 0xc0a80000
  for (let at = 0; at < 50_000; at++) index.add(first + at, at)
  for (let at = 0; at < 50_000; at += 2) expect(index.delete(first + at, at)).toBe(true)
  for (let at = 0; at < 50_000; at++)
    if (index.find(first + at) !== (at % 2 === 0 ? -1 : at)) throw new Error(`lost ${at}`)
  expect(index.size).toBe(25_000)
})
