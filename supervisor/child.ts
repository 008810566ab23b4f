import { type ChildProcess, spawn } from 'node:child_process'
import { ChildChannel } from './child-channel.ts'
import { readOutput } from './child-output.ts'
import type { Launch } from './launch.ts'
import type { ServiceUser } from './service-user.ts'

/** What a child does; each is told at most once per cause, `exit` exactly once. */
export interface ChildEvents {
  onRefused(error: string): void
  onExit(code: number | null, signal: string | null): void
  onLine(line: string): void
  /** Both outputs are read to their end, or were given up. */
  onSilence(): void
  onAsk(method: string, params: unknown): Promise<unknown>
}

/** One running process, leader of a session and group of its own. */
export class Child {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #channel: ChildChannel | null
  #over = false

  private constructor(child: ChildProcess, pid: number, channel: ChildChannel | null) {
    this.#child = child
    this.pid = pid
    this.#channel = channel
  }

  /**
   * Starts a process.
   *
   * @param fds passed on from descriptor 3 in this order
   * @param own whether it is one of ours and gets an IPC channel
   * @returns null when it could not be started; `onRefused` tells why, now or a moment later
   */
  static start(
    launch: Launch,
    options: { readonly fds: readonly number[]; readonly own: boolean; readonly user: ServiceUser | null },
    events: ChildEvents,
  ): Child | null {
    const child = spawnGroup(launch, options)
    if (child instanceof Error) {
      events.onRefused(refusalText(launch, child))
      return null
    }
    const { pid } = child
    if (pid === undefined) {
      child.once('error', (error) => events.onRefused(refusalText(launch, error)))
      return null
    }
    child.on('error', () => undefined)
    const channel = options.own ? new ChildChannel(child, events.onAsk) : null
    const started = new Child(child, pid, channel)
    started.#watch(events)
    return started
  }

  /** Asks one of our daemons; see `ChildChannel`. */
  ask(question: string, params: unknown, timeoutMs: number): Promise<unknown> {
    return this.#channel?.ask(question, params, timeoutMs) ?? Promise.reject(new Error('it answers no questions'))
  }

  /** Signals the whole group; does nothing once the leader is gone (its number may belong to somebody else). */
  signal(signal: NodeJS.Signals): void {
    if (!this.#over) signalGroup(this.pid, signal)
  }

  /** Signals the leader alone. */
  signalLeader(signal: NodeJS.Signals): void {
    if (!this.#over) this.#child.kill(signal)
  }

  #watch(events: ChildEvents): void {
    const outputs = [this.#child.stdout, this.#child.stderr]
      .filter((stream) => stream !== null)
      .map((stream) => readOutput(stream, events.onLine))
    this.#child.once('exit', (code, signal) => {
      this.#over = true
      // What it left behind in its group goes with it; the group's number cannot be reused before it is empty.
      signalGroup(this.pid, 'SIGKILL')
      for (const output of outputs) output.expire()
      this.#channel?.close('the daemon ended')
      events.onExit(code, signal)
    })
    void Promise.all(outputs.map(({ done }) => done)).then(() => events.onSilence())
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: nobody is left in the group.
  }
}

/** Starts the process as leader of a new session; some failures Node throws, others it tells by event. */
function spawnGroup(
  launch: Launch,
  { fds, own, user }: { readonly fds: readonly number[]; readonly own: boolean; readonly user: ServiceUser | null },
): ChildProcess | Error {
  try {
    return spawn(launch.file, launch.args, {
      cwd: launch.cwd,
      env: { ...launch.environment },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', ...fds, ...(own ? (['ipc'] as const) : [])],
      serialization: 'json',
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function refusalText(launch: Launch, error: Error): string {
  return `cannot start ${launch.file}: ${error.message}`
}
