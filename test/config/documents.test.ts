import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { problemsOf } from './check-text.ts'

/** The examples of a document that are whole sections. */
function examplesOf(name: string): string[] {
  const text = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
  return [...text.matchAll(/```toml\n([\s\S]*?)```/g)].map(([, code = '']) => code)
}

const whole = examplesOf('dhcp.md').filter((example) => example.startsWith('[dhcp]') || example.startsWith('[http]'))

test('there are the worked examples', () => expect(whole.length).toBeGreaterThanOrEqual(4))

test.each(whole)('%s is right as it stands', (example) => {
  expect(problemsOf(example)).toEqual([])
})
