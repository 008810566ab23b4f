import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findNeedle } from '../../../daemons/syslog/query/find-needle.ts'
import { regexTest } from '../../../daemons/syslog/query/text-test.ts'

describe('what an expression cannot do without', () => {
  test.each([
    ['link (up|down)', 'link '],
    ['port \\d+ ssh2!', ' ssh2!'],
    ['a\\.b\\.c', 'a.b.c'],
    ['abc+def', 'abc'],
    ['ab?cd', 'cd'],
    ['abc*', 'ab'],
    ['ab{2,3}cde', 'cde'],
    ['x[abc]yz|q', null],
    ['(?i)abc', null],
    ['(abc)', null],
    ['\\p{Greek}end', 'end'],
    ['\\x41bcd', 'bcd'],
    ['[a\\]b]ccc', 'ccc'],
    ['.*', null],
    ['\\Qa.b\\E', null],
  ])('%s: %s', (pattern, needle) => expect(findNeedle(pattern)).toBe(needle))

  test('stands in everything that matches', () => {
    const part = fc.constantFrom(
      'ab',
      'c',
      '.',
      '\\d',
      '[ab]',
      '(x|y)',
      'b+',
      'a?',
      'c{2}',
      '\\.',
      '^',
      '$',
      '(?:ab)*',
      'c*?',
    )
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'x', 'y', '.', '1'), maxLength: 12 })
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.array(text, { minLength: 30, maxLength: 60 }),
        (parts, texts) => {
          const test = regexTest(parts.join(''))
          fc.pre(typeof test !== 'string')
          const { needle } = test
          if (needle !== null) for (const each of texts) if (test.matches(each)) expect(each).toContain(needle)
        },
      ),
      { numRuns: 300 },
    )
  })
})

test('takes time that grows with the text alone, whatever the expression', () => {
  // Going back would take longer than the universe has.
  for (const pattern of ['(a+)+$', '(a|aa)+$', '(a|a)*b', 'a.*a.*a.*a.*x', '(x+x+)+y'])
    expect(regexTest(pattern)).toMatchObject({ literal: false })
  const evil = regexTest('(a|aa)+$')
  expect(typeof evil !== 'string' && evil.matches(`${'a'.repeat(50_000)}b`)).toBe(false)
})

test.each([['a('], ['(?=a)b'], ['(a)\\1'], ['[z-a]'], ['a{2000}'], ['((a{1,100}){1,100}){1,100}']])(
  '%s is refused with a reason',
  (pattern) => expect(regexTest(pattern)).toEqual(expect.any(String)),
)
