import type { Lease } from './lease.ts'
import type { DhcpSubnet } from './section.ts'
import { SubnetLeases } from './subnet-leases.ts'
import { inSubnet, planSubnet } from './subnet-plan.ts'

/** All subnets that are served, with their leases, and the leases of subnets that no longer are. */
export class LeaseBook {
  readonly subnets: readonly SubnetLeases[]
  /** Leases of addresses that lie in no served subnet: listed, never renewed. */
  readonly strays: readonly Lease[]
  readonly #beganMs: number

  /** @param beganMs since when every lease given is among `leases` */
  constructor(subnets: readonly DhcpSubnet[], leases: Iterable<Lease>, nowMs: number, beganMs: number) {
    this.#beganMs = beganMs
    const plans = subnets.map(planSubnet)
    const sorted = plans.map((): Lease[] => [])
    const strays: Lease[] = []
    for (const lease of leases) {
      const index = plans.findIndex((plan) => inSubnet(plan, lease.address))
      const list = sorted[index] ?? strays
      list.push(lease)
    }
    this.subnets = plans.map((plan, index) => new SubnetLeases(plan, sorted[index] ?? [], nowMs))
    this.strays = strays
  }

  /** The served subnet that an address lies in. */
  subnetOf(address: number): SubnetLeases | null {
    return this.subnets.find((subnet) => inSubnet(subnet.plan, address)) ?? null
  }

  /** Whether every lease of the subnet that still runs is in here: no lease lasts longer than there are records. */
  isComplete({ plan }: SubnetLeases, nowMs: number): boolean {
    return nowMs - this.#beganMs >= plan.maxLeaseSeconds * 1000
  }

  sweep(nowMs: number): void {
    for (const subnet of this.subnets) subnet.sweep(nowMs)
  }

  /** Every remembered lease, over or not. */
  *leases(): Iterable<Lease> {
    for (const subnet of this.subnets) yield* subnet.leases()
    yield* this.strays
  }
}
