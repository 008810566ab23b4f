import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { declare, EAGAIN, lastErrno, systemError } from './libc.ts'

const flock = declare<(fd: number, operation: number) => number>('int flock(int fd, int operation)')

const LOCK_EX_NB = 2 | 4

/** A lock that is ours as long as its descriptor is open. */
export interface HeldLock {
  readonly kind: 'held'
  readonly fd: number
  release(): void
}

/** A lock that the kernel gives up by itself when its holder dies. */
export type FileLock =
  | HeldLock
  /** Another process has it; its pid as it wrote it down, null when it has not yet. */
  | { readonly kind: 'taken'; readonly pid: number | null }

/**
 * Takes the lock of `path` (flock(2)) and writes our pid into the file; never waits. The file stays: removing it would
 * let two processes lock two files of the same name.
 *
 * @attack whoever may open the file may take the lock and keep us out, so only its owner may
 * @throws SystemError or Error when the file cannot be opened or the file system knows no locks
 */
export function lockFile(path: string, pid: number): FileLock {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  if (flock(fd, LOCK_EX_NB) < 0) {
    const errno = lastErrno()
    const text = readFileSync(fd, 'latin1').trim()
    closeSync(fd)
    if (errno !== EAGAIN) throw systemError(errno, 'flock', path)
    return { kind: 'taken', pid: /^[0-9]{1,10}$/.test(text) ? Number(text) : null }
  }
  ftruncateSync(fd)
  writeSync(fd, `${pid}\n`, 0)
  return heldLock(fd)
}

/**
 * Takes the lock of a folder (flock(2)); never waits.
 *
 * @returns null when another process has it, or its file system knows no locks
 */
export function lockFolder(path: string): HeldLock | null {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  if (flock(fd, LOCK_EX_NB) === 0) return heldLock(fd)
  closeSync(fd)
  return null
}

/** The lock that an open descriptor holds, also when an earlier program of this process took it. */
export function heldLock(fd: number): HeldLock {
  return { kind: 'held', fd, release: () => closeSync(fd) }
}
