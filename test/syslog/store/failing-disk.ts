import { type Disk, disk } from '../../../daemons/syslog/store/disk.ts'

/** A call of the disk by name, in the order made. */
export type DiskCall = keyof Disk

/** What a process does that dies at a call. */
export class Died extends Error {}

/**
 * The real disk, but `fate` is asked before each call: an error is thrown instead, `half` writes half of the bytes, and
 * only the next call of the same write fails.
 */
export function failingDisk(fate: (call: DiskCall) => Error | 'half' | null): Disk {
  let dueError: Error | null = null
  const meet = (call: DiskCall): 'half' | null => {
    const met = dueError ?? fate(call)
    dueError = null
    if (met instanceof Error) throw met
    return met
  }
  const guard = <Call extends DiskCall>(call: Call): Disk[Call] => {
    const real = disk[call] as (...words: unknown[]) => unknown
    return ((...words: unknown[]) => {
      meet(call)
      return real(...words)
    }) as unknown as Disk[Call]
  }
  const writeSync = (fd: number, bytes: Uint8Array, offset: number, length: number): number => {
    if (meet('writeSync') === null) return disk.writeSync(fd, bytes, offset, length)
    dueError = diskError('ENOSPC')
    return disk.writeSync(fd, bytes, offset, Math.ceil(length / 2))
  }
  return {
    closeSync: guard('closeSync'),
    fdatasync: guard('fdatasync'),
    fdatasyncSync: guard('fdatasyncSync'),
    fstatSync: guard('fstatSync'),
    ftruncateSync: guard('ftruncateSync'),
    mkdirSync: guard('mkdirSync'),
    openSync: guard('openSync'),
    unlinkSync: guard('unlinkSync'),
    writeSync: writeSync as unknown as Disk['writeSync'],
  }
}

export function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: as the test wants it`), { code })
}
