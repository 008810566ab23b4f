import { readFileSync } from 'node:fs'
import { asOwnerOf } from '../daemons/linux/as-owner.ts'

const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

/** What a process takes of the machine. */
export interface Usage {
  /** Its fair share (PSS) where we may read it, else all it maps (RSS). */
  readonly memoryBytes: number | null
  readonly cpuSeconds: number | null
}

/** Reads the memory and processor time of a process; null where it is gone or hidden. */
export function readUsage(pid: number, proc = '/proc'): Usage {
  return { memoryBytes: memoryOf(`${proc}/${pid}`), cpuSeconds: cpuOf(`${proc}/${pid}`) }
}

function memoryOf(folder: string): number | null {
  const share = /^Pss:\s+([0-9]+) kB$/m.exec(read(folder, 'smaps_rollup'))?.[1]
  if (share !== undefined) return Number(share) * 1024
  const pages = read(folder, 'statm').split(' ')[1]
  return pages === undefined ? null : Number(pages) * PAGE_BYTES
}

function cpuOf(folder: string): number | null {
  const stat = read(folder, 'stat')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [fields[11], fields[12]]
  return user === undefined || system === undefined ? null : (Number(user) + Number(system)) / TICKS_PER_SECOND
}

/** How many processes the kernel has killed for want of memory since it started; 0 when it does not tell. */
export function readMemoryKills(proc = '/proc'): number {
  return Number(/^oom_kill ([0-9]+)$/m.exec(read(proc, 'vmstat'))?.[1] ?? 0)
}

function read(folder: string, file: string): string {
  try {
    return asOwnerOf(folder, () => readFileSync(`${folder}/${file}`, 'latin1'))
  } catch {
    return ''
  }
}
