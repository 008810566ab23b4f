import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonBytes } from '../../../daemons/syslog/store/json-bytes.ts'
import { escapeTricky } from '../../../daemons/syslog/store/json-text.ts'

/** Units of UTF-16, also halves of a pair, and those that are escaped. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.array(fc.integer({ min: 0, max: 0xa0 }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('\u061c\u200b\u202e\u2066\ufeff\ufff9\ud800x\udc00\u{1f600}', '"\\\b\f\n\r\t\0\u001b\u009b'),
)

test('a string is what JSON makes of it, with all escaped that a terminal obeys', () => {
  const into = new JsonBytes(8)
  fc.assert(
    fc.property(text, (value) => {
      into.clear()
      into.string(value, false)
      expect(into.bytes.toString()).toBe(escapeTricky(JSON.stringify(value)))
      expect(JSON.parse(into.bytes.toString())).toBe(value)
    }),
    { numRuns: 2000 },
  )
})

test('plain text of any length is written as it is', () => {
  const into = new JsonBytes(8)
  for (const length of [0, 1, 24, 25, 1000]) into.string('x'.repeat(length), true)
  expect(into.bytes.toString()).toBe([0, 1, 24, 25, 1000].map((length) => `"${'x'.repeat(length)}"`).join(''))
})

test('numbers are written in full, or as so many places', () => {
  const into = new JsonBytes(8)
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (value) => {
      into.clear()
      into.integer(value)
      into.digits(value, 6)
      expect(into.bytes.toString()).toBe(`${value}${String(value).padStart(6, '0').slice(-6)}`)
    }),
  )
})

test('what was written last can be taken back', () => {
  const into = new JsonBytes(64)
  into.ascii('[1,')
  const { length } = into
  into.put(Buffer.from('{"half":'))
  into.cutTo(length)
  into.ascii('2]')
  expect(into.bytes.toString()).toBe('[1,2]')
  into.clear()
  expect(into.length).toBe(0)
})
