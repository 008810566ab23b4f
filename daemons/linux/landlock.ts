import { check, declare, lastErrno, systemError } from './libc.ts'

/** landlock(7): a process takes rights to files from itself, for good; no privilege is needed. */
const createRuleset = declare<
  (number: number, attributes: Uint8Array | null, size: number, flags: number) => number | bigint
>('int64 syscall(long number, void *attributes, size_t size, uint32_t flags)')
const addRule = declare<
  (number: number, ruleset: number, type: number, rule: Uint8Array, flags: number) => number | bigint
>('int64 syscall(long number, int ruleset, int type, void *rule, uint32_t flags)')
const restrictSelf = declare<(number: number, ruleset: number, flags: number) => number | bigint>(
  'int64 syscall(long number, int ruleset, uint32_t flags)',
)
const open = declare<(path: string, flags: number) => number>('int open(const char *path, int flags)')
const close = declare<(fd: number) => number>('int close(int fd)')

/** Numbers of the system calls, the same on x64 and arm64. */
const CREATE_RULESET = 444
const ADD_RULE = 445
const RESTRICT_SELF = 446
const VERSION_FLAG = 1
const PATH_BENEATH = 1
/** Confines all threads, not only the calling one; since version 8. */
const TSYNC_FLAG = 8
const O_PATH_CLOEXEC = 0o12000000
/** Signals reach only processes confined together with us; since version 6. */
const SCOPE_SIGNAL = 2n

const EXECUTE = 1n << 0n
const WRITE_FILE = 1n << 1n
const READ_FILE = 1n << 2n
const READ_DIR = 1n << 3n
const REFER = 1n << 13n
const TRUNCATE = 1n << 14n
/** Of a file; every other right is one of a folder. */
const OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
const READING = EXECUTE | READ_FILE | READ_DIR

/** All rights that a version knows: the first 13 since version 1, then one each in 2 and 3; later ones are left alone. */
function rightsOf(version: number): bigint {
  return ((1n << 13n) - 1n) | (version >= 2 ? REFER : 0n) | (version >= 3 ? TRUNCATE : 0n)
}

/** The version of Landlock that may be used here; 0 = none: an older kernel, switched off, or forbidden to us. */
export function landlockVersion(): number {
  return Math.max(0, Number(createRuleset(CREATE_RULESET, null, 0, VERSION_FLAG)))
}

/**
 * Gives up all rights to files but these, and to signal processes that are not confined with us, for the calling thread
 * and those it starts from now on. Descriptors that are open keep their rights; sockets are no concern of it. Called
 * again, it can only take away more.
 *
 * @param allowed paths of folders, with all below them, and of files; what does not exist is passed over
 * @throws SystemError when Landlock cannot be used, or without `forbidNewPrivileges` before
 */
export function confineFiles(allowed: {
  readonly readable: readonly string[]
  readonly writable: readonly string[]
}): void {
  const version = landlockVersion()
  const all = rightsOf(version)
  // Rights to files, to ports (none are taken), and what is closed to the outside; older versions know less of it.
  const attributes = Buffer.alloc(version >= 6 ? 24 : 8)
  attributes.writeBigUInt64LE(all, 0)
  if (version >= 6) attributes.writeBigUInt64LE(SCOPE_SIGNAL, 16)
  const ruleset = checkCall(createRuleset(CREATE_RULESET, attributes, attributes.length, 0), 'landlock_create_ruleset')
  try {
    const rule = Buffer.alloc(12)
    for (const path of allowed.readable) allow(ruleset, path, READING, rule)
    for (const path of allowed.writable) allow(ruleset, path, all, rule)
    checkCall(restrictSelf(RESTRICT_SELF, ruleset, version >= 8 ? TSYNC_FLAG : 0), 'landlock_restrict_self')
  } finally {
    close(ruleset)
  }
}

/**
 * @param rights those that only a folder can have are left out for a file
 * @param rule room for struct landlock_path_beneath_attr
 */
function allow(ruleset: number, path: string, rights: bigint, rule: Buffer): void {
  const fd = open(path, O_PATH_CLOEXEC)
  if (fd < 0) return
  try {
    rule.writeInt32LE(fd, 8)
    rule.writeBigUInt64LE(rights, 0)
    if (Number(addRule(ADD_RULE, ruleset, PATH_BENEATH, rule, 0)) === 0) return
    const errno = lastErrno()
    if (errno !== EINVAL) throw systemError(errno, 'landlock_add_rule', path)
    rule.writeBigUInt64LE(rights & OF_FILES, 0)
    checkCall(addRule(ADD_RULE, ruleset, PATH_BENEATH, rule, 0), 'landlock_add_rule', path)
  } finally {
    close(fd)
  }
}

function checkCall(result: number | bigint, name: string, subject?: string): number {
  return check(Number(result), name, subject)
}

const EINVAL = 22
