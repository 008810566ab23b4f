import { execFileSync } from 'node:child_process'
import { type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ServiceSpec } from '../spec/spec.ts'
import { findUser, type ServiceUser } from '../user/service-user.ts'
import type { UserFact } from './facts.ts'

/** What decides whether somebody may pass a folder or read a file. */
export interface Door {
  readonly path: string
  readonly uid: number
  readonly gid: number
  readonly mode: number
  readonly isFolder: boolean
}

/** Looks up the users that services become when we are root, and the way from them to our own programs. */
export function seeUsers(specs: readonly ServiceSpec[]): readonly UserFact[] {
  const names = [...new Set(specs.flatMap(({ user }) => (user === null || user === 'root' ? [] : [user])))]
  return names.map((name) => {
    const user = findUser(name)
    if (user === null) return { name, user, obstacle: null }
    const files = specs
      .filter((spec) => spec.own && spec.user === name)
      .flatMap(({ command }) => command)
      .filter((word) => word.startsWith('/'))
    return { name, user, obstacle: findObstacle([...new Set(files)].flatMap(doorsTo), user) }
  })
}

/** Whom a program of somebody else is started as, who keeps all of its groups; our daemons have their own alone. */
export interface ProgramUser extends ServiceUser {
  readonly groups: readonly number[]
}

/** A user with its groups; null when there is no such user, or its groups are not told. */
export function findProgramUser(name: string): ProgramUser | null {
  const user = findUser(name)
  try {
    const groups = execFileSync('id', ['-G', name], { encoding: 'utf8', timeout: 5_000, stdio: 'pipe' })
    return user === null ? null : { ...user, groups: groups.trim().split(' ').map(Number) }
  } catch {
    return null
  }
}

/**
 * The first file or folder that stops a user: a folder without the right to pass, a file without the right to read, or to run.
 */
export function findObstacle(
  doors: readonly Door[],
  { uid, gid, groups = [] }: ServiceUser & Partial<ProgramUser>,
  wanted: 'read' | 'run' = 'read',
): string | null {
  const closed = doors.find((door) => {
    const shift = door.uid === uid ? 6 : door.gid === gid || groups.includes(door.gid) ? 3 : 0
    return uid !== 0 && ((door.mode >> shift) & (door.isFolder || wanted === 'run' ? 0o1 : 0o4)) === 0
  })
  return closed?.path ?? null
}

/** The first folder or file on the way to a file that a user may not pass, or read or run; null = none. */
export function findObstacleTo(
  file: string,
  user: ServiceUser & Partial<ProgramUser>,
  wanted: 'read' | 'run' = 'read',
): string | null {
  return findObstacle(doorsTo(file), user, wanted)
}

/** Every folder from the root to a file, and the file. */
function doorsTo(file: string): readonly Door[] {
  const above = dirname(file)
  const doors = above === file ? [] : doorsTo(above)
  const stats = tryStat(file)
  if (stats === null) return doors
  return [...doors, { path: file, uid: stats.uid, gid: stats.gid, mode: stats.mode, isFolder: stats.isDirectory() }]
}

function tryStat(path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}
