import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { asOwnerOf } from '../../daemons/linux/as-owner.ts'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import { rivalInodes } from './socket-table.ts'

/** The process that has a port. */
export interface PortHolder {
  readonly pid: number
  readonly name: string
}

/**
 * Finds who holds the port or path of a refused socket, as far as our rights show it; other network namespaces are not
 * seen.
 *
 * @returns null when nobody is found: the socket is gone by now, or its owner is hidden from us
 */
export function findPortHolder(url: ListenUrl, proc = '/proc'): PortHolder | null {
  const inodes = rivalInodes(url, proc)
  if (inodes.size === 0) return null
  for (const pid of readdirSync(proc).filter((entry) => /^[0-9]+$/.test(entry))) {
    const holder = holderOf(`${proc}/${pid}`, Number(pid), inodes)
    if (holder !== null) return holder
  }
  return null
}

function holderOf(folder: string, pid: number, inodes: ReadonlySet<string>): PortHolder | null {
  try {
    return asOwnerOf(folder, () => (holdsOne(`${folder}/fd`, inodes) ? { pid, name: programName(folder) } : null))
  } catch {
    return null // It ended meanwhile.
  }
}

function holdsOne(folder: string, inodes: ReadonlySet<string>): boolean {
  let entries: string[]
  try {
    entries = readdirSync(folder)
  } catch {
    return false
  }
  return entries.some((entry) => {
    try {
      const inode = /^socket:\[([0-9]+)\]$/.exec(readlinkSync(`${folder}/${entry}`))?.[1]
      return inode !== undefined && inodes.has(inode)
    } catch {
      return false
    }
  })
}

/** The name of the program's file: a thread may have given the process another name. */
function programName(folder: string): string {
  try {
    return basename(readlinkSync(`${folder}/exe`)).replace(/ \(deleted\)$/, '')
  } catch {
    return readOr(`${folder}/comm`, '?').trim()
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return otherwise
  }
}
