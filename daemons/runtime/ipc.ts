/**
 * Questions and answers over the IPC channel of `child_process`, both ways:
 * supervisor to daemon `{ id, question, params }`, daemon to supervisor `{ id, ask, params }`; the answer is
 * `{ id, result }` or `{ id, error }` in the opposite direction.
 */

export interface Peer {
  /** Asks the supervisor by a method of the control socket; rejects without a supervisor or when it refuses. */
  ask(method: string, params: unknown): Promise<unknown>
  close(): void
}

/** The channel as `process` offers it; `send` is absent when nobody forked us. */
export interface Channel {
  send?: ((message: unknown) => boolean) | undefined
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'disconnect', listener: () => void): unknown
  disconnect?: (() => void) | undefined
  connected?: boolean | undefined
}

type Answer = (question: string, params: unknown) => Promise<unknown>

/**
 * Serves the questions that come over the channel and carries ours.
 *
 * @param answer rejects or gives undefined for a question it does not know
 * @param onGone called when the supervisor's end closes
 */
export function openIpc(channel: Channel, answer: Answer, onGone: () => void): Peer {
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>()
  let nextId = 1
  channel.on('message', (message) => {
    if (!isRecord(message) || typeof message['id'] !== 'number') return
    const id = message['id']
    if (typeof message['question'] === 'string') {
      void answerOne(channel, id, answer(message['question'], message['params']))
      return
    }
    const asked = waiting.get(id)
    waiting.delete(id)
    if (typeof message['error'] === 'string') asked?.reject(new Error(message['error']))
    else asked?.resolve(message['result'])
  })
  channel.on('disconnect', () => {
    for (const asked of waiting.values()) asked.reject(new Error('the supervisor is gone'))
    waiting.clear()
    onGone()
  })
  return {
    ask: (method, params) =>
      new Promise((resolve, reject) => {
        if (channel.send === undefined || channel.connected !== true) {
          reject(new Error('no supervisor: this daemon runs alone'))
          return
        }
        const id = nextId++
        waiting.set(id, { resolve, reject })
        channel.send({ id, ask: method, params })
      }),
    close: () => {
      if (channel.connected === true) channel.disconnect?.()
    },
  }
}

async function answerOne(channel: Channel, id: number, answer: Promise<unknown>): Promise<void> {
  let reply: { id: number; result: unknown } | { id: number; error: string }
  try {
    const result = await answer
    reply = result === undefined ? { id, error: 'this daemon does not know that question' } : { id, result }
  } catch (error) {
    reply = { id, error: error instanceof Error ? error.message : String(error) }
  }
  if (channel.connected === true) channel.send?.(reply)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
