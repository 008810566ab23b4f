import { createServer, type Server } from 'node:net'
import type { Logger } from 'pino'
import type { HeldSocket } from '../runtime/contract.ts'
import { senderOf } from './connection-table.ts'
import { formatSource } from './stored-line.ts'
import type { StreamDesk } from './stream-desk.ts'

/** Accepts connections on one held TCP socket and hands them to the desk. */
export class StreamListener {
  readonly #server: Server

  constructor(socket: HeldSocket, desk: StreamDesk, log: Logger) {
    const via = socket.name
    this.#server = createServer({ keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, (peer) => {
      const address = peer.remoteAddress ?? ''
      const name = address.includes(':') ? `[${address}]:${peer.remotePort}` : `${address}:${peer.remotePort}`
      desk.open(peer, { text: formatSource(name, via), local: false, first: null }, senderOf(address))
    })
    this.#server.on('error', (error) => log.error({ err: error, listen: via }, 'cannot accept connections'))
    this.#server.listen({ fd: socket.fd })
  }

  /** Accepts no more; who is not accepted waits in the held socket. */
  close(): void {
    this.#server.close()
  }
}

const KEEP_ALIVE_MS = 60_000
