import type { DhcpSubnet6 } from '../section.ts'
import type { Binding } from './binding.ts'
import { BindingNames, type IsTaken } from './binding-names.ts'
import { SubnetBindings } from './subnet-bindings.ts'
import { isIn, planSubnet6 } from './subnet-plan.ts'

/** Which attached network an address of ours lies on: what the machine tells now. */
export type DeviceOf = (plan: SubnetBindings['plan']) => string | null

/** All IPv6 subnets that DHCPv6 serves, with their leases, and the leases of subnets that no longer are. */
export class BindingBook {
  readonly subnets: readonly SubnetBindings[]
  readonly names: BindingNames
  /** Leases of addresses that lie in no served subnet: listed, never renewed. */
  readonly strays: readonly Binding[]

  /** @param isTaken whether a name is another device's in IPv4 */
  constructor(subnets: readonly DhcpSubnet6[], bindings: Iterable<Binding>, isTaken: IsTaken, nowMs: number) {
    this.names = new BindingNames(isTaken)
    const plans = subnets.filter(({ mode }) => mode !== 'slaac').map(planSubnet6)
    for (const { address, hostname } of plans.flatMap(({ reservations }) => [...reservations.byAddress.values()]))
      if (hostname !== null) this.names.reserve(hostname, address)
    const sorted = plans.map((): Binding[] => [])
    const strays: Binding[] = []
    for (const binding of bindings) {
      const list = sorted[plans.findIndex((plan) => isIn(plan, binding.address))] ?? strays
      list.push(binding)
    }
    this.subnets = plans.map((plan, index) => new SubnetBindings(plan, sorted[index] ?? [], this.names, nowMs))
    this.strays = strays
  }

  /** The served subnet that an address lies in. */
  subnetOf(address: bigint): SubnetBindings | null {
    return this.subnets.find(({ plan }) => isIn(plan, address)) ?? null
  }

  /** The served subnets of an attached network, in the order of the configuration. */
  onDevice(device: string, deviceOf: DeviceOf): readonly SubnetBindings[] {
    return this.subnets.filter(({ plan }) => deviceOf(plan) === device)
  }

  /**
   * The served subnets of the link that a relay agent's link address is of.
   *
   * @rfc 8415 section 13.1: an address of the link
   */
  onLinkOf(address: bigint, deviceOf: DeviceOf): readonly SubnetBindings[] {
    const subnet = this.subnetOf(address)
    if (subnet === null) return []
    const device = deviceOf(subnet.plan)
    return device === null ? [subnet] : this.onDevice(device, deviceOf)
  }

  sweep(nowMs: number): void {
    for (const subnet of this.subnets) subnet.sweep(nowMs)
  }

  /** Every remembered lease, over or not. */
  *bindings(): Iterable<Binding> {
    for (const subnet of this.subnets) yield* subnet.all()
    yield* this.strays
  }
}
