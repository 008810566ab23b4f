import type { PoolUsage } from '../subnets/pool-usage.ts'
import { formatIpv6 } from './address.ts'
import type { BindingBook } from './binding-book.ts'
import { isIn } from './subnet-plan.ts'

/** How full each IPv6 pool is. @param book swept up to now */
export function poolUsage6(book: BindingBook): readonly PoolUsage[] {
  return book.subnets.flatMap((subnet) =>
    subnet.plan.pools.map((range, index): PoolUsage => {
      const { name, reservations } = subnet.plan
      const pool = `${formatIpv6(range.first)}-${formatIpv6(range.last)}`
      const reserved = [...reservations.byAddress.keys()].filter((address) => isIn(range, address)).length
      const addresses = Number(range.last - range.first + 1n) - reserved
      const used = subnet.occupiedInPool(index)
      const free = Math.max(0, addresses - used)
      const text = `${pool}: ${used} of ${addresses} used, ${free} free`
      return { subnet: name, pool, addresses, used, free, hours_until_full: null, text }
    }),
  )
}

/** The IPv6 subnets with pools that have no address left for a new client, in words. */
export function exhaustedPools6(book: BindingBook): readonly string[] {
  return book.subnets
    .filter((subnet) => subnet.plan.poolSize > 0 && subnet.freeCount() === 0)
    .map(({ plan }) => `no address of ${plan.name} is free`)
}
