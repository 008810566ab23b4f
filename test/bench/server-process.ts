import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'

/** A server under measurement: started, asked for its CPU time, stopped. */
export class ServerProcess {
  readonly title: string
  readonly #child: ChildProcess

  /** @param fds descriptors that it gets from 3 on */
  constructor(
    title: string,
    command: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    fds: readonly number[] = [],
  ) {
    this.title = title
    this.#child = spawn(command, [...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'inherit', ...fds],
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** CPU time used so far by all its threads, user and system, also by those that have ended. @unit microseconds */
  cpuMicroseconds(): number {
    const folder = `/proc/${this.#child.pid}`
    // The first figure is the time on a processor in nanoseconds; a thread may end while we look.
    const times = readdirSync(`${folder}/task`).map((thread) => readIfThere(`${folder}/task/${thread}/schedstat`))
    const living = times.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1000, 0)
    // proc(5): utime and stime of the whole process are fields 14 and 15, in steps of 10 ms; the command's name ends with a parenthesis.
    const stat = readFileSync(`${folder}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Math.max(living, (Number(fields[11]) + Number(fields[12])) * 10_000)
  }

  /** The most memory that it ever had. @unit bytes, resident */
  peakBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'latin1')
    return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024
  }

  /** Ends the server and waits for its exit. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await gone
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '0'
  }
}
