import { expect, test } from 'vitest'
import { ChildLines } from '../../daemons/syslog/child-lines.ts'

test.each([
  ['a line in pieces', ['a', 'b', 'c\nd'], [[], [], ['abc']]],
  ['several lines at once', ['a\nb\n\n'], [['a', 'b', '']]],
  ['separators that JSON allows', ['"a\u2028b', '\u2029c"\n'], [[], ['"a\u2028b\u2029c"']]],
  ['CR', ['a\rb\r\n'], [['a\rb\r']]],
])('ChildLines.push parts at LF alone: %s', (_title, pieces, want) => {
  const lines = new ChildLines()
  expect(pieces.map((piece) => lines.push(piece))).toEqual(want)
})

test('ChildLines.push refuses a line that does not end', () => {
  const lines = new ChildLines(10)
  expect(lines.push('123\n456789')).toEqual(['123'])
  expect(() => lines.push('12345')).toThrow('more than 10 characters')
})
