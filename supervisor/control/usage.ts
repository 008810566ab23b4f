import { readFileSync } from 'node:fs'
import { asOwnerOf } from '../../daemons/linux/as-owner.ts'

const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

/** What a process takes of the machine. */
export interface Usage {
  /** Its fair share (PSS) where we may read it, else all it maps (RSS). */
  readonly memoryBytes: number | null
  readonly cpuSeconds: number | null
}

/** A memory that old is told again without a look, except of a process that is young itself: it still grows. */
const FRESH_MS = 2_000
/** Remembered at most; all are forgotten then. */
const MOST_REMEMBERED = 256

interface Seen {
  readonly bytes: number | null
  readonly atMs: number
  /** When it was seen first. */
  readonly firstMs: number
}

/**
 * Reads what processes take for whoever asks often: the kernel walks all pages of a process to tell its memory, which takes
 * a millisecond or two each and holds that process up meanwhile.
 */
export class UsageMeter {
  readonly #nowMs: () => number
  readonly #proc: string
  readonly #memory = new Map<number, Seen>()

  constructor(nowMs: () => number, proc = '/proc') {
    this.#nowMs = nowMs
    this.#proc = proc
  }

  /** The memory (of the last two seconds) and processor time of a process; null where it is gone or hidden. */
  read(pid: number): Usage {
    const folder = `${this.#proc}/${pid}`
    const nowMs = this.#nowMs()
    let memory = this.#memory.get(pid)
    const { firstMs } = memory ?? { firstMs: nowMs }
    if (memory === undefined || nowMs - memory.atMs > FRESH_MS || nowMs - firstMs <= FRESH_MS) {
      memory = { bytes: memoryOf(folder), atMs: nowMs, firstMs }
      if (this.#memory.size >= MOST_REMEMBERED) this.#memory.clear()
      this.#memory.set(pid, memory)
    }
    return { memoryBytes: memory.bytes, cpuSeconds: cpuOf(folder) }
  }
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
