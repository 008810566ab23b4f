import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { takeRunLock } from '../../supervisor/host/run-lock.ts'

test('takeRunLock lets one in, tells the other who it is, and is free again after its release', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-lock-'))
  const take = (pid: number): ReturnType<typeof takeRunLock> =>
    takeRunLock(join(folder, 'run'), join(folder, 'state'), pid)
  try {
    const first = take(4711)
    expect(first.kind).toBe('held')
    expect(take(4712)).toEqual({
      kind: 'refused',
      exitCode: 75,
      message: `the supervisor with pid 4711 runs already in ${join(folder, 'run')}`,
    })
    if (first.kind === 'held') first.release()
    const third = take(4713)
    expect(third.kind).toBe('held')
    if (third.kind === 'held') third.release()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('takeRunLock is for its owner alone, and gives up where no folder can be made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-lock-'))
  const lock = takeRunLock(join(folder, 'deep', 'run'), join(folder, 'state'), 1)
  expect(statSync(join(folder, 'deep', 'run', 'lanward.lock')).mode & 0o777).toBe(0o600)
  if (lock.kind === 'held') lock.release()
  rmSync(folder, { recursive: true })
  expect(takeRunLock(join(tmpdir(), 'run-of-nobody'), '/proc/nope/state', 1)).toMatchObject({
    kind: 'refused',
    message: expect.stringMatching(/^cannot make state_dir \/proc\/nope\/state: /),
  })
})
