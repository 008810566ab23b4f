import { readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** What all processes of one group together take; null is what the kernel does not count here. */
export interface CgroupUsage {
  /** Without pages of files, which the kernel keeps for whoever reads them next. */
  readonly memoryBytes: number | null
  /** With that of its processes which have ended. */
  readonly cpuSeconds: number | null
  readonly processes: number | null
}

/** The group beside those of the services, in which the supervisor lives. */
export const HOME = 'supervisor'
/** How often, and how far apart, it is tried to take away a group whose processes are dying. */
const REMOVALS = 100
const REMOVAL_MS = 20

/** One group of processes that none of them can leave: whatever they fork, in whatever session, is in it. */
export class Cgroup {
  readonly path: string
  readonly #home: string

  /** @param path of a group that exists, beside the one in which we ourselves live */
  constructor(path: string) {
    this.path = path
    this.#home = join(dirname(path), HOME)
  }

  /**
   * Does a piece of work inside of the group: a child forked by it is born there, so that nothing can escape before. What
   * the kernel refuses of it is left out: the work is done wherever we are.
   */
  within<T>(work: () => T): T {
    enter(this.path)
    try {
      return work()
    } finally {
      enter(this.#home)
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

  /** Kills all of it and takes the group away; resolves when that is done, or cannot be within seconds. */
  async end(): Promise<void> {
    this.kill()
    for (let count = 0; count < REMOVALS && !this.#isRemoved(); count++) {
      await pause(REMOVAL_MS)
      this.kill()
    }
  }

  usage(): CgroupUsage {
    const [anon, shmem, kernel] = ['anon', 'shmem', 'kernel'].map((key) => this.#count('memory.stat', key))
    const cpuMicroseconds = this.#count('cpu.stat', 'usage_usec')
    const processes = this.#pids().length
    return {
      memoryBytes: typeof anon === 'number' ? anon + (shmem ?? 0) + (kernel ?? 0) : null,
      cpuSeconds: cpuMicroseconds === null ? null : cpuMicroseconds / 1e6,
      processes: processes === 0 ? null : processes,
    }
  }

  /** How many of it the kernel killed for want of memory; null when it does not count them here. */
  memoryKills(): number | null {
    return this.#count('memory.events', 'oom_kill')
  }

  #count(file: string, key: string): number | null {
    const digits = new RegExp(`^${key} ([0-9]+)$`, 'm').exec(this.#read(file))?.[1]
    return digits === undefined ? null : Number(digits)
  }

  #isRemoved(): boolean {
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

function enter(path: string): void {
  try {
    writeFileSync(join(path, 'cgroup.procs'), '0')
  } catch {
    // Gone, full, or taken from us: children end with their session then.
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It went by itself.
  }
}
