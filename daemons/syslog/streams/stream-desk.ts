import type { Socket } from 'node:net'
import { setTimeout as pass } from 'node:timers/promises'
import type { Collector } from '../collector.ts'
import { ConnectionTable } from './connection-table.ts'
import { StreamConnection } from './stream-connection.ts'
import type { Frame } from './stream-framing.ts'

export interface StreamLimits {
  /** Longest message for connections from now on. */
  readonly maxMessageBytes: number
  readonly maxConnections: number
  /** Of one sender; programs of this machine may have more. */
  readonly maxConnectionsPerSender: number
  /** Memory for unfinished messages of all connections together. */
  readonly maxHeldBytes: number
  /** A message that has begun must go on within this time. */
  readonly unfinishedMs: number
  /** Time between attempts while the disk refuses. */
  readonly retryMs: number
}

/** Running totals; `open` is how many there are now. */
export interface StreamCounters {
  readonly open: number
  readonly accepted: number
  /** Closed by us, to make room for others. */
  readonly evicted: number
  /** Closed by us in the middle of a message that did not go on. */
  readonly timedOut: number
  /** Broken off by the other side or on the way. */
  readonly broken: number
}

/**
 * Reads all stream connections of all listeners. Plain streams tell no sender what was stored, so nothing that came is
 * thrown away lightly: while the disk refuses, no connection is read and the senders wait. An idle connection may live
 * for ever (closing it loses the sender's next message); where there are too many, the greediest sender loses one.
 */
export class StreamDesk {
  readonly #collector: Collector
  readonly #connections = new ConnectionTable<StreamConnection>()
  #limits: StreamLimits
  #retry: NodeJS.Timeout | null = null
  #connected: (open: number) => void = () => undefined
  #accepted = 0
  #evicted = 0
  #timedOut = 0
  #broken = 0

  constructor(collector: Collector, limits: StreamLimits) {
    this.#collector = collector
    this.#limits = limits
  }

  setLimits(limits: StreamLimits): void {
    this.#limits = limits
  }

  /** Has it told how many connections are open, whenever one has come or gone. */
  watch(connected: (open: number) => void): void {
    this.#connected = connected
  }

  counters(): StreamCounters {
    const open = this.#connections.size
    return { open, accepted: this.#accepted, evicted: this.#evicted, timedOut: this.#timedOut, broken: this.#broken }
  }

  /**
   * Takes over a connection.
   *
   * @param name the other end as `src` has it
   * @param sender whom it counts against
   * @returns takes the next bytes from there, which are borrowed until it returns
   */
  open(peer: Socket, name: string, via: string, sender: string): (chunk: Buffer) => void {
    const source = this.#collector.sourceOf(name, via)
    this.#accepted += 1
    const { maxConnections, maxConnectionsPerSender } = this.#limits
    if (sender !== 'unix' && this.#connections.countOf(sender) >= maxConnectionsPerSender)
      this.#evict(this.#connections.longestIdle(sender))
    if (this.#connections.size >= maxConnections) this.#evict(this.#connections.mostNumerous())
    const connection = new StreamConnection(peer, source, sender, this.#limits)
    this.#connections.touch(connection)
    this.#connected(this.#connections.size)
    peer.on('timeout', () => {
      if (!connection.isMidMessage || this.#retry !== null) return
      this.#timedOut += 1
      peer.destroy()
    })
    peer.on('error', () => {
      this.#broken += 1
    })
    peer.on('close', () => this.#finish(connection))
    if (this.#retry !== null) peer.pause()
    return (chunk) => this.#take(connection, chunk)
  }

  /**
   * Ends all connections: tells each sender that we go, and reads on until nothing comes any more. A sender that does not
   * heed that loses what it sends later; plain TCP has no way to tell it.
   */
  async close(): Promise<void> {
    for (const { peer } of this.#connections.all()) peer.end()
    for (let round = 0, read = -1; round < PARTING_ROUNDS && this.#connections.size > 0; round++) {
      if (read === this.#bytesRead()) break
      read = this.#bytesRead()
      await pass(PARTING_MS)
    }
    if (this.#retry !== null) clearTimeout(this.#retry)
    for (const connection of this.#connections.all()) {
      this.#finish(connection)
      connection.peer.destroy()
    }
  }

  #take(connection: StreamConnection, chunk: Buffer): void {
    const frames = connection.cut(chunk)
    this.#connections.touch(connection)
    if (frames.length > 0 && (this.#retry !== null || !this.#collector.acceptFrames(frames, connection.source)))
      this.#wait(connection, frames)
    this.#keepWithinMemory()
  }

  #bytesRead(): number {
    return this.#connections.all().reduce((bytes, { peer }) => bytes + peer.bytesRead, 0)
  }

  /** Gives out an unfinished last message; what the disk still refuses is rejected. */
  #finish(connection: StreamConnection): void {
    this.#connections.remove(connection)
    const frames = connection.rest()
    if (frames.length > 0 && !this.#collector.acceptFrames(frames, connection.source))
      this.#collector.rejectFrames(frames.length, connection.source)
    this.#connected(this.#connections.size)
  }

  #evict(connection: StreamConnection | null): void {
    if (connection === null) return
    this.#evicted += 1
    this.#finish(connection)
    connection.peer.destroy()
  }

  #keepWithinMemory(): void {
    if (this.#connections.heldBytes <= this.#limits.maxHeldBytes) return
    for (const connection of this.#connections.all()) {
      connection.trim()
      this.#connections.weigh(connection)
    }
    if (this.#connections.heldBytes > this.#limits.maxHeldBytes) this.#evict(this.#connections.heaviest())
  }

  /** Leaves everything with the senders until the disk takes what is here. */
  #wait(connection: StreamConnection, frames: readonly Frame[]): void {
    connection.wait(frames)
    if (this.#retry !== null) return
    for (const { peer } of this.#connections.all()) peer.pause()
    this.#retry = setTimeout(() => this.#goOn(), this.#limits.retryMs)
  }

  #goOn(): void {
    this.#retry = null
    for (const connection of this.#connections.all()) {
      const frames = connection.again()
      if (frames.length === 0 || this.#collector.acceptFrames(frames, connection.source)) continue
      this.#wait(connection, frames)
      return
    }
    for (const { peer } of this.#connections.all()) peer.resume()
  }
}

/** How long to wait for more after the farewell, and how often: a sender in the LAN answers within a round. */
const PARTING_MS = 50
const PARTING_ROUNDS = 20
