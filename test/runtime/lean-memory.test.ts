import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { LEAN_ENVIRONMENT } from '../../daemons/runtime/lean-memory.ts'

/** Makes eighty MiB of objects that die at once; prints how much room for new ones there is in the end. */
const PROGRAM = `
  import { getHeapSpaceStatistics } from 'node:v8'
  const kept = []
  for (let at = 0; at < 150_000; at++) kept[at % 20_000] = new Array(64).fill(at)
  console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size)`

test('LEAN_ENVIRONMENT keeps V8 from making more room for new objects', () => {
  const room = (env: Readonly<Record<string, string>>): number =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM], { encoding: 'utf8', env }))
  expect(room(LEAN_ENVIRONMENT)).toBeLessThanOrEqual(2 ** 22)
  expect(room({})).toBeGreaterThan(2 ** 22)
})
