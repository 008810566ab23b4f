import type { Logger } from 'pino'
import { PoolForecast } from './pool-forecast.ts'
import { hoursText, type PoolUsage, poolKey } from './pool-usage.ts'

/** Subnets with pools, of either protocol. */
export interface PooledBook {
  readonly subnets: readonly PooledSubnet[]
}

interface PooledSubnet {
  readonly plan: {
    readonly name: string
    /** Addresses that new clients get while none is in use. */
    readonly poolSize: number
  }
  /** Those that a new client could get now. */
  freeCount(): number
}

/** How full each pool of a book is. */
type UsageOf<Book> = (book: Book, forecast: PoolForecast) => readonly PoolUsage[]

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
export class PoolWatch<Book extends PooledBook> {
  readonly #log: Logger
  readonly #usageOf: UsageOf<Book>
  readonly #levels = new Map<string, Level>()
  readonly #forecast = new PoolForecast()
  /** Pools of which it was said that they will soon be full. */
  readonly #foretold = new Set<string>()
  #lookedMs = Number.NEGATIVE_INFINITY
  #notedMs = Number.NEGATIVE_INFINITY

  constructor(log: Logger, usageOf: UsageOf<Book>) {
    this.#log = log
    this.#usageOf = usageOf
  }

  /** Looks at all pools, at most once a second. @param book swept up to now */
  look(book: Book, monotonicMs: number): void {
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
  usage(book: Book): readonly PoolUsage[] {
    return this.#usageOf(book, this.#forecast)
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

  #judge(subnet: PooledSubnet): void {
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
export function exhaustedPools(book: PooledBook): readonly string[] {
  return book.subnets
    .filter((subnet) => subnet.plan.poolSize > 0 && subnet.freeCount() === 0)
    .map(({ plan }) => `no address of ${plan.name} is free`)
}

/** The subnets whose addresses run out, in words. */
export function scarcePools(book: PooledBook): readonly string[] {
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

function usedPart(subnet: PooledSubnet): number {
  return 1 - subnet.freeCount() / subnet.plan.poolSize
}
