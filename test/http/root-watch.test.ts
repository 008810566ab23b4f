import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RootWatch } from '../../daemons/http/root-watch.ts'
import { ownFolder } from '../support/own-folder.ts'

test('a folder of files that cannot be served is a fault until it can', async () => {
  using folder = ownFolder()
  const root = join(folder.path, 'www')
  const watch = new RootWatch(root)
  await watch.look()
  expect(watch.fault).toBe(`root ${root} does not exist: no files are served`)
  await watch.look()
  mkdirSync(root)
  await watch.look()
  expect(watch.fault).toBeNull()
  await watch.look()
  rmSync(root, { recursive: true })
  writeFileSync(root, '')
  await watch.look()
  expect(watch.fault).toBe(`root ${root} is no folder`)
  await watch.change(join(root, 'below'))
  expect(watch.fault).toContain('below does not exist')
  await watch.change(null)
  expect(watch.fault).toBeNull()
})
