import { keyIn } from '../message/client-key.ts'
import { comparePlans } from '../subnets/plan-change.ts'
import type { AddressRange } from '../subnets/pools.ts'
import { inSubnet, isInPool, isWithin, type SubnetPlan } from '../subnets/subnet-plan.ts'
import { LeaseTable } from '../table/lease-table.ts'
import { RowDeadlines } from '../table/row-deadlines.ts'
import type { FreeAddresses } from './free-addresses.ts'
import { FreeLines } from './free-lines.ts'
import { HOLD_MS, type Hold, HoldTable, PRESSED_HOLD_MS } from './hold-table.ts'
import { isDeclined, isOccupied, type Lease } from './lease.ts'
import type { NameTable } from './name-table.ts'
import { PoolOccupancy } from './pool-occupancy.ts'
import { PortCounts } from './port-counts.ts'

/** Most addresses of one subnet that wait for the REQUEST after their OFFER. */
const MAX_HOLDS = 16_384
/** Part of the free addresses under offer from which offers last shorter. */
const PRESSED_PART = 0.8
/** Part of the pool that declined addresses may take, so that a hostile client cannot close it. */
const MAX_DECLINED_PART = 0.2

/**
 * Who has which address of one subnet, and which one is next to be given. Finding a free address takes constant
 * time on average, however large or full the pool is.
 */
export class SubnetLeases {
  #plan: SubnetPlan
  readonly #names: NameTable
  readonly #table: LeaseTable
  readonly #holds = new HoldTable(MAX_HOLDS)
  #free: FreeLines
  /** When the leases end that keep their address from others, as far as `sweep` has looked. */
  readonly #ends = new RowDeadlines()
  readonly #boundByPort = new PortCounts()
  #bound = 0
  #occupancy: PoolOccupancy

  /**
   * @param names of all subnets together
   * @param seed of hashes; see `hashText`
   */
  constructor(plan: SubnetPlan, names: NameTable, seed: number) {
    this.#plan = plan
    this.#names = names
    this.#table = new LeaseTable(seed)
    this.#occupancy = new PoolOccupancy(plan)
    this.#free = new FreeLines(plan.pools)
  }

  get plan(): SubnetPlan {
    return this.#plan
  }

  /**
   * Goes by another plan from now on. Leases and offers stay, but for offers of addresses that are not in the pools any
   * more; their number takes time only where the addresses changed.
   *
   * @param nowMs up to which it is swept
   * @returns leases of addresses that the subnet has no more, taken out
   */
  replan(plan: SubnetPlan, nowMs: number): readonly Lease[] {
    const before = this.#plan
    const { addresses, macs } = comparePlans(before, plan)
    this.#plan = plan
    const outside = isWithin(before, plan) ? [] : this.#takeOutside()
    if (macs.size > 0) this.#renameClients(macs, nowMs)
    if (addresses) this.#layOut(nowMs)
    return outside
  }

  /** Takes all names of its leases back: it is served no more. */
  leaveNames(): void {
    for (const row of this.#table.rows()) if (this.#ends.has(row)) this.#names.leave(this.#table.in(row))
  }

  /** Enters a lease of before; `queue` must follow the last of them. */
  load(lease: Lease, nowMs: number): void {
    const client = this.#clientOf(lease)
    const entered = client === lease.client ? lease : { ...lease, client }
    const row = this.#table.put(entered, 'loaded')
    if (isOccupied(entered, nowMs)) this.#occupy(entered, row)
  }

  /** Puts the addresses of loaded leases that are over in line, the longest unused first. */
  queue(nowMs: number): void {
    for (const address of this.#table.endedBy(nowMs)) this.#free.of(address)?.putUsed(address)
  }

  /** Brings the books up to a moment: holds that lapsed and leases that ended give their addresses back. */
  sweep(nowMs: number): void {
    const holdMs = this.#isPressed() ? PRESSED_HOLD_MS : HOLD_MS
    let lapsed = this.#holds.takeLapsed(nowMs, holdMs)
    for (; lapsed !== null; lapsed = this.#holds.takeLapsed(nowMs, holdMs)) this.#giveBack(lapsed)
    for (let row = this.#ends.takeDue(nowMs); row >= 0; row = this.#ends.takeDue(nowMs)) {
      const lease = this.#table.in(row)
      this.#discount(lease)
      this.#free.of(lease.address)?.putUsed(lease.address)
    }
  }

  /** What is known of an address, also when the lease is over. */
  leaseAt(address: number): Lease | undefined {
    return this.#table.at(address)
  }

  /** The lease that a client has or had last in this subnet. */
  leaseOf(client: string): Lease | undefined {
    return this.#table.of(client)
  }

  heldFor(client: string): number | null {
    return this.#holds.addressOf(client)
  }

  /** The client that an offered address waits for. */
  heldAt(address: number): string | null {
    return this.#holds.clientOf(address)
  }

  /** Whether an address could be given to the client now: nobody else has it, none is waiting for it. */
  isFree(address: number, client: string, nowMs: number): boolean {
    const holder = this.#holds.clientOf(address)
    if (holder !== null && holder !== client) return false
    const row = this.#table.rowOf(address)
    if (row < 0 || !this.#table.isOccupied(row, nowMs)) return true
    const lease = this.#table.in(row)
    return lease.state === 'bound' && lease.client === client
  }

  /**
   * The address that a new client would get: one never used, else the one unused for longest.
   * Asking again gives the same answer until it is held or bound.
   *
   * @param classes those of the client: they say which pools it is given from
   */
  nextFree(client: string, classes: readonly number[], own: ReadonlySet<number>, nowMs: number): number | null {
    const passes = (address: number): boolean =>
      isInPool(this.plan, address) && !own.has(address) && this.isFree(address, client, nowMs)
    const isNew = (address: number): boolean => this.#table.rowOf(address) < 0
    return this.#free.first(this.plan.pools.groupsFor(classes), passes, isNew)
  }

  /** The line that an address is given from; null for one outside of all pools. */
  lineOf(address: number): FreeAddresses | null {
    return this.#free.of(address)
  }

  /** Whether an address of a line could be given to a new client when its turn comes. */
  mayCome(address: number, own: ReadonlySet<number>, nowMs: number): boolean {
    return isInPool(this.plan, address) && !own.has(address) && this.isFree(address, '', nowMs)
  }

  /** Reserves the address of an offered lease for the time between OFFER and REQUEST. */
  hold(lease: Lease, nowMs: number): void {
    for (const freed of this.#holds.put(lease, nowMs)) this.#giveBack(freed)
  }

  dropHold(client: string): void {
    const address = this.#holds.drop(client)
    if (address !== null) this.#giveBack(address)
  }

  /** Enters a lease; returns what it replaced, for `restore`. */
  put(lease: Lease, nowMs: number): Lease | undefined {
    const before = this.#table.at(lease.address)
    this.#replace(before, lease, nowMs)
    return before
  }

  /** Takes back a `put` that could not be stored. */
  restore(address: number, before: Lease | undefined, nowMs: number): void {
    const present = this.#table.at(address)
    if (before !== undefined) this.#replace(present, before, nowMs)
    else if (present !== undefined) {
      this.#vacate(present)
      this.#table.delete(address)
      this.#free.of(address)?.putUnused(address)
    }
  }

  /** Whether one more address may be set aside as declined. */
  mayDecline(): boolean {
    return this.#occupancy.declined < Math.max(1, Math.floor(this.plan.poolSize * MAX_DECLINED_PART))
  }

  /** Leases that run of one port behind a relay; see `portKey`. */
  boundOfPort(port: string): number {
    return this.#boundByPort.of(port)
  }

  /** Addresses of one pool that are leased or set aside. @param index place in the list of pools */
  occupiedInPool(index: number): number {
    return this.#occupancy.inPool(index)
  }

  boundCount(): number {
    return this.#bound
  }

  /** Addresses of the pools that a new client could get now. */
  freeCount(): number {
    return Math.max(0, this.plan.poolSize - this.#occupancy.occupied - this.#holds.size)
  }

  leases(span?: AddressRange): Iterable<Lease> {
    return this.#table.values(span)
  }

  /** Those of all leases, in any order. */
  addresses(): Iterable<number> {
    return this.#table.addresses()
  }

  /** Addresses under OFFER, with the client that each waits for. */
  holds(): Iterable<Hold> {
    return this.#holds.entries()
  }

  #replace(before: Lease | undefined, after: Lease, nowMs: number): void {
    if (before !== undefined) this.#vacate(before)
    const row = this.#table.put(after)
    if (isOccupied(after, nowMs)) this.#occupy(after, row)
    else this.#free.of(after.address)?.putUsed(after.address)
  }

  /** Whether most addresses that could be given are under offer: who only asks must make way soon. */
  #isPressed(): boolean {
    return this.#holds.size >= PRESSED_PART * (this.plan.poolSize - this.#occupancy.occupied)
  }

  #occupy(lease: Lease, row: number): void {
    this.#ends.set(row, lease.endsMs)
    this.#names.enter(lease)
    this.#count(lease, 1)
  }

  #vacate(lease: Lease): void {
    if (this.#ends.delete(this.#table.rowOf(lease.address))) this.#discount(lease)
  }

  #discount(lease: Lease): void {
    this.#names.leave(lease)
    this.#count(lease, -1)
  }

  #count(lease: Lease, by: 1 | -1): void {
    if (lease.state === 'bound') {
      this.#bound += by
      this.#boundByPort.count(lease, by)
    }
    this.#occupancy.count(lease.address, isDeclined(lease), by)
  }

  /** The client of a lease as the plan calls it. */
  #clientOf({ client: key, mac, clientId }: Lease): string {
    return keyIn(this.plan, { key, mac, clientId })
  }

  #takeOutside(): readonly Lease[] {
    const table = this.#table
    const rows = [...table.rows()].filter((row) => !inSubnet(this.plan, table.addressIn(row)))
    return rows.map((row) => {
      const lease = table.in(row)
      this.#vacate(lease)
      table.delete(lease.address)
      return lease
    })
  }

  #renameClients(macs: ReadonlySet<string>, nowMs: number): void {
    for (const lease of this.#table.renameClients(macs, (one) => this.#clientOf(one))) {
      if (!this.#ends.has(this.#table.rowOf(lease.address))) continue
      this.#names.leave(lease)
      this.#names.enter(lease)
    }
    for (const { lease, client } of [...this.#holds.entries()]) {
      if (!macs.has(lease.mac)) continue
      this.#holds.drop(client)
      this.hold({ ...lease, client: this.#clientOf(lease) }, nowMs)
    }
  }

  /** Counts and queues all addresses anew, by the numbers of their leases alone. */
  #layOut(nowMs: number): void {
    const table = this.#table
    this.#occupancy = new PoolOccupancy(this.plan)
    this.#free = new FreeLines(this.plan.pools)
    for (const row of table.rows())
      if (this.#ends.has(row))
        this.#occupancy.count(table.addressIn(row), table.stateIn(row) === 'declined' && isDeclined(table.in(row)), 1)
    this.queue(nowMs)
    for (const { address, client } of [...this.#holds.entries()])
      if (!isInPool(this.plan, address)) this.#holds.drop(client)
  }

  #giveBack(address: number): void {
    if (this.#table.rowOf(address) >= 0) this.#free.of(address)?.putUsed(address)
    else this.#free.of(address)?.putUnused(address)
  }
}
