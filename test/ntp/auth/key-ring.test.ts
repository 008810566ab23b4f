import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { KeyRing } from '../../../daemons/ntp/auth/key-ring.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'ntp.keys')

test('keys follow their file, and outlive it', () => {
  writeFileSync(file, '1 MD5 one\n', { mode: 0o640 })
  const ring = new KeyRing(file)
  expect(ring.find(1)?.type).toBe('MD5')
  expect(ring.look()).toBe(false)
  writeFileSync(file, '2 SHA1 two\n3 nonsense of mine\n')
  expect(ring.look()).toBe(true)
  expect([ring.find(1), ring.find(2)?.type]).toEqual([null, 'SHA1'])
  expect(ring.faults).toEqual([expect.stringContaining(`${file} line 2: `)])
  rmSync(file)
  expect(ring.look()).toBe(false)
  expect(ring.find(2)?.type).toBe('SHA1')
  expect(ring.faults[0]).toMatch(/^cannot read the keys: .*; the earlier ones stay in force$/)
  ring.follow(null)
  expect([ring.find(2), ring.faults]).toEqual([null, []])
})

test('a file that everybody may read is told from one that is kept', () => {
  writeFileSync(file, '1 MD5 one\n')
  chmodSync(file, 0o644)
  const ring = new KeyRing(file)
  expect(ring.isPublic).toBe(true)
  chmodSync(file, 0o640)
  ring.look()
  expect(ring.isPublic).toBe(false)
})
