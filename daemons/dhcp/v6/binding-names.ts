import { namesLike } from '../leases/name-table.ts'
import type { Binding } from './binding.ts'

/** Says whether a name is another device's in IPv4; see `isNamedOtherwise`. */
export type IsTaken = (name: string, client: Pick<Binding, 'duid' | 'mac'>) => boolean

/**
 * Which client goes by which name in IPv6, so that no two do at a time. All leases of one client have the same, and so has
 * its lease of IPv4.
 */
export class BindingNames {
  /** By name, the DUID of the client that has it, and by how many leases. */
  readonly #owners = new Map<string, { readonly duid: string; leases: number }>()
  readonly #reserved = new Map<string, bigint>()
  readonly #isTaken: IsTaken

  constructor(isTaken: IsTaken) {
    this.#isTaken = isTaken
  }

  /** Keeps a name for the host that an address is reserved for. */
  reserve(name: string, address: bigint): void {
    this.#reserved.set(name.toLowerCase(), address)
  }

  /** Enters a lease that keeps its address from others. */
  enter({ hostname, duid }: Binding): void {
    if (hostname === null) return
    const owner = this.#owners.get(hostname.toLowerCase())
    if (owner === undefined) this.#owners.set(hostname.toLowerCase(), { duid, leases: 1 })
    else if (owner.duid === duid) owner.leases += 1
  }

  /** The lease is over, or replaced by another. */
  leave({ hostname, duid }: Binding): void {
    const name = hostname?.toLowerCase() ?? ''
    const owner = this.#owners.get(name)
    if (owner?.duid !== duid) return
    owner.leases -= 1
    if (owner.leases === 0) this.#owners.delete(name)
  }

  /** The name for a client that calls itself so, with a number when others have it; null when too many do. */
  give(wanted: string, client: Pick<Binding, 'duid' | 'mac'>, address: bigint): string | null {
    for (const name of namesLike(wanted)) if (this.#isFree(name, client, address)) return name
    return null
  }

  #isFree(name: string, client: Pick<Binding, 'duid' | 'mac'>, address: bigint): boolean {
    const folded = name.toLowerCase()
    const reserved = this.#reserved.get(folded)
    if (reserved !== undefined && reserved !== address) return false
    const owner = this.#owners.get(folded)
    return (owner === undefined || owner.duid === client.duid) && !this.#isTaken(name, client)
  }
}
