import type { Finding } from '../service/service-state.ts'
import { diagnose } from './diagnose.ts'
import { Interrogation } from './interrogation.ts'
import { type ProcessSample, readCpuPressure, readKernelPlace, readSample } from './process-sample.ts'

/** The sign of life that is missing. */
type Sign = 'watchdog' | 'probe'

/** Finds out why one process gives no sign of life, and where it hangs. */
export class HangWatch {
  readonly #nowMs: () => number
  readonly #suspected = new Map<Sign, ProcessSample | null>()
  #interrogation: Interrogation | null = null

  /** @param nowMs monotonic */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Notes how it stands now, to compare with later; kept until it gives that sign. */
  suspect(sign: Sign, pid: number | null): void {
    if (!this.#suspected.has(sign)) this.#suspected.set(sign, this.#look(pid))
  }

  forgive(sign: Sign): void {
    this.#suspected.delete(sign)
  }

  /** @param budgetMs CPU time in which a sound process gives that sign */
  examine(sign: Sign, pid: number | null, budgetMs: number): Finding {
    return diagnose(this.#suspected.get(sign) ?? null, this.#look(pid), budgetMs, readCpuPressure())
  }

  /**
   * Asks where it hangs, in the kernel and in JavaScript; takes up to two seconds, never rejects.
   *
   * @param own whether it is a Node process of ours; to any other program SIGUSR1 may mean something else
   */
  async locate(
    child: { readonly pid: number; signalLeader(signal: 'SIGUSR1'): void },
    own: boolean,
  ): Promise<readonly string[]> {
    const place = readKernelPlace(child.pid)
    if (own) this.#interrogation = new Interrogation(() => child.signalLeader('SIGUSR1'))
    const stack = (await this.#interrogation?.stack) ?? []
    return [...(place === null ? [] : [`in the kernel: ${place}`]), ...stack.map((line) => `  ${line}`)]
  }

  /** Takes a line that it printed. @returns whether that was an answer to us alone */
  hear(line: string): boolean {
    return this.#interrogation?.hear(line) ?? false
  }

  #look(pid: number | null): ProcessSample | null {
    return pid === null ? null : readSample(pid, this.#nowMs())
  }
}
