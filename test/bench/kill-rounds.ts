import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { median } from './figures.ts'

/** A server that some supervisor keeps running. */
export interface Victim {
  /** Which server, by which supervisor, in words for the table. */
  readonly title: string
  /** Waits until it serves and its supervisor is prepared for its death; gives its pid. */
  settle(): Promise<number>
  /** Sends a real request and resolves with the first answer, sending again where a request can be lost. */
  ask(): Promise<void>
}

/**
 * Kills the victim again and again.
 *
 * @returns for each round, the milliseconds from SIGKILL to the first answer to a request that was sent after the death
 */
export async function killRounds(victim: Victim, rounds: number): Promise<readonly number[]> {
  const gaps: number[] = []
  for (let round = 0; round < rounds; round++) {
    const pid = await victim.settle()
    const killedMs = performance.now()
    process.kill(pid, 'SIGKILL')
    while (runs(pid)) await turn()
    await victim.ask()
    gaps.push(performance.now() - killedMs)
  }
  return gaps
}

/** The row of a victim: title, number of rounds, shortest, median and longest gap. */
export function gapRow(title: string, gaps: readonly number[]): readonly (string | number)[] {
  return [title, gaps.length, ...[Math.min(...gaps), median(gaps), Math.max(...gaps)].map((ms) => ms.toFixed(1))]
}

/** Whether a process can still answer: neither gone nor dead and not yet waited for. */
function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}
