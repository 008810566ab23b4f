import { readFileSync } from 'node:fs'

/** Whether a process is dead, be it that nobody has reaped it yet. */
export function isGone(pid: number): boolean {
  return /^[ZX]?$/.test(stateOf(pid))
}

/** Whether it is dead and waits to be reaped. */
export function isZombie(pid: number): boolean {
  return stateOf(pid) === 'Z'
}

/** The letter of its state, as proc(5) has it; empty when there is no such process. */
export function stateOf(pid: number): string {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? ''
  } catch {
    return ''
  }
}
