import { expect, test } from 'vitest'
import { TextBytes } from '../../../daemons/syslog/query/text-bytes.ts'

test('TextBytes keeps what it has when it grows beyond what was expected', () => {
  const bytes = new TextBytes(0)
  const long = 'x'.repeat(1000)
  bytes.addText('grüße ')
  expect(bytes.addPrintable(Buffer.from(long), 0, 1000)).toBe(true)
  for (const letter of long) bytes.addByte(letter.charCodeAt(0))
  bytes.addBytes(Buffer.from(' end'))
  expect(bytes.bytes.toString()).toBe(`grüße ${long}${long} end`)
})

test.each([
  ['a control character', 'a\x1b[31m'],
  ['DEL', 'a\x7f'],
  ['a letter beyond ASCII', 'aé'],
])('TextBytes.addPrintable adds nothing of a text with %s', (_, text) => {
  const bytes = new TextBytes(10)
  bytes.addText('before')
  const all = Buffer.from(text)
  expect(bytes.addPrintable(all, 0, all.length)).toBe(false)
  expect(bytes.bytes.toString()).toBe('before')
  expect(bytes.addPrintable(all, 0, 1)).toBe(true)
  expect(bytes.bytes.toString()).toBe('beforea')
})
