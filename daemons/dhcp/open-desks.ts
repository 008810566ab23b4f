import { join } from 'node:path'
import type { DaemonContext } from '../runtime/contract.ts'
import type { ServedSubnets } from './leases/lease-book.ts'
import { LeaseDesk } from './leases/lease-desk.ts'
import { openLeaseStore } from './leases/open-lease-store.ts'
import type { DhcpSection, DhcpSubnet6 } from './section.ts'
import { BindingDesk } from './v6/binding-desk.ts'
import type { IsTaken } from './v6/binding-names.ts'
import { hasDhcp6 } from './v6/door.ts'
import { isNamedOtherwise } from './v6/ipv4-names.ts'

/** Who decides about leases, with all that are on record. */
export interface Desks {
  readonly desk: LeaseDesk
  /** Null where DHCPv6 is not served. */
  readonly desk6: BindingDesk | null
}

/**
 * Opens the lease file, and the desks on what is in it.
 *
 * @param served subnets of IPv4, with the reservations made by command
 * @param subnets6 likewise those of IPv6
 * @param seed of hashes of what clients send; see `hashText`
 * @returns the desks, and where a damaged file was put (null when all is well)
 * @throws Error as `openLeaseStore`
 */
export function openDesks(
  { clock, log, section, stateDir }: DaemonContext<DhcpSection>,
  served: ServedSubnets,
  subnets6: readonly DhcpSubnet6[],
  seed: number,
): Desks & { readonly setAside: string | null } {
  const { leasesPerPort } = section.limits
  const { made, setAside } = openLeaseStore(join(stateDir, 'leases.sqlite'), clock.wallMs(), (store): Desks => {
    const desk = new LeaseDesk({ served, store, time: clock, log, leasesPerPort, seed })
    if (!hasDhcp6(section)) return { desk, desk6: null }
    const options6 = { subnets: subnets6, store: store.bindings, time: clock, log }
    const isTaken: IsTaken = (name, client) => isNamedOtherwise(desk.book, name, client)
    return { desk, desk6: new BindingDesk({ ...options6, isTaken }) }
  })
  return { ...made, setAside }
}
