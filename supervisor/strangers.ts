import { readdirSync, readFileSync } from 'node:fs'
import { reapZombie } from '../daemons/linux/process-control.ts'

/** A child of this process. */
interface Stranger {
  readonly pid: number
  readonly zombie: boolean
}

/**
 * Looks after children that we did not start: orphans of our services that the kernel gave to us (subreaper, or PID 1).
 * Dead ones are reaped; living ones that belong to a life which is over are killed.
 *
 * @param known pids that Node waits for itself; taking their exit status would hide their end from it
 * @param isOver whether the life of this mark (variable LANWARD_LIFE of its environment) has ended
 * @returns how many were reaped and killed
 */
export function tendStrangers(
  known: ReadonlySet<number>,
  isOver: (mark: string) => boolean,
): { readonly reaped: number; readonly killed: number } {
  let reaped = 0
  let killed = 0
  for (const { pid, zombie } of strangers(known)) {
    if (zombie) {
      if (reapZombie(pid)) reaped += 1
      continue
    }
    const mark = markOf(pid)
    if (mark === null || !isOver(mark)) continue
    try {
      process.kill(pid, 'SIGKILL')
      killed += 1
    } catch {
      // It went by itself.
    }
  }
  return { reaped, killed }
}

function strangers(known: ReadonlySet<number>): readonly Stranger[] {
  const found: Stranger[] = []
  for (const task of entries('/proc/self/task')) {
    for (const word of text(`/proc/self/task/${task}/children`).split(' ')) {
      const pid = Number(word)
      if (pid === 0 || known.has(pid)) continue
      const stat = text(`/proc/${pid}/stat`)
      found.push({ pid, zombie: stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'Z' })
    }
  }
  return found
}

function markOf(pid: number): string | null {
  const variable = text(`/proc/${pid}/environ`)
    .split('\0')
    .find((entry) => entry.startsWith('LANWARD_LIFE='))
  return variable === undefined ? null : variable.slice('LANWARD_LIFE='.length)
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
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
