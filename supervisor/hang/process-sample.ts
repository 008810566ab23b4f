import { readFileSync } from 'node:fs'

/** One look at a process; two of them tell what it did in between. */
export interface ProcessSample {
  /** Monotonic. */
  readonly atMs: number
  /** The kernel's letter: R runs or would, S sleeps, D waits in the kernel, T stopped, Z dead. */
  readonly state: string
  /** Time that its main thread was on a CPU so far. */
  readonly cpuMs: number
  /** Time that it was ready to run and another one ran instead, so far; 0 where the kernel does not count it. */
  readonly waitedMs: number
}

const TICK_MS = 10

/** Looks at the main thread of a process: that is where JavaScript runs. null when it cannot be seen. */
export function readSample(pid: number, atMs: number, proc = '/proc'): ProcessSample | null {
  const stat = read(`${proc}/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state = '', user, system] = [fields[0], fields[11], fields[12]]
  if (user === undefined || system === undefined) return null
  const [cpuNs, waitedNs] = read(`${proc}/${pid}/schedstat`).split(' ')
  if (cpuNs === undefined || waitedNs === undefined)
    return { atMs, state, cpuMs: (Number(user) + Number(system)) * TICK_MS, waitedMs: 0 }
  return { atMs, state, cpuMs: Number(cpuNs) / 1e6, waitedMs: Number(waitedNs) / 1e6 }
}

/** Part of the last ten seconds in which somebody on this machine waited for a CPU, in percent; null where not told. */
export function readCpuPressure(proc = '/proc'): number | null {
  const average = /^some avg10=([0-9.]+)/m.exec(read(`${proc}/pressure/cpu`))?.[1]
  return average === undefined ? null : Number(average)
}

/**
 * Where in the kernel a process is, in one line: `state S, wchan futex_do_wait, system call 202, stack …`. Some of it only
 * root may see. null when nothing can be.
 */
export function readKernelPlace(pid: number, proc = '/proc'): string | null {
  const state = /^State:\s+(.+)$/m.exec(read(`${proc}/${pid}/status`))?.[1]
  if (state === undefined) return null
  const wchan = read(`${proc}/${pid}/wchan`).trim()
  const [call = ''] = read(`${proc}/${pid}/syscall`).trim().split(' ')
  const stack = [...read(`${proc}/${pid}/stack`).matchAll(/\] (\w+)\+/g)].map(([, name]) => name)
  return [
    `state ${state}`,
    ...(wchan === '' || wchan === '0' ? [] : [`wchan ${wchan}`]),
    ...(/^[0-9]+$/.test(call) ? [`system call ${call}`] : []),
    ...(stack.length === 0 ? [] : [`stack ${stack.slice(0, 8).join(' < ')}`]),
  ].join(', ')
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
