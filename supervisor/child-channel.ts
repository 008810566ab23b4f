import { IpcPort } from './ipc-port.ts'

/** Questions of ours that may wait for an answer at one time. */
const MAX_OPEN = 64

interface Open {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** Questions and answers with one of our daemons over its IPC channel. */
export class ChildChannel {
  readonly #port: IpcPort
  readonly #open = new Map<number, Open>()
  #nextId = 1

  /**
   * @param fd our end, ours to close
   * @param onAsk answers a question of the daemon; what it rejects with is told to the daemon as text
   */
  constructor(fd: number, onAsk: (method: string, params: unknown) => Promise<unknown>) {
    this.#port = new IpcPort(fd, {
      message: (message) => this.#receive(message, onAsk),
      end: () => this.#giveUp('the daemon closed its channel'),
    })
  }

  /** Asks the daemon; rejects with its own error, when it takes longer than `timeoutMs`, or when it is gone. */
  ask(question: string, params: unknown, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.#port.open) return reject(new Error('the daemon is not connected'))
      if (this.#open.size >= MAX_OPEN) return reject(new Error('the daemon has too many open questions'))
      const id = this.#nextId++
      const timer = setTimeout(
        () => this.#settle(id)?.reject(new Error('the daemon did not answer in time')),
        timeoutMs,
      )
      this.#open.set(id, { resolve, reject, timer })
      this.#port.send({ id, question, params })
    })
  }

  /** Gives up on all open questions and hangs up. */
  close(why: string): void {
    this.#giveUp(why)
    this.#port.close()
  }

  #giveUp(why: string): void {
    for (const id of [...this.#open.keys()]) this.#settle(id)?.reject(new Error(why))
  }

  #settle(id: number): Open | undefined {
    const open = this.#open.get(id)
    if (open !== undefined) clearTimeout(open.timer)
    this.#open.delete(id)
    return open
  }

  /** Node's own messages (`cmd: 'NODE_…'`) carry no id, and so are none of ours. */
  #receive(message: unknown, onAsk: (method: string, params: unknown) => Promise<unknown>): void {
    if (!isRecord(message)) return
    const id = message['id']
    if (typeof id !== 'number') return
    if (typeof message['ask'] === 'string') {
      onAsk(message['ask'], message['params']).then(
        (result) => this.#port.send({ id, result: result ?? null }),
        (error: unknown) => this.#port.send({ id, error: error instanceof Error ? error.message : String(error) }),
      )
      return
    }
    const open = this.#settle(id)
    if (typeof message['error'] === 'string') open?.reject(new Error(message['error']))
    else open?.resolve(message['result'])
  }
}

/** Whether a value from outside is an object with names. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
