import { isOccupied } from '../leases/lease.ts'
import { type Binding, bindingKey } from './binding.ts'
import type { BindingNames } from './binding-names.ts'
import { DeadlineHeap } from './deadline-heap.ts'
import { FreeAddresses6 } from './free-addresses.ts'
import { isIn, isInPools, MOST_LEASES, type SubnetPlan6 } from './subnet-plan.ts'

/** Part of the pools that declined addresses may take, so that a hostile client cannot close them. */
const MAX_DECLINED_PART = 0.2
const MOST_OF_ONE_CLIENT = 16
/** Leases that are over and still remembered; the oldest are forgotten. */
const MOST_REMEMBERED = 65_536

/** Who has which address of one IPv6 subnet, and which one is next to be given. */
export class SubnetBindings {
  readonly plan: SubnetPlan6
  readonly #names: BindingNames
  readonly #byAddress = new Map<bigint, Binding>()
  /** The address that an identity association has or had last. */
  readonly #byKey = new Map<string, bigint>()
  readonly #free: FreeAddresses6
  readonly #ends = new DeadlineHeap()
  /** Those of `#byAddress` that keep their address from others, as far as `sweep` has looked. */
  readonly #occupied = new Map<bigint, Binding>()
  /** Those that do not, the one that ended first first. */
  readonly #over = new Set<bigint>()
  readonly #countByDuid = new Map<string, number>()
  readonly #occupiedByPool: number[]
  #declinedInPools = 0
  #bound = 0

  /** @param names of all subnets together */
  constructor(plan: SubnetPlan6, bindings: Iterable<Binding>, names: BindingNames, nowMs: number) {
    this.plan = plan
    this.#names = names
    this.#free = new FreeAddresses6(plan.pools)
    this.#occupiedByPool = plan.pools.map(() => 0)
    for (const binding of [...bindings].sort((one, other) => one.endsMs - other.endsMs)) this.put(binding, nowMs)
  }

  /** Brings the books up to a moment: leases that ended give their addresses back. */
  sweep(nowMs: number): void {
    for (let address = this.#ends.takeDue(nowMs); address !== null; address = this.#ends.takeDue(nowMs)) {
      const binding = this.#occupied.get(address)
      if (binding === undefined) continue
      if (binding.endsMs > nowMs) this.#ends.schedule(address, binding.endsMs)
      else this.#giveBack(address)
    }
  }

  /** What is known of an address, also when the lease is over. */
  at(address: bigint): Binding | undefined {
    return this.#byAddress.get(address)
  }

  /** The lease that an identity association has or had last. */
  of(key: string): Binding | undefined {
    const address = this.#byKey.get(key)
    return address === undefined ? undefined : this.#byAddress.get(address)
  }

  /** Whether an address could be given to the identity association now: nobody else has it. */
  isFree(address: bigint, key: string, nowMs: number): boolean {
    const binding = this.#byAddress.get(address)
    if (binding === undefined || !isOccupied(binding, nowMs)) return true
    return binding.state === 'bound' && bindingKey(binding) === key
  }

  /**
   * The address of the pools that an identity association without one would get. Asking again gives the same answer until
   * it is bound.
   *
   * @param taken addresses that go to others at this moment
   */
  nextFree(key: string, own: ReadonlySet<bigint>, taken: ReadonlySet<bigint>, nowMs: number): bigint | null {
    return this.#free.first(key, {
      unused: (address) => isInPools(this.plan, address) && !this.#byAddress.has(address),
      free: (address) => isInPools(this.plan, address) && !own.has(address) && this.isFree(address, key, nowMs),
      taken: (address) => taken.has(address),
    })
  }

  /** Whether there is room for one more lease of a client. */
  hasRoomFor(duid: string, more: number): boolean {
    return this.#occupied.size + more < MOST_LEASES && (this.#countByDuid.get(duid) ?? 0) + more < MOST_OF_ONE_CLIENT
  }

  /** Enters a lease; returns what it replaced, for `restore`. */
  put(binding: Binding, nowMs: number): Binding | undefined {
    const before = this.#byAddress.get(binding.address)
    this.#replace(binding.address, before, binding, nowMs)
    return before
  }

  /** Takes back a `put` that could not be stored. */
  restore(address: bigint, before: Binding | undefined, nowMs: number): void {
    this.#replace(address, this.#byAddress.get(address), before, nowMs)
  }

  /** Forgets leases that have been over for longest, as many as there are too many; gives their addresses. */
  forgetOldest(): readonly bigint[] {
    const gone: bigint[] = []
    for (const address of this.#over) {
      if (this.#over.size <= MOST_REMEMBERED) break
      gone.push(address)
      this.#over.delete(address)
      const binding = this.#byAddress.get(address)
      this.#byAddress.delete(address)
      this.#free.forget(address)
      if (binding !== undefined && this.#byKey.get(bindingKey(binding)) === address)
        this.#byKey.delete(bindingKey(binding))
    }
    return gone
  }

  /** Whether one more address may be set aside as declined. @param more that are about to be */
  mayDecline(more: number): boolean {
    return this.#declinedInPools + more < Math.max(1, Math.floor(this.plan.poolSize * MAX_DECLINED_PART))
  }

  /** Leases that run. */
  boundCount(): number {
    return this.#bound
  }

  /** Addresses of one pool that are leased or set aside. @param index place in the list of pools */
  occupiedInPool(index: number): number {
    return this.#occupiedByPool[index] ?? 0
  }

  /** Addresses of the pools that a new client could get now. */
  freeCount(): number {
    const inPools = this.#occupiedByPool.reduce((sum, count) => sum + count, 0)
    return Math.max(0, Math.min(this.plan.poolSize - inPools, MOST_LEASES - this.#occupied.size))
  }

  all(): Iterable<Binding> {
    return this.#byAddress.values()
  }

  #replace(address: bigint, before: Binding | undefined, after: Binding | undefined, nowMs: number): void {
    if (before !== undefined && this.#byKey.get(bindingKey(before)) === address) this.#byKey.delete(bindingKey(before))
    this.#vacate(address)
    this.#over.delete(address)
    if (after === undefined) {
      this.#byAddress.delete(address)
      this.#putUsed(address)
      return
    }
    this.#byAddress.set(address, after)
    if (after.state !== 'declined') this.#byKey.set(bindingKey(after), address)
    if (isOccupied(after, nowMs)) this.#occupy(after)
    else this.#giveBack(address)
  }

  #occupy(binding: Binding): void {
    this.#occupied.set(binding.address, binding)
    this.#ends.schedule(binding.address, binding.endsMs)
    this.#names.enter(binding)
    this.#count(binding, 1)
  }

  #vacate(address: bigint): void {
    const binding = this.#occupied.get(address)
    if (binding === undefined) return
    this.#occupied.delete(address)
    this.#names.leave(binding)
    this.#count(binding, -1)
  }

  #giveBack(address: bigint): void {
    this.#vacate(address)
    this.#over.add(address)
    this.#putUsed(address)
  }

  /** Addresses outside of all pools, which only reservations have, are in no queue. */
  #putUsed(address: bigint): void {
    if (isInPools(this.plan, address)) this.#free.putUsed(address)
  }

  #count({ address, duid, state }: Binding, by: 1 | -1): void {
    const count = (this.#countByDuid.get(duid) ?? 0) + by
    if (count > 0) this.#countByDuid.set(duid, count)
    else this.#countByDuid.delete(duid)
    if (state === 'bound') this.#bound += by
    if (!isInPools(this.plan, address)) return
    const pool = this.plan.pools.findIndex((range) => isIn(range, address))
    this.#occupiedByPool[pool] = this.occupiedInPool(pool) + by
    if (state === 'declined') this.#declinedInPools += by
  }
}
