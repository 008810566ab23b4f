import type { Socket } from 'node:net'

/** How many connections are served at the same time. */
export interface GateLimits {
  readonly seats: number
  readonly seatsPerAddress: number
  /** Connections beyond the seats that are heard, so that the supervisor's probe is. */
  readonly bench: number
}

/**
 * Gives each connection a seat while there is one, for all and for its address. Who finds none waits on the bench until
 * the next one comes: what it asks is read, and only the supervisor's probe is answered.
 *
 * @attack one client takes no more than its share of the seats; the probe reaches us when all are taken, so that a
 *   service which others keep busy is not restarted
 */
export class ConnectionGate {
  readonly #limits: GateLimits
  readonly #seats = new Set<Socket>()
  readonly #seatsOf = new Map<string, number>()
  /** Oldest first. */
  readonly #bench = new Set<Socket>()

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  /** Connections that are open. */
  get size(): number {
    return this.#seats.size + this.#bench.size
  }

  /** Lets a connection in; returns whether it has a seat. */
  enter(socket: Socket): boolean {
    const address = socket.remoteAddress ?? ''
    const taken = this.#seatsOf.get(address) ?? 0
    if (this.#seats.size < this.#limits.seats && taken < this.#limits.seatsPerAddress) {
      this.#seats.add(socket)
      this.#seatsOf.set(address, taken + 1)
      socket.once('close', () => this.#leave(socket, address))
      return true
    }
    this.#bench.add(socket)
    socket.once('close', () => this.#bench.delete(socket))
    const [oldest] = this.#bench
    if (this.#bench.size > this.#limits.bench) oldest?.destroy()
    return false
  }

  hasSeat(socket: Socket): boolean {
    return this.#seats.has(socket)
  }

  #leave(socket: Socket, address: string): void {
    this.#seats.delete(socket)
    const left = (this.#seatsOf.get(address) ?? 1) - 1
    if (left > 0) this.#seatsOf.set(address, left)
    else this.#seatsOf.delete(address)
  }
}
