import { statSync } from 'node:fs'
import { declare } from './libc.ts'

const setfsuid = declare<(uid: number) => number>('int setfsuid(uint32_t uid)')
const setfsgid = declare<(gid: number) => number>('int setfsgid(uint32_t gid)')

/**
 * Reads what the kernel shows only to a folder's owner, such as `/proc/PID/environ` of another user's process: root
 * takes the owner's place for the time of this call (setfsuid(2), of this thread alone). So it needs no CAP_SYS_PTRACE,
 * with which it could take over any process of the machine.
 *
 * @param read must be synchronous: whatever runs later runs as root again
 * @throws what `read` throws, and Error when there is no such folder
 */
export function asOwnerOf<T>(folder: string, read: () => T): T {
  const { uid, gid } = statSync(folder)
  if (uid === 0 || process.geteuid?.() !== 0) return read()
  const ownGid = setfsgid(gid)
  setfsuid(uid)
  try {
    return read()
  } finally {
    setfsuid(0)
    setfsgid(ownGid)
  }
}
