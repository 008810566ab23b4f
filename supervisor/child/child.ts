import { type ChildProcess, spawn } from 'node:child_process'
import { Cgroup } from '../cgroup/cgroup.ts'
import { NotifyDescriptor } from '../service/notify-descriptor.ts'
import { awaitExit } from './adopted-exits.ts'
import { type ChannelRecord, ChildChannel, freshChannel } from './child-channel.ts'
import { NO_FRAGMENT } from './child-lines.ts'
import { ChildOutput, type OutputRecord } from './child-output.ts'
import { type ChildPorts, closePorts, openPorts } from './child-ports.ts'
import type { Launch } from './launch.ts'

/** Where passed sockets begin, sd_listen_fds(3); the channel comes after them. */
const FIRST_PASSED_FD = 3

/** What a child does; each is told at most once per cause, `exit` exactly once. */
export interface ChildEvents {
  /** It wrote a newline on the descriptor that is there for it. */
  onReady(): void
  onRefused(error: string): void
  /** All that it wrote itself was told before. */
  onExit(code: number | null, signal: string | null): void
  onLine(line: string): void
  /** Both outputs are read to their end, or were given up. */
  onSilence(): void
  onAsk(method: string, params: unknown): Promise<unknown>
}

/** A child as it stands, apart from what it is to us: plain data with which another program of this process goes on. */
export interface ChildRecord {
  readonly pid: number
  /** Those that are still open. */
  readonly outputs: readonly OutputRecord[]
  readonly channel: ChannelRecord | null
  /** Where it will tell that it is ready; null = nowhere, or it did. */
  readonly notify: number | null
  /** Path of its cgroup; null when it has none of its own. */
  readonly group: string | null
}

interface ChildOptions {
  readonly fds: readonly number[]
  readonly own: boolean
  readonly notifyFd: number | null
  readonly group: Cgroup | null
}

/** The descriptors that a child needs to live on in another program of this process. */
export function descriptorsOfChild({ outputs, channel, notify }: ChildRecord): readonly number[] {
  const others = [channel?.port.fd ?? null, notify].filter((fd) => fd !== null)
  return [...outputs.map(({ fd }) => fd), ...others]
}

/** One running process, leader of a session and group of its own, alone with what it starts in a cgroup where there is one. */
export class Child {
  readonly pid: number
  readonly group: Cgroup | null
  readonly #events: ChildEvents
  readonly #outputs: readonly ChildOutput[]
  readonly #channel: ChildChannel | null
  readonly #notify: NotifyDescriptor | null
  #speaking: number
  #over = false
  #memoryKilled: boolean | null = null
  #gone: Promise<void> = Promise.resolve()

  private constructor({ pid, outputs, channel, notify, group }: ChildRecord, events: ChildEvents) {
    this.pid = pid
    this.group = group === null ? null : new Cgroup(group)
    this.#events = events
    this.#speaking = outputs.length
    this.#outputs = outputs.map(
      (output) => new ChildOutput(output, { line: events.onLine, end: () => this.#fallSilent() }),
    )
    this.#channel = channel === null ? null : new ChildChannel(channel, events.onAsk)
    this.#notify = notify === null ? null : new NotifyDescriptor(notify, events.onReady)
  }

  /**
   * Starts a process.
   *
   * @param fds passed on from descriptor 3 in this order
   * @param own whether it is one of ours and gets an IPC channel
   * @param notifyFd a descriptor after those, on which it writes a newline when it is ready; null = none
   * @param group in which it is born and ends; null = there is none for it
   * @returns null when it could not be started; `onRefused` tells why, now or a moment later
   */
  static start(launch: Launch, { fds, own, notifyFd, group }: ChildOptions, events: ChildEvents): Child | null {
    const { ours, theirs } = openPorts({ channel: own, notify: notifyFd !== null })
    const spawnIt = (): ChildProcess | Error => spawnGroup(launch, { fds, notifyFd }, theirs)
    const child = group === null ? spawnIt() : group.within(spawnIt)
    closePorts(theirs)
    const pid = child instanceof Error ? undefined : child.pid
    if (child instanceof Error || pid === undefined) {
      closePorts(ours)
      void group?.end()
      if (child instanceof Error) events.onRefused(refusalText(launch, child))
      else child.once('error', (error) => events.onRefused(refusalText(launch, error)))
      return null
    }
    child.on('error', () => undefined)
    const record: ChildRecord = {
      pid,
      outputs: [ours.stdout, ours.stderr].map((fd) => ({ fd, fragment: NO_FRAGMENT })),
      channel: ours.channel === null ? null : freshChannel(ours.channel),
      notify: ours.notify,
      group: group?.path ?? null,
    }
    const started = new Child(record, events)
    child.once('exit', (code, signal) => started.#end(code, signal))
    return started
  }

  /** Goes on with a child that an earlier program of this process had. */
  static adopt(record: ChildRecord, events: ChildEvents): Child {
    const child = new Child(record, events)
    awaitExit(record.pid, ({ code, signal }) => child.#end(code, signal))
    return child
  }

  /** Everything of it that another program of this process needs to go on; changes nothing here. */
  record(): ChildRecord {
    return {
      pid: this.pid,
      outputs: this.#outputs.map((output) => output.record()).filter((output) => output !== null),
      channel: this.#channel?.record() ?? null,
      notify: this.#notify?.fd ?? null,
      group: this.group?.path ?? null,
    }
  }

  /** Once it has ended: whether the kernel killed some of it for want of memory; null when that is not counted. */
  get memoryKilled(): boolean | null {
    return this.#memoryKilled
  }

  /** Once it has ended: resolves when all that was in its cgroup is gone as well. */
  get gone(): Promise<void> {
    return this.#gone
  }

  /** Both outputs are read to their end. */
  get silent(): boolean {
    return this.#speaking === 0
  }

  /** Takes what lies in the outputs of a dead child as its last words, without waiting for more. */
  finish(): void {
    for (const output of this.#outputs) output.finish()
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

  #fallSilent(): void {
    this.#speaking -= 1
    if (this.#speaking === 0) this.#events.onSilence()
  }

  #end(code: number | null, signal: string | null): void {
    this.#over = true
    // What it left behind in its group goes with it; the group's number cannot be reused before it is empty.
    send(-this.pid, 'SIGKILL')
    const memoryKills = this.group?.memoryKills() ?? null
    this.#memoryKilled = memoryKills === null ? null : memoryKills > 0
    if (this.group !== null) this.#gone = this.group.end()
    for (const output of this.#outputs) output.expire()
    this.#channel?.close('the daemon ended')
    this.#notify?.close()
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
  { fds, notifyFd }: Pick<ChildOptions, 'fds' | 'notifyFd'>,
  { stdout, stderr, channel, notify }: ChildPorts,
): ChildProcess | Error {
  const { user } = launch
  const stdio: (number | 'ignore')[] = ['ignore', stdout, stderr, ...fds]
  // What Node itself tells a child of the channel that `stdio: 'ipc'` would have made.
  const ipc =
    channel === null
      ? {}
      : { NODE_CHANNEL_FD: String(FIRST_PASSED_FD + fds.length), NODE_CHANNEL_SERIALIZATION_MODE: 'json' }
  if (channel !== null) stdio.push(channel)
  if (notify !== null && notifyFd !== null) {
    while (stdio.length < notifyFd) stdio.push('ignore')
    stdio[notifyFd] = notify
  }
  try {
    return spawn(launch.file, launch.args, {
      cwd: launch.cwd,
      env: { ...launch.environment, ...ipc },
      detached: true,
      stdio,
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function refusalText(launch: Launch, error: Error): string {
  return `cannot start ${launch.file}: ${error.message}`
}
