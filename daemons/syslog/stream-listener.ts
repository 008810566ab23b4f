import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { HeldSocket } from '../runtime/contract.ts'
import type { Collector, Frame } from './collector.ts'
import { formatSource } from './stored-line.ts'
import { StreamFraming } from './stream-framing.ts'

export interface StreamLimits {
  /** Longest message for connections from now on. */
  readonly maxMessageBytes: number
  readonly maxConnections: number
  /** A message that has begun must go on within this time. */
  readonly unfinishedMs: number
  /** Time between attempts while the disk refuses. */
  readonly retryMs: number
}

/**
 * Takes syslog over TCP on one held socket. Plain TCP tells no sender what was stored, so nothing that came is thrown
 * away lightly: while the disk refuses, the connection is not read and its sender waits. An idle connection may live
 * for ever (closing it loses the sender's next message); when there are too many, the longest idle one goes.
 */
export class StreamListener {
  readonly #server: Server
  readonly #via: string
  readonly #collector: Collector
  readonly #log: Logger
  #limits: StreamLimits
  /** In the order of their last bytes, longest idle first. */
  readonly #connections = new Map<Socket, StreamConnection>()
  #accepted = 0
  #evicted = 0

  constructor(socket: HeldSocket, options: { collector: Collector; limits: StreamLimits; log: Logger }) {
    this.#via = socket.name
    this.#collector = options.collector
    this.#limits = options.limits
    this.#log = options.log
    this.#server = createServer({ keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, (peer) => this.#open(peer))
    this.#server.on('error', (error) => this.#log.error({ err: error, listen: this.#via }, 'cannot accept connections'))
    this.#server.listen({ fd: socket.fd })
  }

  setLimits(limits: StreamLimits): void {
    this.#limits = limits
  }

  counters(): { accepted: number; evicted: number; open: number } {
    return { accepted: this.#accepted, evicted: this.#evicted, open: this.#connections.size }
  }

  /** Ends all connections after reading what they had sent so far; what cannot be read in time stays unread. */
  async close(): Promise<void> {
    this.#server.close()
    for (let round = 0, read = -1; round < CLOSING_ROUNDS && read !== this.#bytesRead(); round++) {
      read = this.#bytesRead()
      // Two turns of the loop: one may have polled before the last bytes came.
      await setImmediate()
      await setImmediate()
    }
    for (const [peer, connection] of this.#connections) {
      connection.finish()
      peer.destroy()
    }
    this.#connections.clear()
  }

  #bytesRead(): number {
    let bytes = 0
    for (const peer of this.#connections.keys()) bytes += peer.bytesRead
    return bytes
  }

  #open(peer: Socket): void {
    this.#accepted += 1
    if (this.#connections.size >= this.#limits.maxConnections) this.#evict()
    const address = peer.remoteAddress ?? ''
    const name = address.includes(':') ? `[${address}]:${peer.remotePort}` : `${address}:${peer.remotePort}`
    const connection = new StreamConnection(peer, this.#collector, this.#limits, formatSource(name, this.#via))
    this.#connections.set(peer, connection)
    peer.on('data', (chunk: Buffer) => {
      this.#connections.delete(peer)
      this.#connections.set(peer, connection)
      connection.take(chunk)
    })
    peer.on('error', () => peer.destroy())
    peer.on('close', () => {
      connection.finish()
      this.#connections.delete(peer)
    })
  }

  #evict(): void {
    for (const [peer, connection] of this.#connections) {
      this.#evicted += 1
      this.#connections.delete(peer)
      connection.finish()
      peer.destroy()
      return
    }
  }
}

/** One connection: its framing, and the messages that the disk has refused so far. */
class StreamConnection {
  readonly #peer: Socket
  readonly #collector: Collector
  readonly #limits: StreamLimits
  readonly #source: string
  readonly #framing: StreamFraming
  #refused: readonly Frame[] = []
  #retry: NodeJS.Timeout | null = null
  #finished = false

  constructor(peer: Socket, collector: Collector, limits: StreamLimits, source: string) {
    this.#peer = peer
    this.#collector = collector
    this.#limits = limits
    this.#source = source
    this.#framing = new StreamFraming(limits.maxMessageBytes)
    peer.on('timeout', () => {
      if (this.#framing.isMidMessage) peer.destroy()
    })
  }

  take(chunk: Buffer): void {
    const frames: Frame[] = []
    this.#framing.push(chunk, (bytes, note) => frames.push({ bytes: Buffer.from(bytes), note }))
    this.#peer.setTimeout(this.#framing.isMidMessage ? this.#limits.unfinishedMs : 0)
    if (frames.length > 0 && !this.#collector.acceptFrames(frames, this.#source)) this.#wait(frames)
  }

  /** Gives out an unfinished last message; what the disk still refuses is rejected. */
  finish(): void {
    if (this.#finished) return
    this.#finished = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    const frames: Frame[] = [...this.#refused]
    this.#framing.end((bytes, note) => frames.push({ bytes: Buffer.from(bytes), note }))
    this.#refused = []
    if (frames.length > 0 && !this.#collector.acceptFrames(frames, this.#source))
      this.#collector.rejectFrames(frames.length)
  }

  /** Leaves the rest with the sender until the disk takes what is here. */
  #wait(frames: readonly Frame[]): void {
    this.#refused = frames
    this.#peer.pause()
    this.#retry = setTimeout(() => {
      this.#retry = null
      if (!this.#collector.acceptFrames(this.#refused, this.#source)) return this.#wait(this.#refused)
      this.#refused = []
      this.#peer.resume()
    }, this.#limits.retryMs)
  }
}

const KEEP_ALIVE_MS = 60_000
const CLOSING_ROUNDS = 1000
