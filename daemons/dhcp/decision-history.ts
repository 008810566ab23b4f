import { formatIpv4, parseIpv4 } from '../wire/address.ts'

/** One decision as remembered for the question why. */
export interface DecisionRecord {
  readonly atMs: number
  readonly mac: string
  /** Option 61 in hex. */
  readonly clientId: string | null
  readonly type: string
  readonly outcome: string
  readonly reason: string
  /** The address it was about, 0 = none. */
  readonly address: number
  /** giaddr, 0 = directly. */
  readonly relay: number
}

/** A decision as shown; the names are part of the interface. */
export interface DecisionRow {
  readonly at: string
  readonly mac: string
  readonly client_id: string | null
  readonly type: string
  readonly outcome: string
  readonly reason: string
  readonly address: string | null
  readonly relay: string | null
}

/**
 * Remembers the last decisions, a fixed number for all clients together.
 *
 * @attack a flood pushes out older records, and nothing else
 */
export class DecisionHistory {
  readonly #capacity: number
  readonly #records: DecisionRecord[] = []
  #next = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  add(record: DecisionRecord): void {
    this.#records[this.#next] = record
    this.#next = (this.#next + 1) % this.#capacity
  }

  /**
   * The decisions about one client or address, oldest first.
   *
   * @param key an IPv4 address, or in hex with or without colons or hyphens: a hardware address or a client identifier
   */
  about(key: string, limit = 50): DecisionRow[] {
    const address = parseIpv4(key)
    const digits = key.toLowerCase().replaceAll(/[:-]/g, '')
    const mac = (digits.match(/../g) ?? []).join(':')
    const inOrder = [...this.#records.slice(this.#next), ...this.#records.slice(0, this.#next)]
    return inOrder
      .filter((record) =>
        address === null ? record.mac === mac || record.clientId === digits : record.address === address,
      )
      .slice(-limit)
      .map((record) => ({
        at: new Date(record.atMs).toISOString(),
        mac: record.mac,
        client_id: record.clientId,
        type: record.type,
        outcome: record.outcome,
        reason: record.reason,
        address: record.address === 0 ? null : formatIpv4(record.address),
        relay: record.relay === 0 ? null : formatIpv4(record.relay),
      }))
  }
}
