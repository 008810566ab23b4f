import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { ProbeTarget } from '../probes/probe-target.ts'
import { AnswerBook } from './answer-book.ts'
import type { NumberedClient, NumberedProtocol } from './numbered-client.ts'

const RECEIVE_BUFFER_BYTES = 4 << 20

/**
 * Asks over UDP, from as many addresses of loopback as its requests need: a server that limits each client sees many.
 *
 * @param options.perSource requests that one address may send
 * @param options.wanted requests in all, as far as the addresses go
 */
export async function openDatagramClient(
  target: ProbeTarget,
  protocol: NumberedProtocol,
  options: { readonly perSource: number; readonly wanted: number; readonly sourceOf: (index: number) => string | null },
): Promise<NumberedClient> {
  const book = new AnswerBook()
  const sockets: Socket[] = []
  while (sockets.length * options.perSource < options.wanted) {
    const address = options.sourceOf(sockets.length)
    if (address === null) break
    const socket = createSocket({ type: target.family === 4 ? 'udp4' : 'udp6', recvBufferSize: RECEIVE_BUFFER_BYTES })
    socket.on('error', () => undefined)
    socket.on('message', (answer) => {
      const number = protocol.decode(answer)
      if (number !== null) book.answered(number)
    })
    socket.bind(0, address)
    await once(socket, 'listening')
    sockets.push(socket)
  }
  return {
    budget: Math.min(options.wanted, sockets.length * options.perSource),
    send: () => {
      const number = book.sent()
      sockets[number % sockets.length]?.send(protocol.encode(number), target.port, target.host, () => undefined)
    },
    settle: (patienceMs) => book.settle(patienceMs),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))))
    },
  }
}
