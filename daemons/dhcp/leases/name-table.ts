import type { Reservation } from '../subnets/reservation-plan.ts'
import { HashIndex } from '../table/hash-index.ts'
import { hashText } from '../table/hash-text.ts'
import type { Lease } from './lease.ts'

/** Devices of one name that get a number each; more than these stay without a name. */
const MOST_OF_ONE_NAME = 9
const LABEL_MAX = 63

/**
 * Which client goes by which name, so that no two do at a time. Names of reservations belong to their hosts even while
 * these are away.
 *
 * @attack a stranger that calls itself like the printer is `printer-2`, and the logs of the two are told apart
 */
export class NameTable {
  /** By hash of the name, the addresses whose leases have it, all of one client. */
  readonly #addresses = new HashIndex()
  #reserved: ReadonlyMap<string, number> = new Map()
  readonly #leaseAt: (address: number) => Lease | undefined
  readonly #seed: number

  /**
   * @param leaseAt the lease of an address that was entered here
   * @param seed see `hashText`
   */
  constructor(leaseAt: (address: number) => Lease | undefined, seed: number) {
    this.#leaseAt = leaseAt
    this.#seed = seed
  }

  /** Keeps names for the hosts that addresses are reserved for, in place of those kept before. */
  reserve(reservations: Iterable<Pick<Reservation, 'hostname' | 'address'>>): void {
    const reserved = new Map<string, number>()
    for (const { hostname, address } of reservations)
      if (hostname !== null) reserved.set(hostname.toLowerCase(), address)
    this.#reserved = reserved
  }

  /** Enters a lease that keeps its address from others, when it can be looked up. */
  enter(lease: Lease): void {
    if (lease.hostname === null) return
    const name = lease.hostname.toLowerCase()
    const owner = this.#ownerOf(name)
    if (owner !== undefined && owner.client !== lease.client) return
    this.#addresses.add(hashText(name, this.#seed), lease.address)
  }

  /** The lease is over, or about to be replaced by another. */
  leave(lease: Lease): void {
    if (lease.hostname !== null)
      this.#addresses.delete(hashText(lease.hostname.toLowerCase(), this.#seed), lease.address)
  }

  /**
   * The name for a client: the one it calls itself, `name-2` to `name-9` when others have that, null when there are
   * more.
   *
   * @param wanted a host name, with or without a domain
   */
  give(wanted: string, client: string, address: number): string | null {
    for (const name of namesLike(wanted)) if (this.#isFree(name, client, address)) return name
    return null
  }

  /** The address that a name is kept for: that of its lease, else of its reservation; null = it is free. */
  addressOf(name: string): number | null {
    const folded = name.toLowerCase()
    return this.#ownerOf(folded)?.address ?? this.#reserved.get(folded) ?? null
  }

  #isFree(name: string, client: string, address: number): boolean {
    const folded = name.toLowerCase()
    const reserved = this.#reserved.get(folded)
    if (reserved !== undefined && reserved !== address) return false
    const owner = this.#ownerOf(folded)
    return owner === undefined || owner.client === client
  }

  /** @param name in lower case */
  #ownerOf(name: string): Lease | undefined {
    let owner: Lease | undefined
    const isIt = (address: number): boolean => {
      owner = this.#leaseAt(address)
      return owner?.hostname?.toLowerCase() === name
    }
    return this.#addresses.find(hashText(name, this.#seed), isIt) < 0 ? undefined : owner
  }
}

/** The names for devices that call themselves alike, in the order in which they are given. */
export function* namesLike(wanted: string): Iterable<string> {
  yield wanted
  const dot = wanted.indexOf('.')
  const label = (dot < 0 ? wanted : wanted.slice(0, dot)).slice(0, LABEL_MAX - 2)
  const domain = dot < 0 ? '' : wanted.slice(dot)
  for (let number = 2; number <= MOST_OF_ONE_NAME; number++) yield `${label}-${number}${domain}`
}
