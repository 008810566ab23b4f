import type { Logger } from 'pino'
import type { LeaseBook } from '../leases/lease-book.ts'
import type { SubnetLeases } from '../leases/subnet-leases.ts'
import { PoolForecast } from './pool-forecast.ts'
import { hoursText, type PoolUsage, poolKey, poolUsage } from './pool-usage.ts'

type Level = 'enough' | 'scarce' | 'none'

/** Part of the addresses in use from which they are scarce. */
const SCARCE_FROM = 0.9
/** A level is left only when this much more is free, so that a client that comes and goes makes no line each time. */
const SLACK = 0.05
const LOOK_EVERY_MS = 1000
/** So often it is looked whether it is time for a note to the forecast. */
const NOTE_EVERY_MS = 10_000
/** A pool that is full by then is told of, and again only after it had more time than that. */
const SOON_HOURS = 12
const CALM_HOURS = 24

/** Watches how full the pools of each subnet are, and writes one line when that changes. */
export class PoolWatch {
  readonly #log: Logger
  readonly #levels = new Map<string, Level>()
  readonly #forecast = new PoolForecast()
  /** Pools of which it was said that they will soon be full. */
  readonly #foretold = new Set<string>()
  #lookedMs = Number.NEGATIVE_INFINITY
  #notedMs = Number.NEGATIVE_INFINITY

  constructor(log: Logger) {
    this.#log = log
  }

  /** Looks at all pools, at most once a second. @param book swept up to now */
  look(book: LeaseBook, monotonicMs: number): void {
    if (monotonicMs - this.#lookedMs < LOOK_EVERY_MS) return
    this.#lookedMs = monotonicMs
    for (const subnet of book.subnets) if (subnet.plan.poolSize > 0) this.#judge(subnet)
    if (monotonicMs - this.#notedMs < NOTE_EVERY_MS) return
    this.#notedMs = monotonicMs
    const pools = this.usage(book)
    this.#forecast.keepOnly(new Set(pools.map(({ subnet, pool }) => poolKey(subnet, pool))))
    for (const pool of pools) this.#foretell(pool, monotonicMs)
  }

  /** How full each pool is, and when it will be full. @param book swept up to now */
  usage(book: LeaseBook): readonly PoolUsage[] {
    return poolUsage(book, this.#forecast)
  }

  #foretell({ subnet, pool, used, free, hours_until_full: hours }: PoolUsage, monotonicMs: number): void {
    const key = poolKey(subnet, pool)
    this.#forecast.note(key, used, monotonicMs)
    if (hours === null || hours > CALM_HOURS) this.#foretold.delete(key)
    else if (hours <= SOON_HOURS && free > 0 && !this.#foretold.has(key)) {
      this.#foretold.add(key)
      this.#log.warn({ subnet, pool, free, hours }, 'at the growth of the last hours this pool will soon be full')
    }
  }

  #judge(subnet: SubnetLeases): void {
    const { name, poolSize } = subnet.plan
    const before = this.#levels.get(name) ?? 'enough'
    const level = levelOf(usedPart(subnet), before)
    this.#levels.set(name, level)
    if (level === before) return
    const fields = { subnet: name, free: subnet.freeCount(), addresses: poolSize }
    if (level === 'none') this.#log.warn(fields, 'no address is free: new clients get none')
    else if (before === 'none') this.#log.info(fields, 'addresses are free again')
    else if (level === 'scarce') this.#log.warn(fields, 'addresses run out')
    else this.#log.info(fields, 'enough addresses are free again')
  }
}

function levelOf(used: number, before: Level): Level {
  if (used >= (before === 'none' ? 1 - SLACK : 1)) return 'none'
  return used >= (before === 'enough' ? SCARCE_FROM : SCARCE_FROM - SLACK) ? 'scarce' : 'enough'
}

/** The subnets with pools that have no address left for a new client, in words. */
export function exhaustedPools(book: LeaseBook): readonly string[] {
  return book.subnets
    .filter((subnet) => subnet.plan.poolSize > 0 && subnet.freeCount() === 0)
    .map(({ plan }) => `no address of ${plan.name} is free`)
}

/** The subnets whose addresses run out, in words. */
export function scarcePools(book: LeaseBook): readonly string[] {
  return book.subnets
    .filter((subnet) => subnet.freeCount() > 0 && usedPart(subnet) >= SCARCE_FROM)
    .map((subnet) => `only ${subnet.freeCount()} of ${subnet.plan.poolSize} addresses of ${subnet.plan.name} are free`)
}

/** The pools that are full within half a day if they go on so, in words. */
export function fillingPools(pools: readonly PoolUsage[]): readonly string[] {
  return pools.flatMap(({ pool, free, hours_until_full: hours }) =>
    hours === null || hours > SOON_HOURS || free === 0 ? [] : [`${pool} is full in about ${hoursText(hours)}`],
  )
}

function usedPart(subnet: SubnetLeases): number {
  return 1 - subnet.freeCount() / subnet.plan.poolSize
}
