import type { Logger } from 'pino'
import { formatIpv4 } from '../../wire/address.ts'
import type { AddressCheck } from '../conflict/address-check.ts'
import { isNewPromise, strangersLease } from '../conflict/new-promise.ts'
import { decide } from '../decide/decide.ts'
import { type Arrival, type ClientDecision, ignore, type Site } from '../decide/decision.ts'
import { formatHex } from '../message/hex.ts'
import { hardwareAddress, type Message } from '../message/message.ts'
import { inSubnet, isInPool } from '../subnets/subnet-plan.ts'
import { SharedIdentities } from '../watch/shared-identities.ts'
import { isConflict, type Lease, leaseState, portKey } from './lease.ts'
import { LeaseBook, type ServedSubnets } from './lease-book.ts'
import { LeaseClock } from './lease-clock.ts'
import { LeaseLines } from './lease-lines.ts'
import type { LeaseStore } from './lease-store.ts'
import { StoreWatch } from './store-watch.ts'
import type { SubnetLeases } from './subnet-leases.ts'

/** Time as the desk needs it. */
export interface DeskClock {
  wallMs(): number
  monotonicMs(): number
}

/** What a desk stands on. */
export interface DeskOptions {
  readonly served: ServedSubnets
  /** Its leases are those that the desk begins with. */
  readonly store: LeaseStore
  readonly time: DeskClock
  readonly log: Logger
  /** Most leases that run of one port behind a relay; 0, or absent = as many as there are. */
  readonly leasesPerPort?: number
  /** Of hashes of what clients send; see `hashText`. */
  readonly seed?: number
}

/** Addresses in use that are met for one message. */
const MOST_TRIED = 8

/**
 * Takes the messages of one batch: decides about each, enters what follows into the book so that the next message
 * sees it, and stores all of it in one transaction, before any reply leaves.
 */
export class LeaseDesk {
  readonly clock: LeaseClock
  readonly #time: DeskClock
  readonly #store: LeaseStore
  readonly #log: Logger
  readonly #book: LeaseBook
  /** Leases entered and not yet stored, each with what it replaced. */
  #open: { subnet: SubnetLeases; lease: Lease; before: Lease | undefined }[] = []
  #endedHolds: { subnet: SubnetLeases; client: string }[] = []
  #rewriteDue = false
  #leasesPerPort: number
  readonly #seed: number
  readonly #identities = new SharedIdentities()
  readonly #stored: StoreWatch
  readonly #lines: LeaseLines

  constructor(options: DeskOptions) {
    this.#time = options.time
    this.#store = options.store
    this.#log = options.log
    const now = (): number => this.#time.monotonicMs()
    this.#stored = new StoreWatch(options.log, now, 'leases')
    this.#lines = new LeaseLines(options.log, now, 'more leases changed than are told one by one')
    this.#leasesPerPort = options.leasesPerPort ?? 0
    this.#seed = options.seed ?? 0
    const monotonicMs = this.#time.monotonicMs()
    this.clock = new LeaseClock(this.#time.wallMs(), monotonicMs)
    const stored = mapEach(this.#store.load(), (lease) => this.clock.fromWall(lease, monotonicMs))
    this.#book = new LeaseBook(options.served, stored, this.nowMs(), this.#store.beganMs, this.#seed)
  }

  get book(): LeaseBook {
    return this.#book
  }

  /** Why no lease can be confirmed, in words; null when the last commit went well. */
  get fault(): string | null {
    return this.#stored.fault
  }

  /** Now on the lease clock. */
  nowMs(): number {
    return this.clock.now(this.#time.monotonicMs())
  }

  /** Serves other subnets from now on; leases stay, and offers of addresses that are still given. */
  replan(served: ServedSubnets, leasesPerPort = this.#leasesPerPort): void {
    this.#leasesPerPort = leasesPerPort
    this.#book.replan(served, this.nowMs())
  }

  /**
   * Decides about one message and enters the result; `settle` must follow. Nothing of a probe is entered, but it hears a
   * no when leases could not be stored.
   *
   * @param check asks whether an address is free on the network; null = it is not asked
   * @returns outcome `checking` when the answer is waited for: the message is to be taken again then
   */
  take(
    message: Message,
    arrival: Arrival,
    site: Site,
    probe: boolean,
    check: AddressCheck | null = null,
  ): ClientDecision {
    const nowMs = this.nowMs()
    this.#book.sweep(nowMs)
    if (probe) this.#stored.prove(() => this.#store.prove(this.#time.wallMs()))
    const decideNow = (): ClientDecision =>
      decide(message, { book: this.#book, site, arrival, nowMs, probe, fault: this.fault })
    const decision = probe ? decideNow() : this.#checked(decideNow, message, arrival, check)
    const { subnet } = decision
    if (probe || subnet === null) return decision
    for (const lease of decision.changes) {
      // A client that moves to another subnet of its link leaves the lease that it had.
      const place = inSubnet(subnet.plan, lease.address) ? subnet : this.#book.subnetOf(lease.address)
      if (place !== null) this.#open.push({ subnet: place, lease, before: place.put(lease, nowMs) })
    }
    if (decision.hold !== null) subnet.hold(decision.hold, nowMs)
    if (decision.endsHold) this.#endedHolds.push({ subnet, client: decision.client })
    return decision
  }

  /** Enters changes that no message brought; `settle` must follow. Those of addresses that are not served are left out. */
  enter(leases: readonly Lease[]): void {
    const nowMs = this.nowMs()
    for (const lease of leases) {
      const subnet = this.#book.subnetOf(lease.address)
      if (subnet !== null) this.#open.push({ subnet, lease, before: subnet.put(lease, nowMs) })
    }
  }

  /** A lease with times of the wall clock, as the desk keeps it. */
  fromWall(lease: Lease): Lease {
    return this.clock.fromWall(lease, this.#time.monotonicMs())
  }

  /**
   * Stores what the batch changed.
   *
   * @returns whether it is stored; if not, the book is as before and no reply that rests on a change may leave
   */
  settle(): boolean {
    if (this.clock.adjust(this.#time.wallMs(), this.#time.monotonicMs())) this.#rewriteDue = true
    const entries = this.#open
    const changed = entries.map(({ lease }) => lease)
    this.#open = []
    const stored = changed.length === 0 || this.#commit(changed)
    if (stored) for (const { subnet, client } of this.#endedHolds) subnet.dropHold(client)
    else for (const { subnet, lease, before } of entries.reverse()) subnet.restore(lease.address, before, this.nowMs())
    this.#endedHolds = []
    if (!stored) return false
    for (const { lease, before } of entries) {
      this.#tell(lease)
      if (this.#identities.note(before, lease, this.nowMs())) this.#tellShared(lease, before)
    }
    return true
  }

  /** Decides again for each address that turns out to be in use, which is set aside. */
  #checked(
    decideNow: () => ClientDecision,
    message: Message,
    arrival: Arrival,
    check: AddressCheck | null,
  ): ClientDecision {
    const nowMs = this.nowMs()
    for (let tried = 0; tried < MOST_TRIED; tried++) {
      const decision = decideNow()
      const { subnet, address, client } = decision
      if (subnet === null || !isNewPromise(decision)) return decision
      if (this.#isPortFull(decision, subnet))
        return { ...ignore('limited_port_leases', 'its port has as many leases as it may have', subnet), client }
      if (check === null) return decision
      const mac = formatHex(hardwareAddress(message), ':')
      const { giaddr, ciaddr } = message
      const result = check.check({ address, mac, subnet, arrival, giaddr, ciaddr }, nowMs)
      if (result.kind === 'clear') return decision
      if (result.kind === 'wait') {
        const lease = decision.hold ?? decision.changes.find((change) => change.address === address) ?? null
        const hold = lease === null || !isInPool(subnet.plan, address) ? null : lease
        return { ...ignore('checking', 'it is asked who has the address', subnet, address), client, hold }
      }
      const isReserved = subnet.plan.reservations.byAddress.has(address)
      this.enter([strangersLease(address, result.by, isReserved, nowMs)])
    }
    return { ...decideNow(), ...ignore('address_conflict', 'every address tried is used by others') }
  }

  /** Whether one more client of a port would be too much. */
  #isPortFull({ hold, changes, address, client }: ClientDecision, subnet: SubnetLeases): boolean {
    const most = this.#leasesPerPort
    const lease = most === 0 ? undefined : (hold ?? changes.find((change) => change.address === address))
    const port = lease === undefined ? null : portKey(lease)
    if (port === null || subnet.boundOfPort(port) < most) return false
    const present = subnet.leaseOf(client)
    return present === undefined || leaseState(present, this.nowMs()) !== 'bound'
  }

  close(): void {
    this.#store.close()
  }

  #commit(changed: readonly Lease[]): boolean {
    const toWall = (lease: Lease): Lease => this.clock.toWall(lease)
    const leases = this.#rewriteDue ? mapEach(this.#book.leases(), toWall) : changed.map(toWall)
    const stored = this.#stored.write(() => this.#store.commit(leases))
    if (stored) this.#rewriteDue = false
    return stored
  }

  /** Once a day for each client. */
  #tellShared({ address, clientId, mac }: Lease, before: Lease | undefined): void {
    const fields = { address: formatIpv4(address), clientId, macs: [before?.mac, mac] }
    this.#log.warn(
      fields,
      'one client identifier is used by several hardware addresses: copied machines have one address',
    )
  }

  /** One line for each change, as far as the log can take them. */
  #tell(lease: Lease): void {
    if (!this.#lines.take()) return
    const { mac, clientId, hostname, state } = lease
    const address = formatIpv4(lease.address)
    if (isConflict(lease)) this.#log.warn({ address, mac }, 'another device uses the address: it is set aside')
    else this.#log.info({ address, mac, clientId, hostname }, `lease ${state}`)
  }
}

/** One after the other: a million leases at once are more than there is memory for. */
function* mapEach(leases: Iterable<Lease>, change: (lease: Lease) => Lease): Iterable<Lease> {
  for (const lease of leases) yield change(lease)
}
