import type { ClassPlan } from '../decide/classify.ts'
import type { DhcpSection } from '../section.ts'
import type { AddressRange } from '../subnets/pools.ts'
import { inSubnet, isWithin, planClasses, planSubnet, type SubnetPlan } from '../subnets/subnet-plan.ts'
import { LeaseTable } from '../table/lease-table.ts'
import type { Lease } from './lease.ts'
import { NameTable } from './name-table.ts'
import { SubnetLeases } from './subnet-leases.ts'

/** The part of the section that leases are about. */
export type ServedSubnets = Pick<DhcpSection, 'classes' | 'subnets'>

/** All subnets that are served, with their leases, and the leases of subnets that no longer are. */
export class LeaseBook {
  readonly names: NameTable
  readonly #beganMs: number
  readonly #seed: number
  #subnets: readonly SubnetLeases[] = []
  #classes: readonly ClassPlan[] = []
  #strays: LeaseTable
  /** By name, those that share it. */
  #links: ReadonlyMap<string, readonly SubnetLeases[]> = new Map()

  /**
   * @param beganMs since when every lease given is among `leases`
   * @param seed of hashes of what clients send; see `hashText`
   */
  constructor(served: ServedSubnets, leases: Iterable<Lease>, nowMs: number, beganMs: number, seed: number) {
    this.#beganMs = beganMs
    this.#seed = seed
    this.names = new NameTable((address) => this.subnetOf(address)?.leaseAt(address), seed)
    this.#strays = new LeaseTable(seed)
    this.#serve(served, nowMs)
    this.#load(leases, nowMs)
    for (const subnet of this.subnets) subnet.queue(nowMs)
  }

  get subnets(): readonly SubnetLeases[] {
    return this.#subnets
  }

  get classes(): readonly ClassPlan[] {
    return this.#classes
  }

  /**
   * Serves other subnets from now on. Each goes on with the leases and offers of the one whose network it has, else of one
   * that it overlaps; only leases of addresses that changed their subnet are moved.
   */
  replan(served: ServedSubnets, nowMs: number): void {
    this.sweep(nowMs)
    const before = new Map(this.subnets.map((subnet) => [subnet, subnet.plan]))
    const outside = this.#serve(served, nowMs)
    const gone = [...before.keys()].filter((subnet) => !this.subnets.includes(subnet))
    for (const subnet of gone) subnet.leaveNames()
    const changed = this.subnets.filter((subnet) => !isSameNetwork(before.get(subnet), subnet.plan))
    if (changed.length > 0) {
      const strays = this.#strays
      this.#strays = new LeaseTable(this.#seed)
      this.#load(strays.values(), nowMs)
    }
    this.#load(outside, nowMs)
    for (const subnet of gone) this.#load(subnet.leases(), nowMs)
    for (const subnet of changed) subnet.queue(nowMs)
  }

  /** The served subnet that an address lies in. */
  subnetOf(address: number): SubnetLeases | null {
    return this.subnets.find((subnet) => inSubnet(subnet.plan, address)) ?? null
  }

  /** All subnets on the link of one, in the order in which they are given from. */
  onLinkOf(subnet: SubnetLeases): readonly SubnetLeases[] {
    const { link } = subnet.plan
    return link === null ? [subnet] : (this.#links.get(link) ?? [subnet])
  }

  /** Whether every lease of the subnet that still runs is in here: no lease lasts longer than there are records. */
  isComplete({ plan }: SubnetLeases, nowMs: number): boolean {
    return nowMs - this.#beganMs >= plan.longestSeconds * 1000
  }

  sweep(nowMs: number): void {
    for (const subnet of this.subnets) subnet.sweep(nowMs)
  }

  /** Leases of addresses that lie in no served subnet: listed, never renewed. */
  strays(span?: AddressRange): Iterable<Lease> {
    return this.#strays.values(span)
  }

  /** Those of all leases and offers, in any order; some twice. */
  *addresses(): Iterable<number> {
    for (const subnet of this.subnets) {
      yield* subnet.addresses()
      for (const { address } of subnet.holds()) yield address
    }
    yield* this.#strays.addresses()
  }

  /** Every remembered lease, over or not. */
  *leases(): Iterable<Lease> {
    for (const subnet of this.subnets) yield* subnet.leases()
    yield* this.strays()
  }

  /** @returns leases that are no more where they were */
  #serve({ classes, subnets }: ServedSubnets, nowMs: number): readonly Lease[] {
    const plans = subnets.map((subnet) => planSubnet(subnet, classes))
    this.#classes = planClasses(classes)
    this.names.reserve(plans.flatMap(({ reservations }) => [...reservations.byAddress.values()]))
    const left = new Set(this.#subnets)
    const take = (isIt: (plan: SubnetPlan) => boolean): SubnetLeases | undefined => {
      const found = [...left].find(({ plan }) => isIt(plan))
      if (found !== undefined) left.delete(found)
      return found
    }
    const same = plans.map((plan) => take((one) => isSameNetwork(one, plan)))
    const outside: Lease[] = []
    this.#subnets = plans.map((plan, index) => {
      const present = same[index] ?? take((one) => isWithin(one, plan) || isWithin(plan, one))
      if (present === undefined) return new SubnetLeases(plan, this.names, this.#seed)
      for (const lease of present.replan(plan, nowMs)) outside.push(lease)
      return present
    })
    this.#links = Map.groupBy(this.#subnets, ({ plan }) => plan.link ?? '')
    return outside
  }

  /** Enters leases of before, each where it lies now. */
  #load(leases: Iterable<Lease>, nowMs: number): void {
    for (const lease of leases) {
      const subnet = this.subnetOf(lease.address)
      if (subnet === null) this.#strays.put(lease)
      else subnet.load(lease, nowMs)
    }
  }
}

function isSameNetwork(one: SubnetPlan | undefined, other: SubnetPlan): boolean {
  return one?.network === other.network && one.mask === other.mask
}
