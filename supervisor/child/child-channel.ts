import { errorWords } from '../error-words.ts'
import { freshPort, IpcPort, type PortRecord } from './ipc-port.ts'

/** Questions of ours that may wait for an answer at one time. */
const MAX_OPEN = 64

interface Open {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** A channel as it stands; questions of ours that are open are given up: who asked them is gone as well. */
export interface ChannelRecord {
  readonly port: PortRecord
  /** Late answers to earlier questions must not be taken for answers to new ones. */
  readonly nextId: number
  /** Questions of the daemon that still wait for their answer. */
  readonly asked: readonly Asked[]
}

interface Asked {
  readonly id: number
  readonly method: string
  readonly params: unknown
}

/** The channel of a daemon that was just started. */
export function freshChannel(fd: number): ChannelRecord {
  return { port: freshPort(fd), nextId: 1, asked: [] }
}

/** Questions and answers with one of our daemons over its IPC channel. */
export class ChildChannel {
  readonly #port: IpcPort
  readonly #open = new Map<number, Open>()
  readonly #asked = new Map<number, Asked>()
  readonly #onAsk: (method: string, params: unknown) => Promise<unknown>
  #nextId: number

  /**
   * @param record its descriptor is ours to close
   * @param onAsk answers a question of the daemon; what it rejects with is told to the daemon as text
   */
  constructor(record: ChannelRecord, onAsk: (method: string, params: unknown) => Promise<unknown>) {
    this.#onAsk = onAsk
    this.#nextId = record.nextId
    this.#port = new IpcPort(record.port, {
      message: (message) => this.#receive(message),
      end: () => this.#giveUp('the daemon closed its channel'),
    })
    for (const asked of record.asked) this.#answer(asked)
  }

  /** Plain data for whoever goes on with it; null once it is closed. */
  record(): ChannelRecord | null {
    const port = this.#port.record()
    return port === null ? null : { port, nextId: this.#nextId, asked: [...this.#asked.values()] }
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
  #receive(message: unknown): void {
    if (!isRecord(message)) return
    const { id, ask, params } = message as { id?: unknown; ask?: unknown; params?: unknown }
    if (typeof id !== 'number') return
    if (typeof ask === 'string') {
      this.#answer({ id, method: ask, params: params ?? null })
      return
    }
    const open = this.#settle(id)
    if (typeof message['error'] === 'string') open?.reject(new Error(message['error']))
    else open?.resolve(message['result'])
  }
  #answer(asked: Asked): void {
    const { id, method, params } = asked
    const reply = (answer: object): void => {
      this.#asked.delete(id)
      this.#port.send({ id, ...answer })
    }
    this.#asked.set(id, asked)
    this.#onAsk(method, params).then(
      (result) => reply({ result: result ?? null }),
      (error: unknown) => reply({ error: errorWords(error) }),
    )
  }
}

/** Whether a value from outside is an object with names. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
