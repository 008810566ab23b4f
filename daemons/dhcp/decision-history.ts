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

/** A decision with how often it was made in a row for its client. */
export interface RepeatedDecision extends DecisionRecord {
  readonly sinceMs: number
  readonly times: number
}

/** A decision as shown; the names are part of the interface. */
export interface DecisionRow {
  /** Of the last time. */
  readonly at: string
  readonly mac: string
  readonly client_id: string | null
  readonly type: string
  readonly outcome: string
  readonly reason: string
  readonly address: string | null
  readonly relay: string | null
  /** How often in a row, and since when. */
  readonly times: number
  readonly since: string
}

/** Where older decisions are read from. */
type ReadOlder = () => readonly RepeatedDecision[]

/**
 * Remembers the last decisions: a fixed number of those by which a client has or loses an address, and as many others.
 * The same decision made again and again for a client is one, with a count.
 *
 * @attack a flood under made-up names pushes out what was said to others without an address, and nothing else
 */
export class DecisionHistory {
  readonly #settled: Ring
  readonly #others: Ring
  #readOlder: ReadOlder | null

  /**
   * @param capacity of each of the two
   * @param readOlder decisions of before, read when somebody asks for the first time: a start does not wait for it
   */
  constructor(capacity: number, readOlder: ReadOlder | null = null) {
    this.#settled = new Ring(capacity)
    this.#others = new Ring(capacity)
    this.#readOlder = readOlder
  }

  add(record: DecisionRecord): void {
    if (isSettled(record)) this.#settled.add(record)
    else this.#others.add(record)
  }

  /** Everything remembered, oldest first. */
  all(): readonly RepeatedDecision[] {
    const older = this.#readOlder?.() ?? []
    this.#readOlder = null
    this.#settled.precede(older.filter(isSettled))
    this.#others.precede(older.filter((record) => !isSettled(record)))
    return [...this.#settled.records(), ...this.#others.records()].sort((one, other) => one.atMs - other.atMs)
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
    return this.all()
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
        times: record.times,
        since: new Date(record.sinceMs).toISOString(),
      }))
  }
}

/** By these a client has or loses an address, or an address is found to be another's. */
const SETTLED: ReadonlySet<string> = new Set(['ack', 'declined', 'released', 'in_use'])

function isSettled({ outcome, type }: DecisionRecord): boolean {
  return SETTLED.has(outcome) && type !== 'INFORM'
}

type Slot = { -readonly [Field in keyof RepeatedDecision]: RepeatedDecision[Field] }

/** A fixed number of decisions; the oldest goes. */
class Ring {
  readonly #capacity: number
  #slots: Slot[] = []
  #next = 0
  /** The newest of each client. */
  readonly #newest = new Map<string, Slot>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  add(record: DecisionRecord): void {
    const client = clientOf(record)
    const last = this.#newest.get(client)
    if (last !== undefined && isSame(last, record)) {
      last.times += 1
      last.atMs = record.atMs
      return
    }
    this.#put({ ...record, sinceMs: record.atMs, times: 1 })
  }

  records(): readonly RepeatedDecision[] {
    return [...this.#slots.slice(this.#next), ...this.#slots.slice(0, this.#next)]
  }

  /** Puts older decisions before those that there are. */
  precede(older: readonly RepeatedDecision[]): void {
    if (older.length === 0) return
    const later = this.records()
    this.#slots = []
    this.#next = 0
    this.#newest.clear()
    for (const record of [...older, ...later]) this.#put({ ...record })
  }

  #put(slot: Slot): void {
    const gone = this.#slots[this.#next]
    if (gone !== undefined && this.#newest.get(clientOf(gone)) === gone) this.#newest.delete(clientOf(gone))
    this.#slots[this.#next] = slot
    this.#newest.set(clientOf(slot), slot)
    this.#next = (this.#next + 1) % this.#capacity
  }
}

function clientOf({ mac, clientId }: DecisionRecord): string {
  return clientId === null ? mac : `${mac} ${clientId}`
}

function isSame(one: DecisionRecord, other: DecisionRecord): boolean {
  return (
    one.type === other.type &&
    one.outcome === other.outcome &&
    one.reason === other.reason &&
    one.address === other.address &&
    one.relay === other.relay
  )
}
