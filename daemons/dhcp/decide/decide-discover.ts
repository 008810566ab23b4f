import { leaseState } from '../leases/lease.ts'
import type { SubnetLeases } from '../leases/subnet-leases.ts'
import { OPTION } from '../message/option-code.ts'
import { isInPool } from '../subnets/subnet-plan.ts'
import { chooseAddress } from './choose-address.ts'
import { findClaim, leaseSeconds, newLease, profileOf } from './claim.ts'
import { type Decision, type Inquiry, ignore } from './decision.ts'
import { configuredName, grant, livesByIpv6 } from './grant.ts'
import { autoConfigureReply, grantReply, ipv6OnlyReply } from './reply.ts'

/** Of the pools that are for the client. */
export function nothingFree({ plan }: SubnetLeases): string {
  return `no address of ${plan.name} is free for it`
}

/**
 * Decides about a DISCOVER: the OFFER of the best address for the client, the ACK at once where it asks for that and it
 * is configured, or silence; where that is configured, a client without an address hears whether it may make one up.
 *
 * @rfc 2131 section 4.3.1; 2563 (auto-configuration); 4039 (rapid commit); 8925 (clients that can do without IPv4)
 */
export function decideDiscover(inquiry: Inquiry): Decision {
  const { subnet, nowMs, message, probe } = inquiry
  if (subnet === null) return ignore('ignored_no_subnet', 'the client is on no served subnet')
  const claim = findClaim(inquiry, subnet)
  const general = profileOf(inquiry, claim, 0)
  if (livesByIpv6(inquiry, general)) {
    const reply = ipv6OnlyReply(inquiry, 'OFFER', general)
    return { ...ignore('offer', 'the client can live by IPv6 alone: it gets no address', subnet), reply }
  }
  const choice = chooseAddress(inquiry, claim)
  if (choice === null)
    return { ...ignore('pool_exhausted', nothingFree(subnet), subnet), reply: autoConfigureReply(inquiry, general) }
  const { address } = choice
  const { lease, reservation } = claim
  const reserved = reservation?.address === address
  const reason =
    reservation !== undefined && !reserved
      ? `${choice.reason}; the reserved address is taken by another client or set aside`
      : choice.reason
  if (subnet.plan.rapidCommit && message.options.has(OPTION.rapidCommit) && !probe)
    return grant(inquiry, claim, address, `${reason}; committed at once`)
  const profile = profileOf(inquiry, claim, address)
  const offered = newLease(inquiry, claim, address, leaseSeconds(inquiry, profile))
  const isBound = lease !== undefined && lease.address === address && leaseState(lease, nowMs) === 'bound'
  return {
    outcome: 'offer',
    reason,
    address,
    subnet,
    reply: grantReply(inquiry, 'OFFER', offered, { profile, name: configuredName(claim, address) }),
    changes: [],
    hold: isBound || !isInPool(subnet.plan, address) ? null : offered,
    endsHold: isBound,
  }
}
