import { constants } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import type { Logger } from 'pino'
import type { HeldSocket } from '../../runtime/contract.ts'
import type { TlsIdentity } from '../../runtime/tls-identity.ts'
import { converse } from './ke-conversation.ts'
import { KE_PROTOCOL } from './ke-protocol.ts'
import type { KeRecord } from './ke-records.ts'
import type { KeAnswer } from './ke-request.ts'
import type { KeTally } from './ke-tally.ts'

/** Handshake, request and answer must be done by then. */
const PATIENCE_MS = 5_000
const MOST_CONNECTIONS = 128

/** Nothing older, and no tickets: a client comes once in days. @rfc 8915 section 3 */
const TLS = { minVersion: 'TLSv1.3', secureOptions: constants.SSL_OP_NO_TICKET } as const

export interface KeListenerParts {
  readonly socket: HeldSocket
  readonly log: Logger
  readonly tally: KeTally
  /** Judges who connects, by its address. */
  readonly admit: (address: string) => 'admitted' | 'denied' | 'turned_away'
  /** Answers the records of a request. */
  readonly decide: (peer: TLSSocket, records: readonly KeRecord[]) => KeAnswer
}

/**
 * Gives out keys and cookies on one held socket. Without a usable certificate nothing is accepted: connections wait in the
 * held socket.
 *
 * @rfc 8915 section 4
 * @attack connections that never finish: they live for seconds, and when there are many the oldest goes
 */
export class KeListener {
  readonly #parts: KeListenerParts
  /** In the order of their coming. */
  readonly #open = new Set<Socket>()
  #tls: TlsServer | null = null
  #door: Server | null = null

  constructor(parts: KeListenerParts) {
    this.#parts = parts
  }

  /** Serves with this certificate from now on; connections that stand are not touched. */
  serve({ context }: TlsIdentity): void {
    if (context === null) return
    if (this.#tls !== null) {
      this.#tls.setSecureContext({ ...context, ...TLS })
      return
    }
    const { log, socket, tally } = this.#parts
    const tls = createTlsServer({
      ...context,
      ...TLS,
      ALPNProtocols: [KE_PROTOCOL],
      handshakeTimeout: PATIENCE_MS,
    })
    tls.on('tlsClientError', (_error, peer) => {
      tally.handshake += 1
      peer.destroy()
    })
    tls.on('secureConnection', (peer) => this.#hear(peer))
    // Who is not let in costs no handshake.
    const door = createServer((raw) => {
      if (this.#letIn(raw)) tls.emit('connection', raw)
      else raw.destroy()
    })
    door.on('error', (error) => log.error({ err: error, listen: socket.name }, 'cannot accept connections'))
    door.listen({ fd: socket.fd })
    this.#tls = tls
    this.#door = door
  }

  /** Accepts no more. */
  close(): void {
    this.#door?.close()
    for (const raw of this.#open) raw.destroy()
  }

  #letIn(raw: Socket): boolean {
    const admission = this.#parts.admit(raw.remoteAddress ?? '')
    if (admission !== 'admitted') {
      this.#parts.tally[admission] += 1
      return false
    }
    const [oldest] = this.#open
    if (this.#open.size >= MOST_CONNECTIONS) oldest?.destroy()
    this.#open.add(raw)
    raw.on('error', () => raw.destroy())
    const deadline = setTimeout(() => raw.destroy(), PATIENCE_MS)
    raw.once('close', () => {
      clearTimeout(deadline)
      this.#open.delete(raw)
    })
    return true
  }

  #hear(peer: TLSSocket): void {
    const { tally, decide } = this.#parts
    peer.on('error', () => peer.destroy())
    if (peer.alpnProtocol !== KE_PROTOCOL) {
      tally.handshake += 1
      peer.destroy()
      return
    }
    let isAnswered = false
    peer.once('close', () => {
      if (!isAnswered) tally.unfinished += 1
    })
    converse(
      peer,
      (records) => decide(peer, records),
      (outcome) => {
        isAnswered = true
        tally[outcome] += 1
      },
    )
  }
}
