import { lookup } from 'node:dns/promises'
import { DgramAsPromised, type SocketAsPromised } from 'dgram-as-promised'
import type { Clock } from '../../runtime/contract.ts'
import type { SocketAddress } from '../section.ts'
import { type Carrier, type CarrierEvents, type Parcel, wordsOfNetworkError } from './carrier.ts'
import { SentLog } from './sent-log.ts'

/** The module passes it through; its types do not know of sockets that are connected. */
interface ConnectedSocket {
  send(bytes: Buffer, offset: number, length: number): Promise<number>
}

/**
 * Sends each message as one datagram. Nobody confirms those; only a host that runs and has nobody at the port says so
 * (ICMP), and then what was sent shortly before is sent again.
 *
 * @rfc 5426
 */
export class DatagramCarrier implements Carrier {
  /** Of the target. */
  readonly address: string
  readonly #socket: SocketAsPromised
  readonly #clock: Clock
  readonly #events: CarrierEvents
  readonly #log = new SentLog(SETTLE_MS)
  #sent = 0
  #look: NodeJS.Timeout | null = null
  #ended = false

  /** Looks the name up and opens a socket that hears of refusals. @throws Error of the network */
  static async open({ host, port }: SocketAddress, clock: Clock, events: CarrierEvents): Promise<DatagramCarrier> {
    const { address, family } = await lookup(host)
    const socket = DgramAsPromised.createSocket(family === 4 ? 'udp4' : 'udp6')
    try {
      await new Promise<void>((resolve, reject) => {
        socket.socket.once('error', reject)
        socket.socket.connect(port, address, () => {
          socket.socket.off('error', reject)
          resolve()
        })
      })
    } catch (error) {
      await socket.close()
      throw error
    }
    return new DatagramCarrier(socket, address, clock, events)
  }

  private constructor(socket: SocketAsPromised, address: string, clock: Clock, events: CarrierEvents) {
    this.#socket = socket
    this.address = address
    this.#clock = clock
    this.#events = events
    socket.socket.on('error', (error) => this.#fail(error))
  }

  async send({ messages, fresh, through }: Parcel): Promise<void> {
    for (let at = 0; at < messages.length; at += TOGETHER) {
      if (this.#ended) throw new Error('the target refused')
      try {
        await Promise.all(messages.slice(at, at + TOGETHER).map((message) => this.#sendOne(Buffer.from(message))))
      } catch (error) {
        this.#fail(error)
        throw error
      }
    }
    this.#sent += 1
    this.#log.add({ through, count: messages.length, fresh, end: this.#sent })
    this.#events.taken(fresh, through)
    this.#log.taken(this.#sent, this.#clock.monotonicMs())
    this.#settle()
  }

  async close(): Promise<void> {
    if (this.#ended) return
    const settled = this.#log.settleTaken(this.#clock.monotonicMs())
    if (settled !== null) this.#events.settled(settled)
    this.#end()
    await this.#socket.close()
  }

  async #sendOne(bytes: Buffer): Promise<void> {
    await (this.#socket as unknown as ConnectedSocket).send(bytes, 0, bytes.length)
  }

  #settle(): void {
    const settled = this.#log.settle(this.#clock.monotonicMs(), 0)
    if (settled !== null) this.#events.settled(settled)
    if (this.#log.isEmpty || this.#ended) return
    this.#look ??= setTimeout(() => {
      this.#look = null
      this.#settle()
    }, LOOK_MS)
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    const maybeLost = this.#log.passedLately(this.#clock.monotonicMs())
    this.#end()
    this.#socket.close().catch(() => undefined)
    this.#events.broken({ reason: wordsOfNetworkError(error), maybeLost })
  }

  #end(): void {
    this.#ended = true
    if (this.#look !== null) clearTimeout(this.#look)
  }
}

/** Datagrams handed to the kernel in one turn. */
const TOGETHER = 32
/** A refusal comes within that time; Linux sends one a second to each host at most. */
const SETTLE_MS = 2500
const LOOK_MS = 250
