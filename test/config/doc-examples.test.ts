import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { problemsOf } from './check-text.ts'

const DOCS = new URL('../../docs/', import.meta.url)
const HEADING = /^\[[a-z]+\]$/m

/** Every example that is a whole section, with the page and line that it stands on. */
const examples = readdirSync(DOCS)
  .filter((page) => page.endsWith('.md'))
  .flatMap((page) => {
    const text = readFileSync(new URL(page, DOCS), 'utf8')
    return [...text.matchAll(/```toml\n(.*?)```/gs)].map(({ 1: toml = '', index }) => ({
      place: `docs/${page}:${text.slice(0, index).split('\n').length}`,
      toml,
    }))
  })
  .filter(({ toml }) => HEADING.test(toml))

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(5)
})

test.each(examples)('the example at $place is a configuration without mistakes', ({ toml }) => {
  expect(problemsOf(toml)).toEqual([])
})
