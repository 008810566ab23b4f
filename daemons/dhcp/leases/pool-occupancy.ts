import { isInPool, type SubnetPlan } from '../subnets/subnet-plan.ts'

/** How many addresses of the pools of one subnet new clients cannot have, since they are leased or set aside. */
export class PoolOccupancy {
  readonly #plan: SubnetPlan
  readonly #byPool: number[]
  #occupied = 0
  #declined = 0

  constructor(plan: SubnetPlan) {
    this.#plan = plan
    this.#byPool = plan.pools.all.map(() => 0)
  }

  /** Of all pools. */
  get occupied(): number {
    return this.#occupied
  }

  /** Those of them that clients declined. */
  get declined(): number {
    return this.#declined
  }

  /** @param index place in the list of pools */
  inPool(index: number): number {
    return this.#byPool[index] ?? 0
  }

  /**
   * Counts an address, unless it is one that only its reservation gives.
   *
   * @param byClient whether a client declined it
   */
  count(address: number, byClient: boolean, by: 1 | -1): void {
    const pool = this.#plan.pools.at(address)?.index ?? -1
    if (pool < 0 || !isInPool(this.#plan, address)) return
    this.#occupied += by
    this.#byPool[pool] = this.inPool(pool) + by
    if (byClient) this.#declined += by
  }
}
