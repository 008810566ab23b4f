import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sourceFiles } from './tree.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const rows = readFileSync(`${ROOT}/docs/supervision.md`, 'utf8')
  .split('## Promises')[1]
  ?.split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| promise '))

test('every promise of docs/supervision.md names tests, and those exist', () => {
  expect(rows?.length).toBeGreaterThan(20)
  for (const row of rows ?? []) {
    const named = [...row.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path)
    expect(named.length, row).toBeGreaterThan(0)
    expect(named.filter((path) => !existsSync(`${ROOT}/${path}`), row)).toEqual([])
  }
})

const files = sourceFiles('supervisor', 'daemons')

test.each(['supervisor', 'daemons'])('every file that %s/README.md names exists', (folder) => {
  const text = readFileSync(`${ROOT}/${folder}/README.md`, 'utf8')
  const named = [...text.matchAll(/`((?:[a-z-]+\/)*[a-z0-9-]+\.ts)`/g)].map(([, path = '']) => path)
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((path) => !files.some((file) => `/${file.path}`.endsWith(`/${path}`)))).toEqual([])
})
