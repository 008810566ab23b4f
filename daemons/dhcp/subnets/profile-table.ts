import type { DhcpClass, DhcpSettings, DhcpSubnet } from '../section.ts'
import type { Pool } from './pools.ts'
import { layOver, type Profile } from './profile.ts'
import type { Reservation } from './reservation-plan.ts'

/** Most profiles kept; clients choose their classes, so that their combinations have no other bound. */
const MOST = 128

/** What a client of one subnet gets: the settings of its reservation over its classes, the pool and the subnet. */
export class ProfileTable {
  /** Without reservation, class or pool of its own. */
  readonly plain: Profile
  /** The longest lease that any profile gives. */
  readonly longestSeconds: number
  readonly #subnet: DhcpSubnet
  readonly #classes: readonly DhcpSettings[]
  readonly #made = new Map<string, Profile>()

  constructor(subnet: DhcpSubnet, classes: readonly DhcpClass[]) {
    this.#subnet = subnet
    this.#classes = classes.map(({ settings }) => settings)
    this.plain = layOver([], subnet)
    const levels = [...this.#classes, ...[...subnet.pools, ...subnet.reservations].flatMap((one) => one.settings ?? [])]
    this.longestSeconds = Math.max(
      subnet.maxLeaseSeconds,
      ...levels.flatMap(({ leaseSeconds, maxLeaseSeconds }) => [leaseSeconds ?? 0, maxLeaseSeconds ?? 0]),
    )
  }

  /** Each combination is laid over each other once. @param classes places in the list of classes, in order */
  of(reservation: Reservation | undefined, classes: readonly number[], pool: Pool | undefined): Profile {
    const own = reservation?.settings ?? null
    const ofPool = pool?.settings ?? null
    if (own === null && ofPool === null && classes.length === 0) return this.plain
    const key = `${own === null ? '' : reservation?.address}|${classes.join()}|${ofPool === null ? '' : pool?.index}`
    const made = this.#made.get(key)
    if (made !== undefined) return made
    const levels = [own, ...classes.map((one) => this.#classes[one] ?? null), ofPool]
    const profile = layOver(
      levels.filter((level) => level !== null),
      this.#subnet,
    )
    if (this.#made.size >= MOST) this.#made.clear()
    this.#made.set(key, profile)
    return profile
  }
}
