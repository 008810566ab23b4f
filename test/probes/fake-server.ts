import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'

/** A server of a few lines on a free loopback port, closed when disposed. */
export interface FakeServer extends AsyncDisposable {
  readonly url: ListenUrl
}

/** Answers each datagram with what `reply` gives, in order; none = silence. */
export async function fakeUdp(reply: (question: Buffer) => readonly Buffer[], host = '127.0.0.1'): Promise<FakeServer> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', (question, from) => {
    for (const answer of reply(question)) socket.send(answer, from.port, from.address)
  })
  socket.bind(0, host)
  await once(socket, 'listening')
  return {
    url: { scheme: 'udp', host, device: null, port: socket.address().port },
    [Symbol.asyncDispose]: async () => {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

/** Gives each connection to `serve`. */
export async function fakeTcp(serve: (connection: Socket) => void): Promise<FakeServer> {
  const connections = new Set<Socket>()
  const server = createServer((connection) => {
    connections.add(connection)
    connection.on('error', () => connection.destroy())
    serve(connection)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: { scheme: 'tcp', host: '127.0.0.1', device: null, port },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const connection of connections) connection.destroy()
      await closed
    },
  }
}
