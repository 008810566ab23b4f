import { check, declare } from './libc.ts'

const prctl = declare<(option: number, value: number, a: number, b: number, c: number) => number>(
  'int prctl(int option, ulong value, ulong a, ulong b, ulong c)',
)
const setgroups = declare<(count: number, groups: Uint8Array) => number>('int setgroups(size_t count, void *groups)')
const setrlimit = declare<(resource: number, limits: Uint8Array) => number>('int setrlimit(int resource, void *limits)')
const getrlimit = declare<(resource: number, limits: Uint8Array) => number>('int getrlimit(int resource, void *limits)')
const waitpid = declare<(pid: number, status: Uint8Array, options: number) => number>(
  'int waitpid(int pid, void *status, int options)',
)
const waitid = declare<(type: number, id: number, info: Uint8Array, options: number) => number>(
  'int waitid(int type, uint32_t id, void *info, int options)',
)

const PR_SET_PDEATHSIG = 1
const PR_SET_CHILD_SUBREAPER = 36
const PR_SET_NO_NEW_PRIVS = 38
const WNOHANG = 1
const WEXITED = 4
const WNOWAIT = 0x01000000
/** siginfo_t and where in it the pid stands. */
const SIGINFO_BYTES = 128
const SIGINFO_PID = 16
const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn

/** Numbers of the limits that we set, asm-generic/resource.h. */
const RESOURCE = { cpu: 0, fsize: 1, data: 2, stack: 3, core: 4, nproc: 6, nofile: 7, memlock: 8 } as const

/** Makes orphaned descendants children of this process (prctl(2), PR_SET_CHILD_SUBREAPER). */
export function becomeSubreaper(): void {
  check(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 'prctl')
}

/** Has the kernel send us `signal` when our parent's main thread ends; 0 = no more. Lost on exec of a set-id program. */
export function setParentDeathSignal(signal: number): void {
  check(prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0), 'prctl')
}

/** Forbids this process and its descendants to gain rights by exec, for good. */
export function forbidNewPrivileges(): void {
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 'prctl')
}

/** Replaces the supplementary groups of this process. */
export function setGroups(gids: readonly number[]): void {
  const bytes = Buffer.alloc(Math.max(4, gids.length * 4))
  for (const [index, gid] of gids.entries()) bytes.writeUInt32LE(gid, index * 4)
  check(setgroups(gids.length, bytes), 'setgroups')
}

/** Sets a resource limit of this process; children inherit it. */
export function setResourceLimit(name: keyof typeof RESOURCE, soft: number, hard: number): void {
  const bytes = Buffer.alloc(16)
  bytes.writeBigUInt64LE(BigInt(soft), 0)
  bytes.writeBigUInt64LE(BigInt(hard), 8)
  check(setrlimit(RESOURCE[name], bytes), 'setrlimit', name)
}

/** The resource limit of this process, as [soft, hard]; infinite = none. */
export function getResourceLimit(name: keyof typeof RESOURCE): readonly [number, number] {
  const bytes = Buffer.alloc(16)
  check(getrlimit(RESOURCE[name], bytes), 'getrlimit', name)
  return [limitAt(bytes, 0), limitAt(bytes, 8)]
}

function limitAt(bytes: Buffer, offset: number): number {
  const limit = bytes.readBigUInt64LE(offset)
  return limit === RLIM_INFINITY ? Number.POSITIVE_INFINITY : Number(limit)
}

/** Reaps one dead child that Node does not know of; false when it is not dead or not ours. */
export function reapZombie(pid: number): boolean {
  return waitpid(pid, Buffer.alloc(4), WNOHANG) === pid
}

/** A dead child that nobody has reaped yet, whoever started it; it stays as it is. null when there is none. */
export function peekZombie(): number | null {
  const info = Buffer.alloc(SIGINFO_BYTES)
  if (waitid(0, 0, info, WEXITED | WNOHANG | WNOWAIT) < 0) return null
  return info.readInt32LE(SIGINFO_PID) || null
}
