import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { drawDiagram, drawTable, pageWithPictures } from './state-diagram.ts'

const page = readFileSync(new URL('../../docs/supervision.md', import.meta.url), 'utf8')

test('docs/supervision.md shows the state table as it is; npm run diagram brings it up to date', () => {
  expect(page).toBe(pageWithPictures(page))
  expect(page).toContain(drawDiagram())
  expect(page).toContain(drawTable())
})

test('the pictures are drawn from the table: they show what it does', () => {
  expect(drawDiagram()).toMatch(/^ {2}starting --> ready: .*says it is ready/m)
  expect(drawDiagram()).not.toMatch(/^ {2}stopped --> ready/m)
  expect(drawTable()).toMatch(/^\| kill \| noted \| stopping \| stopping \| noted \| stopped \| stopped \|$/m)
})
