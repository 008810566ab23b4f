import { type ChildProcess, spawn } from 'node:child_process'
import { ChildChannel } from './child-channel.ts'
import { readOutput } from './child-output.ts'
import { type ChildPorts, closePorts, openPorts } from './child-ports.ts'
import type { Launch } from './launch.ts'
import type { ServiceUser } from './service-user.ts'

/** Where passed sockets begin, sd_listen_fds(3); the channel comes after them. */
const FIRST_PASSED_FD = 3

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
  readonly #events: ChildEvents
  readonly #outputs: readonly ReturnType<typeof readOutput>[]
  readonly #channel: ChildChannel | null
  #over = false

  private constructor(pid: number, ports: ChildPorts, events: ChildEvents) {
    this.pid = pid
    this.#events = events
    this.#outputs = [ports.stdout, ports.stderr].map((fd) => readOutput(fd, events.onLine))
    this.#channel = ports.channel === null ? null : new ChildChannel(ports.channel, events.onAsk)
    void Promise.all(this.#outputs.map(({ done }) => done)).then(() => events.onSilence())
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
    const { ours, theirs } = openPorts(options.own)
    const child = spawnGroup(launch, options, theirs)
    closePorts(theirs)
    const pid = child instanceof Error ? undefined : child.pid
    if (child instanceof Error || pid === undefined) {
      closePorts(ours)
      if (child instanceof Error) events.onRefused(refusalText(launch, child))
      else child.once('error', (error) => events.onRefused(refusalText(launch, error)))
      return null
    }
    child.on('error', () => undefined)
    const started = new Child(pid, ours, events)
    child.once('exit', (code, signal) => started.#end(code, signal))
    return started
  }

  /** Asks one of our daemons; see `ChildChannel`. */
  ask(question: string, params: unknown, timeoutMs: number): Promise<unknown> {
    return this.#channel?.ask(question, params, timeoutMs) ?? Promise.reject(new Error('it answers no questions'))
  }

  /** Signals the whole group; does nothing once the leader is gone (its number may belong to somebody else). */
  signal(signal: NodeJS.Signals): void {
    if (!this.#over) send(-this.pid, signal)
  }

  /** Signals the leader alone. */
  signalLeader(signal: NodeJS.Signals): void {
    if (!this.#over) send(this.pid, signal)
  }

  #end(code: number | null, signal: string | null): void {
    this.#over = true
    // What it left behind in its group goes with it; the group's number cannot be reused before it is empty.
    send(-this.pid, 'SIGKILL')
    for (const output of this.#outputs) output.expire()
    this.#channel?.close('the daemon ended')
    this.#events.onExit(code, signal)
  }
}

/** To a process or, by its negative number, a group. */
function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch {
    // ESRCH: nobody is left in the group.
  }
}

/** Starts the process as leader of a new session; some failures Node throws, others it tells by event. */
function spawnGroup(
  launch: Launch,
  { fds, user }: { readonly fds: readonly number[]; readonly user: ServiceUser | null },
  { stdout, stderr, channel }: ChildPorts,
): ChildProcess | Error {
  // What Node itself tells a child of the channel that `stdio: 'ipc'` would have made.
  const ipc =
    channel === null
      ? {}
      : { NODE_CHANNEL_FD: String(FIRST_PASSED_FD + fds.length), NODE_CHANNEL_SERIALIZATION_MODE: 'json' }
  try {
    return spawn(launch.file, launch.args, {
      cwd: launch.cwd,
      env: { ...launch.environment, ...ipc },
      detached: true,
      stdio: ['ignore', stdout, stderr, ...fds, ...(channel === null ? [] : [channel])],
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function refusalText(launch: Launch, error: Error): string {
  return `cannot start ${launch.file}: ${error.message}`
}
