import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatProblem } from '../../config/config-problem.ts'
import { checkConfig } from '../../config/load-config.ts'
import { editDistance, suggestWord } from '../../config/suggest-word.ts'
import { parseTomlTree } from '../../config/toml-tree.ts'

/** Pieces of TOML that meet our keys often enough to get past the syntax. */
const word = fc.constantFrom(
  ...['syslog', 'ntp', 'dhcp', 'http', 'service', 'supervisor', 'restart', 'subnet', 'reservation', 'listen', 'name'],
  ...['command', 'after', 'options', 'pools', 'backoff', 'limit', 'retention', '__proto__', 'constructor', 'lpd', '""'],
  ...[
    'environment',
    'limits',
    'schedule',
    'timezone',
    'stop_signal',
    'notify_fd',
    'watchdog',
    'memory',
    'rest_for_one',
  ],
)
const value = fc.oneof(
  fc.constantFrom(
    '1',
    '-1',
    '0.5',
    'inf',
    'nan',
    'true',
    '"x"',
    '"10s"',
    '"self"',
    '"0-99999999 0 3 * *"',
    '"* * * * * *"',
    '[]',
    '{}',
    '1979-05-27',
    '[1, "a"]',
  ),
  fc.constantFrom(
    '"udp://0.0.0.0:1"',
    '["udp://0.0.0.0:1"]',
    '["10.0.0.1-10.0.0.2"]',
    '"10.0.0.0/24"',
    '9e99',
    '"\\u0000"',
  ),
  fc.tuple(word, word).map(([key, inner]) => `{ ${key} = 1, x.${inner} = [] }`),
)
const line = fc.oneof(
  word.map((key) => `[${key}]`),
  word.map((key) => `[[${key}]]`),
  fc.tuple(word, word).map(([left, right]) => `[${left}.${right}]`),
  fc.tuple(word, word).map(([left, right]) => `[[${left}.${right}]]`),
  fc.tuple(word, value).map(([key, item]) => `${key} = ${item}`),
  fc.tuple(word, word, value).map(([left, right, item]) => `${left}.${right} = ${item}`),
)
const anyFile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n')),
)

test('checkConfig gives a configuration or problems for any text, each problem on a line of the text', () => {
  fc.assert(
    fc.property(anyFile, (text) => {
      const loaded = checkConfig(text, 'f.toml', '')
      if (loaded.kind === 'ok') return
      expect(loaded.problems.length).toBeGreaterThan(0)
      const lines = text.split(/\r\n|\n/).length
      for (const problem of loaded.problems) {
        expect(problem.line).toBeGreaterThanOrEqual(1)
        expect(problem.line).toBeLessThanOrEqual(lines + 1)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(formatProblem(problem)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
      }
    }),
    { numRuns: 3000 },
  )
})

test('deep nesting is a problem, not a crash', () => {
  const loaded = checkConfig(`[ntp]\nlisten = ${'['.repeat(100_000)}`, 'f.toml', '')
  expect(loaded.kind).toBe('wrong')
})

test('parseTomlTree keeps the place of tables, dotted keys, inline tables and list items', () => {
  const document = parseTomlTree('a.b = { c = [1,\n 2] }\n[[t]]\nx = 1\n[[t]]\n[t.u]\ny = "z"\n')
  if (document.kind === 'wrong') throw new Error(document.message)
  expect(JSON.parse(JSON.stringify(document.root))).toEqual({
    a: { b: { c: [1, 2] } },
    t: [{ x: 1 }, { u: { y: 'z' } }],
  })
  expect(document.positionOf(['a', 'b', 'c', 1])).toEqual({ line: 2, column: 2 })
  expect(document.positionOf(['t', 0, 'x'])).toEqual({ line: 4, column: 1 })
  expect(document.positionOf(['t', 1, 'u', 'y'])).toEqual({ line: 7, column: 1 })
  expect(document.positionOf(['t', 1, 'missing'])).toEqual({ line: 5, column: 3 })
  expect(document.positionOf(['missing'])).toEqual({ line: 1, column: 1 })
})

test('a key named __proto__ does not reach the prototype', () => {
  const document = parseTomlTree('[__proto__]\npolluted = 1\n[a]\n__proto__ = { polluted = 1 }\n')
  expect(document.kind).toBe('ok')
  expect('polluted' in {}).toBe(false)
})

test('suggestWord finds one typing error and no far word', () => {
  expect(suggestWord('lsiten', ['listen', 'root'])).toBe('listen')
  expect(suggestWord('LISTEN', ['listen', 'root'])).toBe('listen')
  expect(suggestWord('interval', ['listen', 'root'])).toBeNull()
  expect(suggestWord('x', [])).toBeNull()
  expect(editDistance('kitten', 'sitting')).toBe(3)
})

test('editDistance is 0 for the same word only, and the same in both directions', () => {
  const short = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(short, short, (left, right) => {
      expect(editDistance(left, right) === 0).toBe(left === right)
      expect(editDistance(left, right)).toBe(editDistance(right, left))
    }),
  )
})
