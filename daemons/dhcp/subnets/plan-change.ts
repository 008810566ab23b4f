import type { ReservationPlan } from './reservation-plan.ts'
import type { SubnetPlan } from './subnet-plan.ts'

/** What another plan means for the leases that are there. */
export interface PlanChange {
  /** Whether other addresses are given, or to others. */
  readonly addresses: boolean
  /** Hardware addresses whose clients are called otherwise; see `keyIn`. */
  readonly macs: ReadonlySet<string>
}

/** Compares two plans in what leases are kept by; everything else of a plan is looked up when it is needed. */
export function comparePlans(before: SubnetPlan, after: SubnetPlan): PlanChange {
  return { addresses: layoutOf(before) !== layoutOf(after), macs: renamed(before.reservations, after.reservations) }
}

/** All that says which addresses of a subnet are given from which line. */
function layoutOf({ network, mask, pools, routers, reservations }: SubnetPlan): string {
  const ranges = pools.all.map(({ first, last, group }) => [first, last, group])
  return JSON.stringify([network, mask, ranges, routers.toSorted(), [...reservations.byAddress.keys()].toSorted()])
}

function renamed({ byMac: before }: ReservationPlan, { byMac: after }: ReservationPlan): ReadonlySet<string> {
  const macs = new Set([...before.keys(), ...after.keys()])
  for (const mac of macs) if (before.get(mac)?.macs[0] === after.get(mac)?.macs[0]) macs.delete(mac)
  return macs
}
