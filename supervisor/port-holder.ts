import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import type { ListenUrl } from '../daemons/wire/listen-url.ts'

/** The process that has a port. */
export interface PortHolder {
  readonly pid: number
  readonly name: string
}

/**
 * Finds who holds the port of a refused socket, as far as our rights show it; other network namespaces are not seen.
 *
 * @returns null when nobody is found: the socket is gone by now, or its owner is hidden from us
 */
export function findPortHolder(url: ListenUrl, proc = '/proc'): PortHolder | null {
  if (url.scheme === 'unix' || url.scheme === 'packet') return null
  const protocol = url.scheme === 'udp' ? 'udp' : 'tcp'
  const inodes = new Set<string>()
  for (const table of [protocol, `${protocol}6`]) {
    for (const inode of inodesOfPort(readOr(`${proc}/net/${table}`, ''), url.port, protocol)) inodes.add(inode)
  }
  if (inodes.size === 0) return null
  for (const pid of readdirSync(proc).filter((entry) => /^[0-9]+$/.test(entry))) {
    if (!holdsOne(`${proc}/${pid}/fd`, inodes)) continue
    return { pid: Number(pid), name: programName(`${proc}/${pid}`) }
  }
  return null
}

/** Reads the inodes of the sockets bound to `port` out of `/proc/net/udp` or `tcp`; of TCP only listening ones. */
export function inodesOfPort(table: string, port: number, protocol: 'udp' | 'tcp'): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes: string[] = []
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/)
    const listening = protocol === 'udp' || fields[3] === '0A'
    if (listening && fields[1]?.split(':')[1] === wanted && fields[9] !== undefined) inodes.push(fields[9])
  }
  return inodes
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
