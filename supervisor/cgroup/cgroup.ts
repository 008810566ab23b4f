import { existsSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What all processes of one group together take; null is what the kernel does not count here. */
export interface CgroupUsage {
  /** Without file pages that the kernel would give up first. */
  readonly memoryBytes: number | null
  /** With that of its processes which have ended. */
  readonly cpuSeconds: number | null
  readonly processes: number | null
}

/** How often, and how far apart, it is tried to take away a group whose processes are dying. */
const REMOVALS = 100
const REMOVAL_MS = 20

/** One group of processes that none of them can leave: whatever they fork, in whatever session, is in it. */
export class Cgroup {
  readonly path: string
  readonly #home: string

  /**
   * @param path of a group that exists
   * @param home path of the group in which we ourselves live
   */
  constructor(path: string, home: string) {
    this.path = path
    this.#home = home
  }

  /** Does a piece of work inside of the group: a child forked by it is born there, so that nothing can escape before. */
  within<T>(work: () => T): T {
    writeFileSync(join(this.path, 'cgroup.procs'), '0')
    try {
      return work()
    } finally {
      writeFileSync(join(this.#home, 'cgroup.procs'), '0')
    }
  }

  /** Kills all of it at once, what it forks meanwhile too. Never throws. */
  kill(): void {
    // Once the way back from `within` failed, that would be ourselves.
    if (this.#pids().includes(process.pid)) return
    try {
      writeFileSync(join(this.path, 'cgroup.kill'), '1')
    } catch {
      // Before Linux 5.14 one by one; who forks meanwhile is met by the next one who looks.
      for (const pid of this.#pids()) killOne(pid)
    }
  }

  /** Resolves when all of it is dead and the group is taken away, or cannot be within seconds. */
  async remove(): Promise<void> {
    for (let count = 0; count < REMOVALS && !this.#removed(); count++) {
      if (count > 0) this.kill()
      await new Promise((resolve) => setTimeout(resolve, REMOVAL_MS))
    }
  }

  usage(): CgroupUsage {
    const current = numberOf(this.#read('memory.current'))
    const idle = numberOf(/^inactive_file ([0-9]+)$/m.exec(this.#read('memory.stat'))?.[1])
    const cpuMicroseconds = numberOf(/^usage_usec ([0-9]+)$/m.exec(this.#read('cpu.stat'))?.[1])
    return {
      memoryBytes: current === null ? null : current - (idle ?? 0),
      cpuSeconds: cpuMicroseconds === null ? null : cpuMicroseconds / 1e6,
      processes: numberOf(this.#read('pids.current')) ?? (existsSync(this.path) ? this.#pids().length : null),
    }
  }

  /** How many of it the kernel killed for want of memory; null when it does not count them here. */
  memoryKills(): number | null {
    return numberOf(/^oom_kill ([0-9]+)$/m.exec(this.#read('memory.events'))?.[1])
  }

  #removed(): boolean {
    try {
      rmdirSync(this.path)
      return true
    } catch (error) {
      return !(error instanceof Error && 'code' in error && error.code === 'EBUSY')
    }
  }

  #pids(): readonly number[] {
    return this.#read('cgroup.procs').split('\n').filter(Boolean).map(Number)
  }

  #read(file: string): string {
    try {
      return readFileSync(join(this.path, file), 'latin1')
    } catch {
      return ''
    }
  }
}

function numberOf(text: string | undefined): number | null {
  return text === undefined || text.trim() === '' ? null : Number(text)
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It went by itself.
  }
}
