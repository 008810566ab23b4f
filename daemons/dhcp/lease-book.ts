import type { ClassPlan } from './classify.ts'
import type { Lease } from './lease.ts'
import { NameTable } from './name-table.ts'
import type { DhcpSection } from './section.ts'
import { SubnetLeases } from './subnet-leases.ts'
import { inSubnet, planClasses, planSubnet } from './subnet-plan.ts'
import { LeaseTable } from './table/lease-table.ts'

/** The part of the section that leases are about. */
export type ServedSubnets = Pick<DhcpSection, 'classes' | 'subnets'>

/** All subnets that are served, with their leases, and the leases of subnets that no longer are. */
export class LeaseBook {
  readonly subnets: readonly SubnetLeases[]
  readonly classes: readonly ClassPlan[]
  readonly names: NameTable
  readonly #strays: LeaseTable
  readonly #beganMs: number
  /** By name, those that share it. */
  readonly #links: ReadonlyMap<string, readonly SubnetLeases[]>

  /**
   * @param beganMs since when every lease given is among `leases`
   * @param seed of hashes of what clients send; see `hashText`
   */
  constructor(
    { classes, subnets }: ServedSubnets,
    leases: Iterable<Lease>,
    nowMs: number,
    beganMs: number,
    seed: number,
  ) {
    this.#beganMs = beganMs
    this.names = new NameTable((address) => this.subnetOf(address)?.leaseAt(address), seed)
    this.classes = planClasses(classes)
    const plans = subnets.map((subnet) => planSubnet(subnet, classes))
    for (const { address, hostname } of plans.flatMap(({ reservations }) => [...reservations.byAddress.values()]))
      if (hostname !== null) this.names.reserve(hostname, address)
    this.subnets = plans.map((plan) => new SubnetLeases(plan, this.names, seed))
    this.#strays = new LeaseTable(seed)
    for (const lease of leases) {
      const subnet = this.subnetOf(lease.address)
      if (subnet === null) this.#strays.put(lease)
      else subnet.load(lease, nowMs)
    }
    for (const subnet of this.subnets) subnet.queue(nowMs)
    this.#links = Map.groupBy(this.subnets, ({ plan }) => plan.link ?? '')
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
  strays(): Iterable<Lease> {
    return this.#strays.values()
  }

  /** Every remembered lease, over or not. */
  *leases(): Iterable<Lease> {
    for (const subnet of this.subnets) yield* subnet.leases()
    yield* this.strays()
  }
}
