import fc from 'fast-check'
import { expect, test } from 'vitest'
import { takeConfig } from '../../supervisor/cli/logs.ts'
import { printable } from '../../supervisor/cli/printable.ts'
import { formatMs, formatSpan } from '../../supervisor/cli/span-text.ts'
import { fitTable, formatTable } from '../../supervisor/cli/text-table.ts'
import { wrapText } from '../../supervisor/cli/wrap-text.ts'

test.each([
  ['plain text, ünïcode 漢字 😀', 'plain text, ünïcode 漢字 😀'],
  ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
  ['\u009b31m\u0085', '\\x9b31m\\x85'],
  ['a\r\nb\tc', 'a\\x0d\\x0ab\\x09c'],
  ['\u202egnp\u2066\u200f', '\\u202egnp\\u2066\\u200f'],
  ['\u2028\u2029\ufeff', '\\u2028\\u2029\\ufeff'],
  ['\ud800x\udc00', '\\ud800x\\udc00'],
  ['\u{e0041}', '\\udb40\\udc41'],
])('printable(%j)', (text, want) => {
  expect(printable(text)).toBe(want)
})

test('printable lets no control or format character through, and leaves ASCII alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u)
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
      expect(printable(text)).toBe(text)
    }),
  )
})

test.each([
  [0, '0 ms'],
  [0.0007, '0.7 ms'],
  [0.083, '83 ms'],
  [2.16, '2.1 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [185, '3 min 5 s'],
  [3725, '1 h 2 min'],
  [90_000, '1 d 1 h'],
  [-2, '-2 s'],
])('formatSpan(%d) is %s', (seconds, want) => {
  expect(formatSpan(seconds)).toBe(want)
})

test('formatMs goes over to seconds', () => {
  expect([formatMs(0.64), formatMs(83.1), formatMs(1500)]).toEqual(['0.6 ms', '83 ms', '1.5 s'])
})

test('formatTable aligns columns and pads outside the paint', () => {
  const paint = (text: string): string => `<${text}>`
  expect(formatTable([[{ text: 'a', paint }, { text: 'bb' }], [{ text: 'ccc' }, { text: '' }], []])).toEqual([
    '<a>    bb',
    'ccc',
    '',
  ])
})

test.each([
  [['-f', '--config', 'x', '--host', 'a'], ['-f', '--host', 'a'], 'x'],
  [['--config=x=y', '--help'], ['--help'], 'x=y'],
  [['--grep', 'config'], ['--grep', 'config'], undefined],
])('takeConfig(%j)', (words, argv, config) => {
  expect(takeConfig(words)).toEqual({ argv, config })
})

test.each<[string, number | null, string, string[]]>([
  ['as wide as it takes', null, '', ['as wide as it takes']],
  ['just fits', 9, '', ['just fits']],
  ['breaks at spaces alone', 10, '', ['breaks at', 'spaces', 'alone']],
  ['  keeps its own margin', 12, '    ', ['  keeps its', '    own', '    margin']],
  ['averyveryverylongword and more', 10, '  ', ['averyveryverylongword', '  and more']],
  ['', 5, '', ['']],
])('wrapText(%j) at %s columns', (text, columns, indent, want) => {
  expect(wrapText(text, columns, indent)).toEqual(want)
})

test('wrapText loses no word and fills no line beyond the width, but for a word that is longer', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(words, fc.integer({ min: 14, max: 60 }), (list, columns) => {
      const lines = wrapText(list.join(' '), columns, '  ')
      expect(lines.join(' ').split(/ +/)).toEqual(list)
      expect(lines.filter((line) => line.length > columns)).toEqual([])
    }),
  )
})

test('fitTable tells below each row what does not fit, and leaves out what says nothing', () => {
  const cells = (...texts: string[]) => texts.map((text) => ({ text }))
  const rows = [
    cells('NAME', 'STATE', 'STATUS', ''),
    cells('ntp', 'ready', 'local stratum', 'x'),
    cells('b', 'c', '-', ''),
  ]
  expect(fitTable(rows, null).flat()).toEqual(formatTable(rows))
  expect(fitTable(rows, 12)).toEqual([
    ['NAME  STATE'],
    ['ntp   ready', '  status:', '    local', '    stratum', '  x'],
    ['b     c'],
  ])
  expect(fitTable(rows, 1).map(([line]) => line)).toEqual(['NAME', 'ntp', 'b'])
})

test('fitTable paints what it moves', () => {
  const rows = [
    [{ text: 'A' }, { text: 'B' }],
    [{ text: 'a' }, { text: 'bbb', paint: (text: string) => `<${text}>` }],
  ]
  expect(fitTable(rows, 3)[1]).toEqual(['a', '<  b:>', '<    bbb>'])
})
