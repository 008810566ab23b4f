import type { InterfaceState } from '../../linux/interfaces.ts'
import type { LeaseBook } from '../leases/lease-book.ts'

/** An interface that we are to serve, as it is now. */
export interface ServedInterface {
  readonly name: string
  readonly state: InterfaceState
  readonly addresses: readonly number[]
  /** Whether an IPv6 subnet is on it, which may be all that it is to serve. */
  readonly servesIpv6: boolean
}

/**
 * Why clients on the attached networks cannot be served, in words. Whoever holds the sockets tells of an interface that
 * is absent; a cable that is not plugged in has nobody at its end.
 */
export function interfaceFaults(interfaces: readonly ServedInterface[], book: LeaseBook): readonly string[] {
  return interfaces.flatMap(({ name, state, addresses, servesIpv6 }) => {
    if (state === 'down') return [`interface ${name} is down`]
    if (servesIpv6 && (addresses.length === 0 || book.subnets.length === 0)) return []
    if (state !== 'running') return []
    const [first, ...others] = addresses.flatMap((address) => book.subnetOf(address) ?? [])
    if (first === undefined) return [`${name} has no address in a served subnet`]
    const link = book.onLinkOf(first)
    const apart = others.find((subnet) => !link.includes(subnet))
    return apart === undefined ? [] : [apartText(name, first.plan.name, apart.plan.name)]
  })
}

/** A message does not tell which of the networks on its link the client is in. */
function apartText(name: string, first: string, other: string): string {
  return `${name} has addresses in ${first} and ${other}, which are no shared network: its clients get those of ${first} alone`
}
