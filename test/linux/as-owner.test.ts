import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { asOwnerOf } from '../../daemons/linux/as-owner.ts'
import { testWith } from '../support/needs.ts'

const PROGRAM = new URL('../children/reads-as-owner.ts', import.meta.url).pathname
const NOBODY = 65534

describe('asOwnerOf', () => {
  testWith(
    ['root', 'program setpriv'],
    "shows root a user's process without any right to trace it or to pass over file modes",
    async () => {
      const other = spawn('cat', { uid: NOBODY, gid: NOBODY, stdio: ['pipe', 'ignore', 'ignore'] })
      await once(other, 'spawn')
      const seen = execFileSync(
        'setpriv',
        ['--bounding-set=-all,+setuid,+setgid', process.execPath, PROGRAM, String(other.pid)],
        {
          encoding: 'utf8',
        },
      )
      other.kill()
      expect(JSON.parse(seen)).toEqual({
        plainly: [false, false, false],
        asOwner: [true, true, true],
        rootAgain: true,
      })
    },
  )

  test('gives what was read, and passes on what was thrown', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanward-owner-'))
    expect(asOwnerOf(folder, () => 7)).toBe(7)
    const fails = (): never => {
      throw new Error('unreadable')
    }
    expect(() => asOwnerOf(folder, fails)).toThrow('unreadable')
    rmSync(folder, { recursive: true })
    expect(() => asOwnerOf(folder, () => 7)).toThrow('ENOENT')
  })
})
