import { readdirSync, readFileSync } from 'node:fs'
import { asOwnerOf } from '../../daemons/linux/as-owner.ts'
import { peekZombie, reapZombie } from '../../daemons/linux/process-control.ts'

/** A process below us that we did not start. */
export interface Stranger {
  readonly pid: number
  /** The life it belongs to (variable LANWARD_LIFE of its own environment or of an ancestor's); null when unknown. */
  readonly mark: string | null
  /** It is about to be dead, and tells nothing any more: what it forked last becomes ours only now. */
  readonly dying: boolean
}

/**
 * Reaps dead children that we did not start: orphans of our services that the kernel gave to us (subreaper, or PID 1).
 * The kernel names them one by one, so ten thousand of them cost no look into /proc.
 *
 * @param known pids that somebody else waits for; taking their exit status would hide their end
 * @param limit how many at most
 * @returns `all` when none is left, `some` when the limit was reached or a known one stands before the others
 */
export function reapStrangers(known: ReadonlySet<number>, limit: number): 'all' | 'some' {
  for (let count = 0; count < limit; count++) {
    const pid = peekZombie()
    if (pid === null) return 'all'
    if (known.has(pid) || !reapZombie(pid)) return 'some'
  }
  return 'some'
}

/**
 * Walks over the orphans that became our children and all their descendants. Reads a process only when asked for the
 * next one, so that the caller decides how much is done at a time.
 *
 * @param known our own children, which are left out with all below them
 */
export function* walkStrangers(known: ReadonlySet<number>): Generator<Stranger> {
  for (const pid of childrenOf('self')) if (!known.has(pid)) yield* walkFrom(pid, null)
}

function* walkFrom(pid: number, inherited: string | null): Generator<Stranger> {
  const environment = environmentOf(pid)
  const mark = markIn(environment) ?? inherited
  // Before it is shown to the caller, who may kill it: its children become ours then.
  const children = childrenOf(pid)
  yield { pid, mark, dying: environment === '' && text(`/proc/${pid}/cmdline`) === '' }
  for (const child of children) yield* walkFrom(child, mark)
}

/** In whichever thread it was forked, a child is listed once. */
function childrenOf(pid: number | 'self'): readonly number[] {
  return entries(`/proc/${pid}/task`).flatMap((task) =>
    text(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  )
}

function markIn(environment: string): string | null {
  const variable = environment.split('\0').find((entry) => entry.startsWith('LANWARD_LIFE='))
  return variable === undefined ? null : variable.slice('LANWARD_LIFE='.length)
}

function environmentOf(pid: number): string {
  try {
    return asOwnerOf(`/proc/${pid}`, () => readFileSync(`/proc/${pid}/environ`, 'latin1'))
  } catch {
    return '' // It ended, or is nobody's that we started.
  }
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
