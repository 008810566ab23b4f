import { join } from 'node:path'
import { type HeldLock, lockFile } from '../../daemons/linux/lock-file.ts'
import { makeFolder } from './make-folder.ts'

/** The right to be the supervisor of one `run_dir`. */
export type RunLock = HeldLock | { readonly kind: 'refused'; readonly exitCode: 75 | 77; readonly message: string }

/** Makes the folders and takes the lock; the kernel gives it up when we die, so a stale one cannot be. */
export function takeRunLock(runDir: string, stateDir: string, pid: number): RunLock {
  for (const [setting, folder] of [
    ['run_dir', runDir],
    ['state_dir', stateDir],
  ] as const)
    try {
      makeFolder(folder, 0o755)
    } catch (error) {
      return refused(`cannot make ${setting} ${folder}`, error)
    }
  try {
    const lock = lockFile(join(runDir, 'lanward.lock'), pid)
    if (lock.kind === 'held') return lock
    const holder = lock.pid === null ? 'another supervisor' : `the supervisor with pid ${lock.pid}`
    return { kind: 'refused', exitCode: 75, message: `${holder} runs already in ${runDir}` }
  } catch (error) {
    return refused(`cannot use run_dir ${runDir}`, error)
  }
}

function refused(what: string, error: unknown): RunLock {
  const denied = error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
  const message = `${what}: ${error instanceof Error ? error.message : String(error)}`
  return { kind: 'refused', exitCode: denied ? 77 : 75, message }
}
