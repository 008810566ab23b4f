import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { type HeldLock, lockFolder } from '../../daemons/linux/lock-file.ts'
import { Cgroup, HOME } from './cgroup.ts'

/** Counted where they may be: for the figures in the status, and to know who was killed for want of memory. */
const CONTROLLERS = ['memory', 'pids', 'cpu']
/** Group of ours below the place that is given to us, by our pid: several supervisors may share a place. */
const OURS = /^lanward-[0-9]+$/

/**
 * The part of the cgroup v2 tree that is ours to divide: systemd gives us one with Delegate=yes, a container or a root
 * shell has one as well. We live in one leaf of it, each life of a service in another.
 */
export class CgroupTree {
  readonly #place: string
  readonly #folder: string
  /** Says to others that we live, also while we are in a leaf of a service for a moment. */
  #lock: HeldLock | null = null

  private constructor(place: string, pid: number) {
    this.#place = place
    this.#folder = join(place, `lanward-${pid}`)
  }

  /**
   * Takes possession of our part of the tree, if there is one that we may write, and ends what a supervisor left behind
   * there that was killed.
   *
   * @param proc folder in which the kernel tells where we are
   * @returns null when nothing is delegated to us
   */
  static take(pid: number, proc = '/proc/self'): CgroupTree | null {
    const own = findOwnCgroup(pid, proc)
    if (own === null) return null
    // After a replacement of the program we are in our leaf already.
    const settled = basename(own) === HOME && basename(dirname(own)) === `lanward-${pid}`
    const tree = new CgroupTree(settled ? dirname(dirname(own)) : own, pid)
    try {
      tree.#settle(settled)
    } catch {
      return null
    }
    endLeftBehind(tree.#place, basename(tree.#folder))
    return tree
  }

  /** A group for one process to be started; null when the kernel refuses one. */
  create(name: string): Cgroup | null {
    try {
      const path = join(this.#folder, name)
      // One of that name is what an earlier program of this process left empty.
      mkdirSync(path, { recursive: true })
      return new Cgroup(path)
    } catch {
      return null
    }
  }

  /** Ends what is left in our groups, and gives our part back as it was. */
  async close(): Promise<void> {
    await Promise.all(leavesOf(this.#folder).map((leaf) => leaf.end()))
    for (const controller of CONTROLLERS) {
      attempt(() => writeFileSync(join(this.#folder, 'cgroup.subtree_control'), `-${controller}`))
      attempt(() => writeFileSync(join(this.#place, 'cgroup.subtree_control'), `-${controller}`))
    }
    attempt(() => writeFileSync(join(this.#place, 'cgroup.procs'), '0'))
    attempt(() => rmdirSync(join(this.#folder, HOME)))
    attempt(() => rmdirSync(this.#folder))
    this.#lock?.release()
  }

  /**
   * Moves into our leaf: a group that divides what it has among others may hold no process itself.
   *
   * @param isThere an earlier program of this process did
   * @throws Error when it is not ours to write, or a supervisor of the same pid in another container lives there
   */
  #settle(isThere: boolean): void {
    if (!isThere) accessSync(join(this.#place, 'cgroup.procs'), constants.W_OK)
    mkdirSync(join(this.#folder, HOME), { recursive: true })
    this.#lock = lockFolder(this.#folder)
    if (this.#lock === null) throw new Error(`${this.#folder} belongs to another supervisor`)
    if (isThere) return
    writeFileSync(join(this.#folder, HOME, 'cgroup.procs'), '0')
    for (const controller of CONTROLLERS) {
      // Refused where others live beside us, or where it is none of v2: then there are no figures of it.
      attempt(() => writeFileSync(join(this.#place, 'cgroup.subtree_control'), `+${controller}`))
      attempt(() => writeFileSync(join(this.#folder, 'cgroup.subtree_control'), `+${controller}`))
    }
  }
}

/**
 * Where the folder of our own cgroup v2 may be, the likeliest first; mounts may lie over each other.
 *
 * @param cgroup content of /proc/self/cgroup
 * @param mountinfo content of /proc/self/mountinfo
 */
export function ownCgroups(cgroup: string, mountinfo: string): readonly string[] {
  const path = /^0::(\/.*)$/m.exec(cgroup)?.[1]
  if (path === undefined || path.startsWith('/..')) return []
  const mounts = [...mountinfo.matchAll(/^[0-9]+ [0-9]+ [0-9:]+ (\/\S*) (\/\S*) .* - cgroup2 /gm)].reverse()
  return mounts.flatMap(([, root = '/', point = '']) => {
    if (root === '/') return [resolve(point, `.${path}`)]
    return path === root || path.startsWith(`${root}/`) ? [resolve(point, `.${path.slice(root.length)}`)] : []
  })
}

/** The folder of the cgroup v2 in which this process is; null when there is none, or it cannot be seen. */
export function findOwnCgroup(pid: number, proc = '/proc/self'): string | null {
  const candidates = ownCgroups(text(`${proc}/cgroup`), text(`${proc}/mountinfo`))
  return candidates.find((path) => text(join(path, 'cgroup.procs')).split('\n').includes(String(pid))) ?? null
}

/**
 * Ends what lives on in the groups of supervisors that are dead: their folder is not locked any more, and their own leaf is
 * empty. A pid would say nothing: theirs may be of another container.
 */
function endLeftBehind(place: string, ownName: string): void {
  for (const name of entries(place)) {
    const folder = join(place, name)
    if (name === ownName || !OURS.test(name)) continue
    const lock = attempt(() => lockFolder(folder))
    if (lock === null || text(join(folder, HOME, 'cgroup.procs')).trim() !== '') {
      lock?.release()
      continue
    }
    void Promise.all(leavesOf(folder).map((leaf) => leaf.end())).then(() => {
      attempt(() => rmdirSync(join(folder, HOME)))
      attempt(() => rmdirSync(folder))
      lock.release()
    })
  }
}

/** The groups of services in a folder of ours. */
function leavesOf(folder: string): readonly Cgroup[] {
  return entries(folder)
    .filter((name) => name !== HOME)
    .map((name) => new Cgroup(join(folder, name)))
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
  } catch {
    return []
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/** What may fail for reasons that are none of our concern: null then, and it stays as it is. */
function attempt<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}
