import type { Logger } from 'pino'
import { LeaseClock } from '../leases/lease-clock.ts'
import type { DeskClock } from '../leases/lease-desk.ts'
import { LeaseLines } from '../leases/lease-lines.ts'
import { StoreWatch } from '../leases/store-watch.ts'
import type { DhcpSubnet6 } from '../section.ts'
import { formatIpv6 } from './address.ts'
import type { Binding } from './binding.ts'
import { BindingBook } from './binding-book.ts'
import type { IsTaken } from './binding-names.ts'
import type { BindingStore } from './binding-store.ts'
import { decide6 } from './decide.ts'
import type { Decision6, Inquiry6 } from './decision.ts'
import { strangersBinding } from './strangers-binding.ts'
import type { SubnetBindings } from './subnet-bindings.ts'

/** What a desk stands on. */
export interface BindingDeskOptions {
  readonly subnets: readonly DhcpSubnet6[]
  readonly store: BindingStore
  readonly time: DeskClock
  readonly log: Logger
  /** Whether a name is another device's in IPv4. */
  readonly isTaken: IsTaken
}

/** What a message brings beside its time and the book. */
export type Asked = Omit<Inquiry6, 'book' | 'nowMs'>

/**
 * Takes the IPv6 messages of one batch: decides about each, enters what follows into the book so that the next message
 * sees it, and stores all of it in one transaction, before any answer leaves.
 */
export class BindingDesk {
  readonly clock: LeaseClock
  readonly #time: DeskClock
  readonly #store: BindingStore
  readonly #log: Logger
  readonly #isTaken: IsTaken
  #book: BindingBook
  /** Leases entered and not yet stored, each with what it replaced. */
  #open: { subnet: SubnetBindings; binding: Binding; before: Binding | undefined }[] = []
  #rewriteDue = false
  readonly #stored: StoreWatch
  readonly #lines: LeaseLines

  /** Reads what is stored. @throws when it cannot be read */
  constructor({ subnets, store, time, log, isTaken }: BindingDeskOptions) {
    this.#time = time
    this.#store = store
    this.#log = log
    const now = (): number => time.monotonicMs()
    this.#stored = new StoreWatch(log, now, 'IPv6 leases')
    this.#lines = new LeaseLines(log, now, 'more IPv6 leases changed than are told one by one')
    this.#isTaken = isTaken
    const monotonicMs = time.monotonicMs()
    this.clock = new LeaseClock(time.wallMs(), monotonicMs)
    const own = store.load().map((binding) => this.clock.fromWall(binding, monotonicMs))
    this.#book = new BindingBook(subnets, own, isTaken, this.nowMs())
  }

  get book(): BindingBook {
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

  /** A lease with its times of the wall clock as one of this desk. */
  fromWall(binding: Binding): Binding {
    return this.clock.fromWall(binding, this.#time.monotonicMs())
  }

  /** Serves other subnets from now on; leases stay. */
  replan(subnets: readonly DhcpSubnet6[]): void {
    this.#book = new BindingBook(subnets, [...this.#book.bindings()], this.#isTaken, this.nowMs())
  }

  /** Decides about one message, and changes nothing. */
  consider(asked: Asked): Decision6 {
    const nowMs = this.nowMs()
    this.#book.sweep(nowMs)
    return decide6({ ...asked, book: this.#book, nowMs })
  }

  /** Decides about one message and enters the result; `settle` must follow. */
  take(asked: Asked): Decision6 {
    const decision = this.consider(asked)
    this.enter(decision.changes)
    return decision
  }

  /** Sets an address aside that a device without a lease of it uses; `settle` must follow. @param mac see `strangersBinding` */
  setAside(address: bigint, mac: string): void {
    const isReserved = this.#book.subnetOf(address)?.plan.reservations.byAddress.has(address) === true
    this.enter([strangersBinding(address, mac, isReserved, this.nowMs())])
  }

  /** Tries the store where that is not known: a fault is found, and its end, though no client asks. */
  prove(): void {
    this.#stored.prove(() => this.#store.prove(this.#time.wallMs()))
  }

  /** Enters changes; `settle` must follow. Those of addresses that are not served are left out. */
  enter(bindings: readonly Binding[]): void {
    const nowMs = this.nowMs()
    for (const binding of bindings) {
      const subnet = this.#book.subnetOf(binding.address)
      if (subnet !== null) this.#open.push({ subnet, binding, before: subnet.put(binding, nowMs) })
    }
  }

  /**
   * Stores what the batch changed.
   *
   * @returns whether it is stored; if not, the book is as before and no answer that rests on a change may leave
   */
  settle(): boolean {
    if (this.clock.adjust(this.#time.wallMs(), this.#time.monotonicMs())) this.#rewriteDue = true
    const entries = this.#open
    const changed = entries.map(({ binding }) => binding)
    this.#open = []
    if (changed.length === 0) return true
    const stored = this.#commit(this.#rewriteDue ? [...this.#book.bindings()] : changed)
    if (stored) for (const binding of changed) this.#tell(binding)
    else
      for (const { subnet, binding, before } of entries.reverse()) subnet.restore(binding.address, before, this.nowMs())
    return stored
  }

  #commit(bindings: readonly Binding[]): boolean {
    const forgotten = this.#book.subnets.flatMap((subnet) => subnet.forgetOldest())
    const wall = bindings.map((binding) => this.clock.toWall(binding))
    const stored = this.#stored.write(() => this.#store.commit(wall, forgotten))
    if (stored) this.#rewriteDue = false
    return stored
  }

  /** One line for each change, as far as the log can take them. */
  #tell({ address, duid, mac, hostname, state }: Binding): void {
    if (this.#lines.take()) this.#log.info({ address: formatIpv6(address), mac, duid, hostname }, `lease ${state}`)
  }
}
