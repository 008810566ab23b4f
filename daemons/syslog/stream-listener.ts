import { createServer, type Server, type Socket } from 'node:net'
import type { Logger } from 'pino'
import type { HeldSocket } from '../runtime/contract.ts'
import { senderOf } from './connection-table.ts'
import type { StreamDesk } from './stream-desk.ts'

/** Accepts connections on one held TCP or unix stream socket and hands them to the desk. */
export class StreamListener {
  readonly #server: Server

  constructor(socket: HeldSocket, desk: StreamDesk, log: Logger) {
    const via = socket.name
    const local = socket.url.scheme === 'unix-stream'
    this.#server = createServer({ keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, (peer) => {
      if (local) desk.open(peer, 'unix', via, 'unix')
      else desk.open(peer, peerName(peer), via, senderOf(peer.remoteAddress ?? ''))
    })
    this.#server.on('error', (error) => log.error({ err: error, listen: via }, 'cannot accept connections'))
    this.#server.listen({ fd: socket.fd })
  }

  /** Accepts no more; who is not accepted waits in the held socket. */
  close(): void {
    this.#server.close()
  }
}

/** The other end as `src` has it: `192.0.2.1:40000`, `[2001:db8::1]:40000`. */
export function peerName({ remoteAddress = '', remotePort }: Socket): string {
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
}

/** A sender that is gone without a word is found out by then. */
export const KEEP_ALIVE_MS = 60_000
