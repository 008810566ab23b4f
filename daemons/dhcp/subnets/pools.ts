import type { DhcpPool, DhcpSettings } from '../section.ts'

/** Inclusive. */
export interface AddressRange {
  readonly first: number
  readonly last: number
}

export const EVERY_ADDRESS: AddressRange = { first: 0, last: 0xffffffff }

/** Whether an address lies in a range. */
export function isWithin({ first, last }: AddressRange, address: number): boolean {
  return address >= first && address <= last
}

/** One range of a subnet, and for whom it is. */
export interface Pool extends AddressRange {
  /** Place in the list of pools. */
  readonly index: number
  /** Pools of one group are for the same clients. */
  readonly group: number
  readonly settings: DhcpSettings | null
}

/** Ranges for the same clients. */
interface PoolGroup {
  /** By place in the list of classes; null = for clients whose classes have no pool in the subnet. */
  readonly classes: ReadonlySet<number> | null
  readonly ranges: readonly AddressRange[]
}

/** The ranges of one subnet, found by address and by class. */
export class Pools {
  readonly all: readonly Pool[]
  readonly groups: readonly PoolGroup[]
  readonly #forAll: readonly number[]
  readonly #divided: boolean

  /**
   * @param pools in the order of their addresses, not overlapping
   * @param classNames all classes, in order
   */
  constructor(pools: readonly DhcpPool[], classNames: readonly string[], address: (text: string) => number) {
    const groups = new Map<string, { classes: ReadonlySet<number> | null; ranges: AddressRange[] }>()
    const keys = pools.map(({ classes }) => classes?.toSorted().join('\0') ?? '')
    for (const [index, pool] of pools.entries()) {
      const key = keys[index] ?? ''
      const classes = pool.classes === undefined ? null : new Set(pool.classes.map((name) => classNames.indexOf(name)))
      const group = groups.get(key) ?? { classes, ranges: [] }
      group.ranges.push({ first: address(pool.first), last: address(pool.last) })
      groups.set(key, group)
    }
    const order = [...groups.keys()]
    this.groups = [...groups.values()]
    this.all = pools.map(({ first, last, settings }, index) => ({
      first: address(first),
      last: address(last),
      index,
      group: order.indexOf(keys[index] ?? ''),
      settings: settings ?? null,
    }))
    this.#forAll = this.groups.flatMap(({ classes }, index) => (classes === null ? [index] : []))
    this.#divided = this.groups.some(({ classes }) => classes !== null)
  }

  /** The pool that an address lies in. */
  at(address: number): Pool | undefined {
    let from = 0
    let to = this.all.length
    while (from < to) {
      const middle = (from + to) >>> 1
      const pool = this.all[middle]
      if (pool === undefined || address < pool.first) to = middle
      else if (address > pool.last) from = middle + 1
      else return pool
    }
    return undefined
  }

  /** The groups that a client gets addresses from: those of its classes, and without one those for all. */
  groupsFor(classes: readonly number[]): readonly number[] {
    if (!this.#divided || classes.length === 0) return this.#forAll
    const own = this.groups.flatMap((group, index) =>
      classes.some((one) => group.classes?.has(one) === true) ? [index] : [],
    )
    return own.length === 0 ? this.#forAll : own
  }
}
