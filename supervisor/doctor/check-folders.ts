import { join } from 'node:path'
import type { Facts, FolderFact, FolderFacts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const state = findingsOf(
  'state_dir',
  'logs, leases and the record of restarts are kept there: without room nothing new is',
)
const run = findingsOf('run_dir', 'the control socket lives there: without it no command reaches the supervisor')
const retention = findingsOf('retention', 'a full disk stops the log store, and whatever else writes to that disk')

const MIB = 2 ** 20
const SCARCE_BYTES = 1024 * MIB
const FULL_BYTES = 100 * MIB
const SCARCE_INODES = 10_000
const FULL_INODES = 500
/** Longest path of a unix socket, sun_path of sys/un.h without its last NUL. */
const LONGEST_SOCKET_PATH = 107

/** File systems that forget at a restart of the machine, and those on which SQLite's locks cannot be trusted. */
const FORGETFUL: ReadonlySet<string> = new Set(['tmpfs', 'ramfs'])
/** What the kernel shows as files. */
const OF_THE_KERNEL: ReadonlySet<string> = new Set(['proc', 'sysfs'])
const DISTANT: ReadonlySet<string> = new Set(['nfs', 'nfs4', 'cifs', 'smb3', '9p', 'fuse.sshfs'])

/** Room, rights and kind of the two folders that we write to. */
export function checkFolders({ folders, configuration }: Pick<Facts, 'folders' | 'configuration'>): readonly Finding[] {
  if (folders === null || configuration.kind === 'wrong') return []
  const findings = [
    ...checkState(folders),
    ...checkRun(
      folders,
      configuration.specs.map(({ name }) => name),
    ),
  ]
  const syslog = configuration.config.daemons.find(({ name, enabled }) => name === 'syslog' && enabled)
  return syslog?.name === 'syslog'
    ? [...findings, checkRetention(folders, syslog.section.retention.sizeBytes)]
    : findings
}

function checkState({ state: folder, unwritable }: FolderFacts): readonly Finding[] {
  const place = `${folder.path}${folder.exists ? '' : ' (not made yet)'}`
  const owner = `sudo chown -R "$(id -un)" ${folder.path}`
  const refusal = refuseFolder(folder)
  if (refusal !== null) return [state.fail(refusal, mendOf(folder, owner))]
  if (unwritable[0] !== undefined)
    return [
      state.fail(
        `${unwritable[0]} is not writable for us${unwritable.length > 1 ? `, nor are ${unwritable.length - 1} more` : ''}: another user ran lanward here`,
        owner,
      ),
    ]
  const room = judgeRoom(folder, place)
  if (room.verdict === 'fail') return [room]
  if (FORGETFUL.has(folder.fileSystem))
    return [
      state.warn(
        `${place} is on ${folder.fileSystem}`,
        'state_dir on a disk',
        'logs and leases are gone when the machine restarts',
      ),
    ]
  if (DISTANT.has(folder.fileSystem))
    return [
      state.warn(
        `${place} is on ${folder.fileSystem}`,
        'state_dir on a disk of this machine',
        'the lease store needs locks that this file system does not keep',
      ),
    ]
  return [room]
}

/** Why we cannot write to a folder, or not make it; null = we can. */
function refuseFolder({ path, exists, writable, obstacle, fileSystem }: FolderFact): string | null {
  if (obstacle !== null) return `${path} cannot be made: ${obstacle} is no folder`
  if (OF_THE_KERNEL.has(fileSystem)) return `${path} cannot be used: nothing can be made in ${fileSystem}`
  if (writable) return null
  return exists ? `${path} is not writable for us` : `${path} does not exist, and we may not make it`
}

function mendOf({ path, exists, obstacle, fileSystem }: FolderFact, owner: string): string {
  if (obstacle !== null || OF_THE_KERNEL.has(fileSystem)) return 'another path for it in the configuration'
  return exists ? owner : makeOwn(path)
}

function makeOwn(path: string): string {
  return `sudo mkdir -p ${path} && sudo chown "$(id -un)" ${path}`
}

function judgeRoom(folder: FolderFact, place: string): Finding {
  const { freeBytes, freeInodes, totalInodes } = folder
  const room = `${place} has ${formatRoom(freeBytes)} free`
  const mend = `du -xh ${folder.path} | sort -h | tail, then retention.size or a bigger disk`
  if (freeBytes < FULL_BYTES) return state.fail(room, mend)
  if (totalInodes > 0 && freeInodes < FULL_INODES)
    return state.fail(`${place} has room for ${freeInodes} more files`, mend)
  if (freeBytes < SCARCE_BYTES) return state.warn(room, mend)
  if (totalInodes > 0 && freeInodes < SCARCE_INODES)
    return state.warn(`${place} has room for ${freeInodes} more files`, mend)
  return state.ok(room)
}

function checkRun({ run: folder }: FolderFacts, services: readonly string[]): readonly Finding[] {
  const longest = services.reduce((one, other) => (other.length > one.length ? other : one), '')
  const path = join(folder.path, `${longest}.1000000.notify`)
  if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH)
    return [
      run.fail(
        `${folder.path} is too long: ${path} has more than ${LONGEST_SOCKET_PATH} bytes`,
        'a shorter run_dir, such as /run/lanward',
        'the kernel takes no longer name for a unix socket',
      ),
    ]
  const refusal = refuseFolder(folder)
  if (refusal !== null) return [run.fail(refusal, mendOf(folder, makeOwn(folder.path)))]
  if (DISTANT.has(folder.fileSystem))
    return [
      run.warn(
        `${folder.path} is on ${folder.fileSystem}`,
        'run_dir = "/run/lanward"',
        'unix sockets and locks do not work on every such file system',
      ),
    ]
  return [run.ok(`${folder.path}${folder.exists ? ' is' : ' can be made and'} writable`)]
}

/** What the store has already counts as room: it is what the oldest messages give up. */
function checkRetention({ state: folder, storedBytes }: FolderFacts, allowedBytes: number): Finding {
  const roomBytes = folder.freeBytes + storedBytes
  const allowed = `messages may grow to ${formatRoom(allowedBytes)} (syslog.retention.size)`
  if (allowedBytes <= roomBytes) return retention.ok(`${allowed}, and there is room for ${formatRoom(roomBytes)}`)
  const fitting = Math.max(1, Math.floor((roomBytes * 0.8) / MIB))
  return retention.warn(
    `${allowed}, but there is room only for ${formatRoom(roomBytes)}`,
    `[syslog] retention = { size = "${fitting}MiB" }`,
  )
}

function formatRoom(bytes: number): string {
  return bytes >= 1024 * MIB ? `${(bytes / (1024 * MIB)).toFixed(1)} GiB` : `${Math.floor(bytes / MIB)} MiB`
}
