import { type Lease, leaseState } from '../leases/lease.ts'
import { keyIn } from '../message/client-key.ts'
import { OPTION } from '../message/option-code.ts'
import type { Profile } from '../subnets/profile.ts'
import { type Claim, leaseSeconds, newLease, profileOf } from './claim.ts'
import type { Decision, Inquiry } from './decision.ts'
import { grantReply } from './reply.ts'

/** Decides that the client has the address from now on: the lease to store, and the ACK. */
export function grant(inquiry: Inquiry, claim: Claim, address: number, reason: string): Decision {
  const { subnet } = claim
  const profile = profileOf(inquiry, claim, address)
  const lease = newLease(inquiry, claim, address, leaseSeconds(inquiry, profile))
  const left = leftLeases(inquiry, claim, address)
  return {
    outcome: 'ack',
    reason,
    address,
    subnet,
    reply: grantReply(inquiry, 'ACK', lease, { profile, name: configuredName(claim, address) }),
    changes: left.length === 0 ? [lease] : [...left, lease],
    hold: null,
    endsHold: true,
  }
}

/** What the configuration calls the client that gets an address. */
export function configuredName({ reservation }: Claim, address: number): string | null {
  return reservation?.address === address ? reservation.hostname : null
}

/** Addresses that the client had before, here or in another subnet of the link, are free again. */
export function leftLeases({ client, neighbours, nowMs }: Inquiry, { subnet, lease }: Claim, address: number): Lease[] {
  if (neighbours.length === 1 && (lease === undefined || lease.address === address)) return []
  return neighbours.flatMap((one) => {
    const had = one === subnet ? lease : one.leaseOf(keyIn(one.plan, client))
    if (had === undefined || had.address === address || leaseState(had, nowMs) !== 'bound') return []
    return [{ ...had, state: 'released', endsMs: nowMs }]
  })
}

/**
 * Whether the client gets no address since it does well without: it can live by IPv6 alone, and here it may.
 *
 * @rfc 8925 section 3.3
 */
export function livesByIpv6({ message }: Inquiry, profile: Profile): boolean {
  return (
    profile.options.has(OPTION.ipv6OnlyPreferred) &&
    message.options.get(OPTION.parameterRequestList)?.includes(OPTION.ipv6OnlyPreferred) === true
  )
}
