import { formatIpv4, parseIpv4 } from '../../wire/address.ts'
import { HashIndex } from '../table/hash-index.ts'
import { hashText } from '../table/hash-text.ts'
import { formatIpv6, parseIpv6 } from '../v6/address.ts'

/** One decision as remembered for the question why. */
export interface DecisionRecord {
  readonly atMs: number
  readonly mac: string
  /** Option 61 in hex, or the DUID of a client of DHCPv6. */
  readonly clientId: string | null
  readonly type: string
  readonly outcome: string
  readonly reason: string
  /** The address it was about: a number for IPv4, a text for IPv6, 0 = none. */
  readonly address: number | string
  /** giaddr, or the link address of a relay agent of DHCPv6; 0 = directly. */
  readonly relay: number | string
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
  #added = 0

  /**
   * @param capacity of each of the two
   * @param readOlder decisions of before, read when somebody asks for the first time: a start does not wait for it
   * @param seed of hashes; see `hashText`
   */
  constructor(capacity: number, readOlder: ReadOlder | null = null, seed = 0) {
    this.#settled = new Ring(capacity, seed)
    this.#others = new Ring(capacity, seed)
    this.#readOlder = readOlder
  }

  add(record: DecisionRecord): void {
    this.#added += 1
    if (isSettled(record)) this.#settled.add(record)
    else this.#others.add(record)
  }

  /** How many decisions were taken in. */
  get added(): number {
    return this.#added
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
   * @param key an address, or in hex with or without colons or hyphens: a hardware address, a client identifier or a DUID
   */
  about(key: string, limit = 50): DecisionRow[] {
    const address6 = parseIpv6(key)
    const address = parseIpv4(key) ?? (address6 === null ? null : formatIpv6(address6))
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
        address: addressText(record.address),
        relay: addressText(record.relay),
        times: record.times,
        since: new Date(record.sinceMs).toISOString(),
      }))
  }
}

/** By these a client has or loses an address, or an address is found to be another's. */
const SETTLED: ReadonlySet<string> = new Set(['ack', 'reply', 'declined', 'released', 'in_use'])

function isSettled({ outcome, type }: DecisionRecord): boolean {
  return SETTLED.has(outcome) && type !== 'INFORM'
}

function addressText(address: number | string): string | null {
  if (typeof address === 'string') return address
  return address === 0 ? null : formatIpv4(address)
}

type Slot = { -readonly [Field in keyof RepeatedDecision]: RepeatedDecision[Field] } & { hash: number }

/** A fixed number of decisions; the oldest goes, and its place is written over. */
class Ring {
  readonly #capacity: number
  readonly #seed: number
  #slots: Slot[] = []
  #next = 0
  /** By hash of the client, the place of its newest. */
  #newest = new HashIndex()

  constructor(capacity: number, seed: number) {
    this.#capacity = capacity
    this.#seed = seed
  }

  add(record: DecisionRecord): void {
    const hash = hashOf(record, this.#seed)
    const place = this.#newest.find(hash, (at) => isOfSameClient(this.#slots[at], record))
    const last = this.#slots[place]
    if (last !== undefined && isSame(last, record)) {
      last.times += 1
      last.atMs = record.atMs
      return
    }
    if (place >= 0) this.#newest.delete(hash, place)
    this.#put(record, hash, record.atMs, 1)
  }

  records(): readonly RepeatedDecision[] {
    const inOrder = [...this.#slots.slice(this.#next), ...this.#slots.slice(0, this.#next)]
    return inOrder.map(({ hash: _, ...record }) => record)
  }

  /** Puts older decisions before those that there are. */
  precede(older: readonly RepeatedDecision[]): void {
    if (older.length === 0) return
    const later = this.records()
    this.#slots = []
    this.#next = 0
    this.#newest = new HashIndex()
    for (const record of [...older, ...later]) {
      const hash = hashOf(record, this.#seed)
      const place = this.#newest.find(hash, (at) => isOfSameClient(this.#slots[at], record))
      if (place >= 0) this.#newest.delete(hash, place)
      this.#put(record, hash, record.sinceMs, record.times)
    }
  }

  #put(record: DecisionRecord, hash: number, sinceMs: number, times: number): void {
    const place = this.#next
    this.#next = (place + 1) % this.#capacity
    const { atMs, mac, clientId, type, outcome, reason, address, relay } = record
    const slot = this.#slots[place]
    if (slot === undefined)
      this.#slots[place] = { atMs, mac, clientId, type, outcome, reason, address, relay, sinceMs, times, hash }
    else {
      this.#newest.delete(slot.hash, place)
      slot.atMs = atMs
      slot.mac = mac
      slot.clientId = clientId
      slot.type = type
      slot.outcome = outcome
      slot.reason = reason
      slot.address = address
      slot.relay = relay
      slot.sinceMs = sinceMs
      slot.times = times
      slot.hash = hash
    }
    this.#newest.add(hash, place)
  }
}

function hashOf({ mac, clientId }: DecisionRecord, seed: number): number {
  return hashText(mac, clientId === null ? seed : hashText(clientId, seed))
}

function isOfSameClient(one: DecisionRecord | undefined, other: DecisionRecord): boolean {
  return one !== undefined && one.mac === other.mac && one.clientId === other.clientId
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
