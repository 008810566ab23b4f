import { execFileSync } from 'node:child_process'
import { lchownSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Whom a child becomes. */
export interface ServiceUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/**
 * Looks a user up, first in `/etc/passwd`, then wherever this machine keeps its users.
 *
 * @returns null when there is no such user
 */
export function findUser(name: string, passwd = readFileSync('/etc/passwd', 'utf8')): ServiceUser | null {
  const known = readUser(name, passwd)
  if (known !== null) return known
  try {
    const line = execFileSync('getent', ['passwd', name], { encoding: 'utf8', timeout: 5_000, stdio: 'pipe' })
    return readUser(name, line)
  } catch {
    return null
  }
}

function readUser(name: string, passwd: string): ServiceUser | null {
  for (const line of passwd.split('\n')) {
    const [user, , uid, gid, , home] = line.split(':')
    if (user === name && uid !== undefined && gid !== undefined)
      return { name, uid: Number(uid), gid: Number(gid), home: home ?? '/' }
  }
  return null
}

/** What to say when `[supervisor] user` does not exist. */
export function missingUserText(name: string): string {
  return `user ${name} does not exist; create it with: useradd --system --no-create-home --shell /usr/sbin/nologin ${name} (or: systemd-sysusers), or set [supervisor] user`
}

/**
 * Gives a folder and what is in it to a user, if the folder is not the user's yet. Follows no symbolic links.
 *
 * @throws Error when the rights do not suffice
 */
export function giveFolder(path: string, user: ServiceUser): void {
  if (lstatSync(path).uid === user.uid) return
  giveTree(path, user)
}

function giveTree(path: string, user: ServiceUser): void {
  if (lstatSync(path).isDirectory()) for (const entry of readdirSync(path)) giveTree(join(path, entry), user)
  lchownSync(path, user.uid, user.gid)
}
