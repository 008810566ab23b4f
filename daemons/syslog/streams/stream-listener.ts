import { Socket } from 'node:net'
import type { Logger } from 'pino'
import { type AcceptedConnection, acceptConnection } from '../../linux/accept-connection.ts'
import { closeFd } from '../../linux/open-socket.ts'
import { type DescriptorWatch, watchDescriptor } from '../../linux/watch-descriptor.ts'
import type { HeldSocket } from '../../runtime/contract.ts'
import { addressOf } from '../source-names.ts'
import { senderOf } from './connection-table.ts'
import type { StreamDesk } from './stream-desk.ts'

/** Connections accepted in a row before those that stand get their turn. */
const TOGETHER = 64
/** What there is no room for now stays in the held socket; to be told of it at once again would be a busy loop. */
const REST_MS = 500

/**
 * Accepts connections on one held TCP or unix stream socket and hands what they send to the desk.
 *
 * All of them are read into one buffer, since the desk is done with it when it returns: Node gives each reading 64 KiB of its
 * own, which a flood piles up until the collector of garbage comes (40 MiB with 50 senders).
 */
export class StreamListener {
  readonly #socket: HeldSocket
  readonly #desk: Pick<StreamDesk, 'open'>
  readonly #log: Pick<Logger, 'error' | 'info'>
  readonly #watch: DescriptorWatch
  /** Why connections wait unaccepted, and how often in a row that was found so; null when they do not. */
  #trouble: { readonly words: string; readonly tries: number } | null = null
  #resting: NodeJS.Timeout | null = null

  constructor(socket: HeldSocket, desk: Pick<StreamDesk, 'open'>, log: Pick<Logger, 'error' | 'info'>) {
    this.#socket = socket
    this.#desk = desk
    this.#log = log
    this.#watch = watchDescriptor(socket.fd, () => this.#accept())
  }

  /** Why nobody is accepted now, and since how many tries, in words; null when all are. */
  fault(): string | null {
    if (this.#trouble === null) return null
    const { words, tries } = this.#trouble
    return `connections to ${this.#socket.name} wait unaccepted: ${words} (tried ${tries} times)`
  }

  /** Accepts no more; who is not accepted waits in the held socket. */
  close(): void {
    if (this.#resting !== null) clearTimeout(this.#resting)
    this.#watch.stop()
    closeFd(this.#socket.fd)
  }

  #accept(): void {
    try {
      for (let count = 0; count < TOGETHER; count++) {
        const accepted = acceptConnection(this.#socket.fd)
        if (accepted === null) break
        this.#serve(accepted)
      }
      this.#recover()
    } catch (error) {
      this.#rest(error)
    }
  }

  /** A line when it begins; how long it lasts is counted. */
  #rest(error: unknown): void {
    const words = error instanceof Error ? error.message : String(error)
    if (this.#trouble === null)
      this.#log.error({ err: error, listen: this.#socket.name }, 'cannot accept connections: they wait')
    this.#trouble = { words, tries: (this.#trouble?.tries ?? 0) + 1 }
    this.#watch.expect({ readable: false, writable: false })
    this.#resting = setTimeout(() => this.#watch.expect({ readable: true, writable: false }), REST_MS)
  }

  /** All that waited are accepted, or as many as have their turn: one that got the last descriptor is no end of it. */
  #recover(): void {
    if (this.#trouble === null) return
    const { tries } = this.#trouble
    this.#trouble = null
    this.#log.info({ listen: this.#socket.name, tries }, 'connections are accepted again')
  }

  #serve({ fd, peer }: AcceptedConnection): void {
    let take = (_chunk: Buffer): void => undefined
    const callback = (count: number): boolean => {
      take(RECEIVED.subarray(0, count))
      return true
    }
    const connection = new Socket({ fd, readable: true, writable: true, onread: { buffer: RECEIVED, callback } })
    if (peer !== 'unix') connection.setKeepAlive(true, KEEP_ALIVE_MS)
    take = this.#desk.open(connection, peer, this.#socket.name, peer === 'unix' ? peer : senderOf(addressOf(peer)))
  }
}

/** The other end as `src` has it: `192.0.2.1:40000`, `[2001:db8::1]:40000`. */
export function peerName({ remoteAddress = '', remotePort }: Socket): string {
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
}

/** A sender that is gone without a word is found out by then. */
export const KEEP_ALIVE_MS = 60_000
const RECEIVED = Buffer.allocUnsafeSlow(1 << 16)
