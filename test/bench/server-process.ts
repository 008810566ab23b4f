import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

/** A server under measurement: started, asked for its CPU time, stopped. */
export class ServerProcess {
  readonly title: string
  readonly #child: ChildProcess

  constructor(title: string, command: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
    this.title = title
    this.#child = spawn(command, [...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }

  /** CPU time used so far, user and system. @unit microseconds, in steps of 10,000 */
  cpuMicroseconds(): number {
    // proc(5): utime and stime are fields 14 and 15; the second, the command's name, ends with a parenthesis.
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10_000
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
