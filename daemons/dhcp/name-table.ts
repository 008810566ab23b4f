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
  readonly #leases = new Map<string, Lease>()
  readonly #reserved = new Map<string, number>()

  /** Keeps a name for the host that an address is reserved for. */
  reserve(name: string, address: number): void {
    this.#reserved.set(name.toLowerCase(), address)
  }

  /** Enters a lease that keeps its address from others. */
  enter(lease: Lease): void {
    if (lease.hostname === null) return
    const name = lease.hostname.toLowerCase()
    const owner = this.#leases.get(name)
    if (owner === undefined || owner.client === lease.client) this.#leases.set(name, lease)
  }

  /** The lease is over, or replaced by another. */
  leave(lease: Lease): void {
    const name = lease.hostname?.toLowerCase() ?? ''
    if (this.#leases.get(name)?.address === lease.address) this.#leases.delete(name)
  }

  /**
   * The name for a client: the one it calls itself, `name-2` to `name-9` when others have that, null when there are
   * more.
   *
   * @param wanted a host name, with or without a domain
   */
  give(wanted: string, client: string, address: number): string | null {
    if (this.#isFree(wanted, client, address)) return wanted
    const dot = wanted.indexOf('.')
    const label = (dot < 0 ? wanted : wanted.slice(0, dot)).slice(0, LABEL_MAX - 2)
    const domain = dot < 0 ? '' : wanted.slice(dot)
    for (let number = 2; number <= MOST_OF_ONE_NAME; number++) {
      const name = `${label}-${number}${domain}`
      if (this.#isFree(name, client, address)) return name
    }
    return null
  }

  #isFree(name: string, client: string, address: number): boolean {
    const folded = name.toLowerCase()
    const reserved = this.#reserved.get(folded)
    if (reserved !== undefined && reserved !== address) return false
    const owner = this.#leases.get(folded)
    return owner === undefined || owner.client === client
  }
}
