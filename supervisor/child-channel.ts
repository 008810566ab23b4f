import type { ChildProcess, Serializable } from 'node:child_process'

/** Questions of ours that may wait for an answer at one time. */
const MAX_OPEN = 64

interface Open {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** Questions and answers with one of our daemons over the IPC channel of `child_process`. */
export class ChildChannel {
  readonly #child: ChildProcess
  readonly #open = new Map<number, Open>()
  #nextId = 1

  /** @param onAsk answers a question of the daemon; what it rejects with is told to the daemon as text */
  constructor(child: ChildProcess, onAsk: (method: string, params: unknown) => Promise<unknown>) {
    this.#child = child
    child.on('message', (message: unknown) => {
      this.#receive(message, onAsk)
    })
    child.on('disconnect', () => this.close('the daemon closed its channel'))
  }

  /** Asks the daemon; rejects with its own error, when it takes longer than `timeoutMs`, or when it is gone. */
  ask(question: string, params: unknown, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.#child.connected) return reject(new Error('the daemon is not connected'))
      if (this.#open.size >= MAX_OPEN) return reject(new Error('the daemon has too many open questions'))
      const id = this.#nextId++
      const timer = setTimeout(
        () => this.#settle(id)?.reject(new Error('the daemon did not answer in time')),
        timeoutMs,
      )
      this.#open.set(id, { resolve, reject, timer })
      this.#send({ id, question, params: params as Serializable })
    })
  }

  /** Gives up on all open questions. */
  close(why: string): void {
    for (const id of [...this.#open.keys()]) this.#settle(id)?.reject(new Error(why))
  }

  #settle(id: number): Open | undefined {
    const open = this.#open.get(id)
    if (open !== undefined) clearTimeout(open.timer)
    this.#open.delete(id)
    return open
  }

  #receive(message: unknown, onAsk: (method: string, params: unknown) => Promise<unknown>): void {
    if (!isRecord(message) || typeof message['id'] !== 'number') return
    const { id } = message as { id: number }
    if (typeof message['ask'] === 'string') {
      onAsk(message['ask'], message['params']).then(
        (result) => this.#send({ id, result: (result ?? null) as Serializable }),
        (error: unknown) => this.#send({ id, error: error instanceof Error ? error.message : String(error) }),
      )
      return
    }
    const open = this.#settle(id)
    if (typeof message['error'] === 'string') open?.reject(new Error(message['error']))
    else open?.resolve(message['result'])
  }

  /** A message that cannot be sent is lost with its daemon: the exit tells the rest. */
  #send(message: Serializable): void {
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }
}

/** Whether a value from outside is an object with names. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
