import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** Makes eighty MiB of objects that die at once; prints how much room for new ones there is in the end. */
const PROGRAM = `
  import { getHeapSpaceStatistics } from 'node:v8'
  import { keepYoungGenerationSmall } from './daemons/runtime/young-generation.ts'
  if (process.argv[1] === 'small') keepYoungGenerationSmall()
  const kept = []
  for (let at = 0; at < 150_000; at++) kept[at % 20_000] = new Array(64).fill(at)
  console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size)`

test('keepYoungGenerationSmall keeps V8 from making more room for new objects', () => {
  const room = (mode: string): number =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM, mode], { encoding: 'utf8' }))
  expect(room('small')).toBeLessThanOrEqual(2 ** 21)
  expect(room('as it is')).toBeGreaterThan(2 ** 22)
})
