import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const CHILD = new URL('../../children/out-of-descriptors.ts', import.meta.url).pathname

test('a connection for which no descriptor is left waits, is not asked about without end, and is accepted later', () => {
  const { stdout, stderr } = spawnSync(process.execPath, [CHILD], { encoding: 'utf8', timeout: 20_000 })
  expect({ stdout, stderr }).toEqual({ stdout: 'EMFILE EMFILE accepted', stderr: '' })
})
