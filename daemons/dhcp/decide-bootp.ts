import { chooseAddress } from './choose-address.ts'
import { findClaim, newLease, profileOf } from './claim.ts'
import { type Decision, type Inquiry, ignore } from './decision.ts'
import { leftLeases } from './grant.ts'
import { bootpReply } from './reply.ts'

/** A BOOTP client never asks again, so that its lease has no end. */
const FOREVER = 0xffffffff

/**
 * Decides about a BOOTREQUEST without DHCP: the reserved address, or any where the subnet gives addresses to such
 * clients, for ever.
 *
 * @rfc 951; 1542; 1534 for what of DHCP such a client may be told
 */
export function decideBootp(inquiry: Inquiry): Decision {
  const { subnet, message } = inquiry
  if (subnet === null) return ignore('ignored_no_subnet', 'the client is on no served subnet')
  const { bootp } = subnet.plan
  if (bootp === 'off') return ignore('ignored_bootp', 'BOOTP is not served', subnet)
  const claim = findClaim(inquiry, subnet)
  if (claim.usable === undefined && bootp === 'static')
    return ignore('ignored_bootp', 'no address is reserved for the BOOTP client', subnet)
  if (message.ciaddr !== 0) return ignore('ignored_bootp', 'the BOOTP client has an address', subnet, message.ciaddr)
  const choice = chooseAddress(inquiry, claim)
  if (choice === null) return ignore('pool_exhausted', 'no address is free', subnet)
  const { address, reason } = choice
  const lease = newLease(inquiry, claim, address, FOREVER)
  return {
    outcome: 'bootp_reply',
    reason,
    address,
    subnet,
    reply: bootpReply(inquiry, lease, profileOf(inquiry, claim, address)),
    changes: [...leftLeases(inquiry, claim, address), lease],
    hold: null,
    endsHold: true,
  }
}
