import { type Claim, findClaim, leaseSeconds, newLease, profileOf, refusal } from './claim.ts'
import { type Decision, type Inquiry, ignore } from './decision.ts'
import { leaseState } from './lease.ts'
import { numberOption } from './message.ts'
import { OPTION } from './option-code.ts'
import { grantReply } from './reply.ts'
import { isInPool } from './subnet-plan.ts'

/**
 * Decides about a DISCOVER: the OFFER of the best address for the client, or silence.
 *
 * @rfc 2131 section 4.3.1
 */
export function decideDiscover(inquiry: Inquiry): Decision {
  const { subnet, nowMs } = inquiry
  if (subnet === null) return ignore('ignored_no_subnet', 'the client is on no served subnet')
  const claim = findClaim(inquiry, subnet)
  const choice = chooseAddress(inquiry, claim)
  if (choice === null) return ignore('pool_exhausted', 'no address is free', subnet)
  const { address } = choice
  const profile = profileOf(inquiry, claim, address)
  const seconds = leaseSeconds(inquiry, profile)
  const { lease, reservation } = claim
  const isBound = lease !== undefined && lease.address === address && leaseState(lease, nowMs) === 'bound'
  const reserved = reservation?.address === address
  return {
    outcome: 'offer',
    reason:
      reservation !== undefined && !reserved
        ? `${choice.reason}; the reserved address is taken by another client or set aside`
        : choice.reason,
    address,
    subnet,
    reply: grantReply(inquiry, 'OFFER', address, {
      seconds,
      profile,
      hostname: reserved ? reservation.hostname : null,
    }),
    changes: [],
    hold: isBound || !isInPool(subnet.plan, address) ? null : newLease(inquiry, claim, address, seconds),
    endsHold: isBound,
  }
}

/** Reservation, present lease, former lease, the address asked for, the one offered before, any. */
function chooseAddress(inquiry: Inquiry, claim: Claim): { address: number; reason: string } | null {
  const { client, classes, message, site, nowMs } = inquiry
  const { subnet, lease, usable } = claim
  if (usable !== undefined) return { address: usable.address, reason: 'reserved for the client' }
  const can = (address: number | null | undefined): address is number =>
    address !== null && address !== undefined && address !== 0 && refusal(inquiry, claim, address) === null
  if (can(lease?.address)) return { address: lease?.address ?? 0, reason: 'the client has or had it' }
  const requested = numberOption(message, OPTION.requestedIpAddress)
  if (can(requested)) return { address: requested, reason: 'the client asked for it' }
  const held = subnet.heldFor(client.key)
  if (can(held)) return { address: held, reason: 'offered to the client before' }
  const next = subnet.nextFree(client.key, classes, site.own, nowMs)
  return next === null ? null : { address: next, reason: 'next free address' }
}
