import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { Logger } from 'pino'
import type { HeldSocket } from '../../runtime/contract.ts'
import type { TlsIdentity } from '../../runtime/tls-identity.ts'
import type { TlsSection } from '../section.ts'
import { addressOf } from '../source-names.ts'
import { ConnectionTable, type OpenConnection, senderOf } from '../streams/connection-table.ts'
import type { StreamDesk } from '../streams/stream-desk.ts'
import { KEEP_ALIVE_MS, peerName } from '../streams/stream-listener.ts'
import { clientCheck, namesOf } from './client-check.ts'
import { describeFailure, describeWrongName, type HandshakeFailure } from './handshake-failure.ts'
import type { RefusedPeers } from './refused-peers.ts'

/** A connection that has not yet proved who it is. */
interface Newcomer extends OpenConnection {
  readonly name: string
  readonly socket: Socket
}

/**
 * Accepts syslog over TLS on one held socket and hands connections to the desk once the handshake is done and the client
 * is one that may send. Without a usable certificate nothing is accepted: connections wait in the held socket.
 *
 * @rfc 5425
 * @attack connections that never finish the handshake: they are few, short-lived, and the greediest sender loses one
 */
export class TlsListener {
  readonly #socket: HeldSocket
  readonly #section: TlsSection
  readonly #desk: StreamDesk
  readonly #refusals: Pick<RefusedPeers, 'add'>
  readonly #log: Logger
  readonly #newcomers = new ConnectionTable<Newcomer>()
  #server: Server | null = null
  /** Whose connection closed last without a handshake. */
  #gone: Newcomer | null = null
  #failed = 0
  #refused = 0

  constructor(
    socket: HeldSocket,
    section: TlsSection,
    { desk, refusals, log }: { desk: StreamDesk; refusals: Pick<RefusedPeers, 'add'>; log: Logger },
  ) {
    this.#socket = socket
    this.#section = section
    this.#desk = desk
    this.#refusals = refusals
    this.#log = log
  }

  /** Handshakes that failed, and clients that were not among the allowed. */
  counters(): { readonly failed: number; readonly refused: number } {
    return { failed: this.#failed, refused: this.#refused }
  }

  /** Serves with this certificate from now on; connections that stand are not touched. */
  serve({ context }: TlsIdentity): void {
    if (context === null) return
    if (this.#server !== null) {
      this.#server.setSecureContext(context)
      return
    }
    const withClients = this.#section.clientCa !== null
    const mayConnect = clientCheck(this.#section.clientNames)
    const server = createServer({
      ...{ ...context, requestCert: withClients, rejectUnauthorized: withClients },
      ...{
        minVersion: 'TLSv1.2',
        handshakeTimeout: HANDSHAKE_MS,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MS,
      },
    })
    server.on('connection', (socket: Socket) => this.#greet(socket))
    server.on('tlsClientError', (error: NodeJS.ErrnoException, peer) => {
      this.#failed += 1
      const verdict = typeof peer.authorizationError === 'string' ? peer.authorizationError : null
      this.#refuse(this.#welcome(peer) ?? this.#gone, describeFailure({ code: error.code, verdict }))
      this.#gone = null
    })
    server.on('secureConnection', (peer: TLSSocket) => {
      const name = peerName(peer)
      const newcomer = this.#welcome(peer)
      const certificate = peer.getPeerX509Certificate()
      if (withClients && (certificate === undefined || !mayConnect(certificate))) {
        this.#refused += 1
        this.#refuse(newcomer, describeWrongName(certificate === undefined ? [] : namesOf(certificate)))
        peer.destroy()
        return
      }
      peer.on('data', this.#desk.open(peer, name, this.#socket.name, senderOf(peer.remoteAddress ?? '')))
    })
    server.on('error', (error) =>
      this.#log.error({ err: error, listen: this.#socket.name }, 'cannot accept connections'),
    )
    server.listen({ fd: this.#socket.fd })
    this.#server = server
  }

  /** Accepts no more. */
  close(): void {
    this.#server?.close()
    for (const newcomer of this.#newcomers.all()) this.#dismiss(newcomer)
  }

  #greet(socket: Socket): void {
    const greediest = this.#newcomers.size >= MOST_NEWCOMERS ? this.#newcomers.mostNumerous() : null
    if (greediest !== null) this.#dismiss(greediest)
    const newcomer = { name: peerName(socket), socket, sender: senderOf(socket.remoteAddress ?? ''), heldBytes: 0 }
    this.#newcomers.touch(newcomer)
    socket.once('close', () => {
      if (!this.#newcomers.has(newcomer)) return
      this.#newcomers.remove(newcomer)
      // Node tells of the failure next, and knows the other end no more.
      this.#gone = newcomer
    })
  }

  /** Breaks off a handshake; that is not told as if the other end had done it. */
  #dismiss(newcomer: Newcomer): void {
    this.#newcomers.remove(newcomer)
    newcomer.socket.destroy()
  }

  /** The newcomer that this connection was, no longer one; null when it is not known any more. */
  #welcome(peer: TLSSocket): Newcomer | null {
    const name = peerName(peer)
    const newcomer = this.#newcomers.all().find((one) => one.name === name) ?? null
    if (newcomer !== null) this.#newcomers.remove(newcomer)
    return newcomer
  }

  #refuse(newcomer: Newcomer | null, failure: HandshakeFailure): void {
    if (newcomer !== null) this.#refusals.add(addressOf(newcomer.name), failure, this.#socket.name)
  }
}

const HANDSHAKE_MS = 10_000
const MOST_NEWCOMERS = 128
