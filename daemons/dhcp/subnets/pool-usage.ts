import { formatIpv4 } from '../../wire/address.ts'
import type { LeaseBook } from '../leases/lease-book.ts'
import type { PoolForecast } from './pool-forecast.ts'
import { isInPool, type SubnetPlan } from './subnet-plan.ts'

/** How full a pool is; the names are part of the interface. */
export interface PoolUsage {
  readonly subnet: string
  /** First and last address. */
  readonly pool: string
  /** Those that can be given to anyone: not reserved, nor a router's. */
  readonly addresses: number
  /** Leased, or set aside. */
  readonly used: number
  readonly free: number
  /** At the growth of the last hours; null when it does not grow, or is not known yet. */
  readonly hours_until_full: number | null
  /** The same for people. */
  readonly text: string
}

/** How full each pool is. @param book swept up to now */
export function poolUsage(book: LeaseBook, forecast: PoolForecast): readonly PoolUsage[] {
  return book.subnets.flatMap((subnet) =>
    subnet.plan.pools.all.map(({ index, first, last }): PoolUsage => {
      const { name } = subnet.plan
      const pool = `${formatIpv4(first)}-${formatIpv4(last)}`
      const addresses = sizeOf(subnet.plan, first, last)
      const used = subnet.occupiedInPool(index)
      const free = Math.max(0, addresses - used)
      const hours = forecast.hoursUntilFull(poolKey(name, pool), free)
      const text = `${pool}: ${used} of ${addresses} used, ${free} free${fullText(hours)}`
      return { subnet: name, pool, addresses, used, free, hours_until_full: hours, text }
    }),
  )
}

/** The name of a pool to the forecast. */
export function poolKey(subnet: string, pool: string): string {
  return `${subnet} ${pool}`
}

/** When a pool is full, to follow other words; empty when that is not known. */
export function fullText(hours: number | null): string {
  return hours === null ? '' : `, full in about ${hoursText(hours)}`
}

/** Hours in words, as precise as a forecast can be. */
export function hoursText(hours: number): string {
  if (hours < 1) return 'less than an hour'
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`
}

const sizes = new WeakMap<SubnetPlan, Map<number, number>>()

/** Counted once for each plan: addresses that are reserved or a router's are few, and looked up alone. */
function sizeOf(plan: SubnetPlan, first: number, last: number): number {
  const known = sizes.get(plan) ?? new Map<number, number>()
  sizes.set(plan, known)
  const before = known.get(first)
  if (before !== undefined) return before
  const suspects = new Set([plan.network, plan.broadcast, ...plan.routers, ...plan.reservations.byAddress.keys()])
  const taken = [...suspects].filter((address) => address >= first && address <= last && !isInPool(plan, address))
  const size = last - first + 1 - taken.length
  known.set(first, size)
  return size
}
