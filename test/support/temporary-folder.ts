import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let folder = ''

/** Gives one run of the tests a temporary folder of its own, in which `os.tmpdir()` lies for all of them. */
export function setup(): void {
  folder = mkdtempSync(join(tmpdir(), 'lanward-test-'))
  chmodSync(folder, 0o755) // Services of the tests run as other users.
  process.env['TMPDIR'] = folder
}

/** Whatever a test left behind goes with it. */
export function teardown(): void {
  rmSync(folder, { recursive: true, force: true })
}
