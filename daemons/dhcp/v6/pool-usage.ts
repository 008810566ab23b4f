import type { PoolForecast } from '../subnets/pool-forecast.ts'
import { fullText, type PoolUsage, poolKey } from '../subnets/pool-usage.ts'
import { formatIpv6 } from './address.ts'
import type { BindingBook } from './binding-book.ts'
import { isIn, MOST_LEASES } from './subnet-plan.ts'

/**
 * How full each IPv6 pool is. One with more addresses than leases can be is never full, and nothing is foretold of it.
 *
 * @param book swept up to now
 */
export function poolUsage6(book: BindingBook, forecast: PoolForecast): readonly PoolUsage[] {
  return book.subnets.flatMap((subnet) =>
    subnet.plan.pools.map((range, index): PoolUsage => {
      const { name, reservations } = subnet.plan
      const pool = `${formatIpv6(range.first)}-${formatIpv6(range.last)}`
      const reserved = [...reservations.byAddress.keys()].filter((address) => isIn(range, address)).length
      const addresses = Number(range.last - range.first + 1n) - reserved
      const used = subnet.occupiedInPool(index)
      const free = Math.max(0, addresses - used)
      if (addresses > MOST_LEASES) {
        const text = `${pool}: ${used} of about 2^${Math.round(Math.log2(addresses))} used`
        return { subnet: name, pool, addresses, used, free, hours_until_full: null, text }
      }
      const hours = forecast.hoursUntilFull(poolKey(name, pool), free)
      const text = `${pool}: ${used} of ${addresses} used, ${free} free${fullText(hours)}`
      return { subnet: name, pool, addresses, used, free, hours_until_full: hours, text }
    }),
  )
}
