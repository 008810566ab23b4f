import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { takeRunLock } from '../../supervisor/run-lock.ts'

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
