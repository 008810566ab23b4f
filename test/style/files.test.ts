import { describe, expect, test } from 'vitest'
import { importsOf, type SourceFile, sourceFiles } from './tree.ts'

const product = sourceFiles('daemons', 'supervisor', 'config')
const tests = sourceFiles('test').filter(({ path }) => path.endsWith('.test.ts') && !path.startsWith('test/style/'))
const LONGEST = 300

/** Paths of the files that break a rule, each with what breaks it. */
function breaches(files: readonly SourceFile[], find: (file: SourceFile) => readonly string[]): readonly string[] {
  return files.flatMap((file) => find(file).map((what) => `${file.path}: ${what}`))
}

function matches(pattern: RegExp): (file: SourceFile) => readonly string[] {
  return ({ text }) => [...text.matchAll(pattern)].map((match) => match[1] ?? match[0])
}

describe('every source file', () => {
  test('there are some to look at', () => expect(product.length).toBeGreaterThan(50))

  test(`has at most ${LONGEST} lines`, () => {
    expect(
      breaches(product, ({ text }) =>
        text.split('\n').length > LONGEST + 1 ? [`${text.split('\n').length} lines`] : [],
      ),
    ).toEqual([])
  })

  test('has a name that says what it is', () => {
    const named = ({ path }: SourceFile): readonly string[] => {
      const name = path.split('/').at(-1) ?? ''
      const good =
        /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.ts$/.test(name) &&
        name !== 'index.ts' &&
        !/\b(?:manager|helper|utils?|misc|common|impl)\b/.test(name)
      return good ? [] : ['name']
    }
    expect(breaches(sourceFiles('daemons', 'supervisor', 'config', 'test'), named)).toEqual([])
  })

  test('declares nothing under a name that says nothing', () => {
    expect(
      breaches(product, matches(/\b(?:class|function|interface|type)\s+(\w*(?:Manager|Helper|Util|Misc|Impl)s?)\b/g)),
    ).toEqual([])
  })

  test('explains each exported function and class', () => {
    expect(breaches(product, matches(/^(?!.*\*\/\s*$).*\n(export (?:async )?(?:function|class) \w+)/gm))).toEqual([])
  })

  test('does not read a datagram socket by for-await, which loses what comes between the turns', () => {
    expect(breaches(product, matches(/for await \(const \w+ of socket/g))).toEqual([])
  })
})

test('every codec names its RFC', () => {
  const codecs = product.filter(
    ({ path, text }) =>
      /^daemons\/(ntp|dhcp|syslog)\/(?!.*\bhex\.ts$)/.test(path) &&
      /export function (?:decode|encode|parse|respond)\w*/.test(text),
  )
  expect(codecs.length).toBeGreaterThan(5)
  expect(breaches(codecs, ({ text }) => (/@rfc \d+|RFC \d+/.test(text) ? [] : ['no RFC']))).toEqual([])
})

test('the cores of the protocols take clock, chance and settings as arguments', () => {
  const cores = product.filter(
    (file) =>
      /^daemons\/(ntp|dhcp|syslog)\//.test(file.path) && importsOf(file).every(({ from }) => from.startsWith('.')),
  )
  expect(cores.length).toBeGreaterThan(10)
  expect(breaches(cores, matches(/\b(?:Date\.now|Math\.random|process\.env|process\.hrtime)\b/g))).toEqual([])
})

describe('every test', () => {
  test('waits for events, never for time', () => {
    expect(breaches(tests, matches(/(?<!\.)\bsetTimeout\(|timers\/promises|\bsleep\(/g))).toEqual([])
  })

  test('is switched on', () => {
    expect(breaches(tests, matches(/\b(?:test|describe|it)\.(?:only|skip|todo)\(/g))).toEqual([])
  })
})
