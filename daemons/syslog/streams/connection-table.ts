import { formatAddress, parseAddress } from '../../wire/address.ts'

/** What the table must know of a connection. */
export interface OpenConnection {
  /** Whom it counts against: an address, or the network that one host can take all addresses of. */
  readonly sender: string
  /** Memory of ours that its unfinished message takes. */
  readonly heldBytes: number
}

/**
 * The open connections in the order of their last bytes, and who has how many: where there are too many, or they hold too
 * much, it is the greediest sender that loses one, never somebody else.
 *
 * @attack one host that opens connections without end, or begins a long message on each and never ends it
 */
export class ConnectionTable<Connection extends OpenConnection> {
  /** Each with what it held when it was last looked at; longest idle first. */
  readonly #held = new Map<Connection, number>()
  readonly #counts = new Map<string, number>()
  #heldBytes = 0

  get size(): number {
    return this.#held.size
  }

  /** Memory that all of them hold. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Longest idle first. */
  all(): readonly Connection[] {
    return [...this.#held.keys()]
  }

  has(connection: Connection): boolean {
    return this.#held.has(connection)
  }

  /** Notes a connection that is new or has just sent something. */
  touch(connection: Connection): void {
    this.remove(connection)
    this.#counts.set(connection.sender, this.countOf(connection.sender) + 1)
    this.#held.set(connection, connection.heldBytes)
    this.#heldBytes += connection.heldBytes
  }

  /** Notes that it holds less or more now. */
  weigh(connection: Connection): void {
    this.#heldBytes += connection.heldBytes - (this.#held.get(connection) ?? connection.heldBytes)
    if (this.#held.has(connection)) this.#held.set(connection, connection.heldBytes)
  }

  remove(connection: Connection): void {
    const held = this.#held.get(connection)
    if (held === undefined) return
    this.#heldBytes -= held
    this.#held.delete(connection)
    const left = this.countOf(connection.sender) - 1
    if (left > 0) this.#counts.set(connection.sender, left)
    else this.#counts.delete(connection.sender)
  }

  /** How many a sender has. */
  countOf(sender: string): number {
    return this.#counts.get(sender) ?? 0
  }

  /** The longest idle connection of a sender; null when it has none. */
  longestIdle(sender: string): Connection | null {
    for (const connection of this.#held.keys()) if (connection.sender === sender) return connection
    return null
  }

  /** The longest idle connection of the sender that has the most; null when there is none. */
  mostNumerous(): Connection | null {
    const sender = this.#greediest(() => 1)
    return sender === null ? null : this.longestIdle(sender)
  }

  /** The connection that holds the most of the sender that holds the most; null when none holds anything. */
  heaviest(): Connection | null {
    const sender = this.#greediest(({ heldBytes }) => heldBytes)
    let heaviest: Connection | null = null
    for (const connection of this.#held.keys())
      if (connection.sender === sender && connection.heldBytes > (heaviest?.heldBytes ?? 0)) heaviest = connection
    return heaviest
  }

  #greediest(weigh: (connection: Connection) => number): string | null {
    const sums = new Map<string, number>()
    let greediest: string | null = null
    for (const connection of this.#held.keys()) {
      const sum = (sums.get(connection.sender) ?? 0) + weigh(connection)
      sums.set(connection.sender, sum)
      if (greediest === null || sum > (sums.get(greediest) ?? 0)) greediest = connection.sender
    }
    return greediest
  }
}

/** Whom connections from an address count against: itself, or of IPv6 the /64 that any host can have for itself. */
export function senderOf(address: string): string {
  const bytes = parseAddress(address)
  if (bytes === null || bytes.length === 4) return address
  const mapped = formatAddress(bytes)
  return mapped.includes(':') ? Buffer.from(bytes.subarray(0, 8)).toString('hex') : mapped
}
