import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { openSocketPair } from '../../daemons/linux/open-pipe.ts'
import { closeFd } from '../../daemons/linux/open-socket.ts'
import { receiveDescriptors, sendDescriptors } from '../../daemons/linux/passed-descriptors.ts'
import { MAX_ORDER_BYTES, type SpareOrder } from '../../daemons/runtime/spare-order.ts'
import { readable } from '../support/loopback.ts'

const DAEMONS = new URL('../../daemons/', import.meta.url).pathname

/** The source of a daemon's program. */
export function programOf(daemon: string): string {
  return join(DAEMONS, daemon, 'main.ts')
}

/** A spare as the supervisor starts it, from source. */
export class SpareProcess implements AsyncDisposable {
  readonly child: ChildProcess
  readonly #orders: number
  readonly #exited: Promise<unknown[]>
  #printed = ''
  #open = true

  /** @param mark first value of LANWARD_LIFE, whose room every later one has */
  constructor(programs: readonly string[], mark: string) {
    const [ours, theirs] = openSocketPair('messages')
    this.#orders = ours
    this.child = spawn(process.execPath, [programOf('spare'), ...programs], {
      env: { PATH: process.env['PATH'] ?? '', LANWARD_LIFE: mark },
      stdio: ['ignore', 'pipe', 'pipe', theirs, 'ipc'],
    })
    closeFd(theirs)
    this.#exited = once(this.child, 'exit')
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text
      })
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** What it printed so far. */
  get printed(): string {
    return this.#printed
  }

  /** Waits for what it says when it is loaded; null when it died before. */
  async word(): Promise<string | null> {
    await readable(this.#orders)
    return receiveDescriptors(this.#orders, MAX_ORDER_BYTES)?.bytes.toString() ?? null
  }

  order(order: SpareOrder, fds: readonly number[]): void {
    sendDescriptors(this.#orders, Buffer.from(JSON.stringify(order)), fds)
  }

  /** As the supervisor's end goes with the supervisor. */
  abandon(): void {
    if (this.#open) closeFd(this.#orders)
    this.#open = false
  }

  /** Its exit code, or the signal that ended it. */
  async end(signal?: NodeJS.Signals): Promise<number | string | null> {
    if (signal !== undefined) this.child.kill(signal)
    await this.#exited
    return this.child.exitCode ?? this.child.signalCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
    this.abandon()
  }
}
