import { inSubnet, isEdge } from '../subnets/subnet-plan.ts'
import { chooseAddress } from './choose-address.ts'
import { type Claim, findClaim, newLease, profileOf } from './claim.ts'
import { nothingFree } from './decide-discover.ts'
import { type Decision, type Inquiry, ignore } from './decision.ts'
import { configuredName, leftLeases } from './grant.ts'
import { bootpReply } from './reply.ts'

/** A BOOTP client never asks again, so that its lease has no end. */
const FOREVER = 0xffffffff

/**
 * Decides about a BOOTREQUEST without DHCP: the reserved address, or any where the subnet gives addresses to such
 * clients, for ever. One that has an address hears what it boots, and no more.
 *
 * @rfc 951; 1542; 1534 for what of DHCP such a client may be told
 */
export function decideBootp(inquiry: Inquiry): Decision {
  const { subnet, message } = inquiry
  if (subnet === null) return ignore('ignored_no_subnet', 'the client is on no served subnet')
  const { bootp } = subnet.plan
  if (bootp === 'off') return ignore('ignored_bootp', 'BOOTP is not served', subnet)
  const claim = findClaim(inquiry, subnet)
  const known = message.ciaddr === 0 ? claim.usable : claim.reservation
  if (known === undefined && bootp === 'static')
    return ignore('ignored_bootp', 'no address is reserved for the BOOTP client', subnet)
  if (message.ciaddr !== 0) return tellFile(inquiry, claim)
  const choice = chooseAddress(inquiry, claim)
  if (choice === null) return ignore('pool_exhausted', nothingFree(subnet), subnet)
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

/** Nothing is kept of it, as of an INFORM. @attack answered only to addresses of the subnet */
function tellFile(inquiry: Inquiry, claim: Claim): Decision {
  const { subnet } = claim
  const { ciaddr } = inquiry.message
  if (!inSubnet(subnet.plan, ciaddr) || isEdge(subnet.plan, ciaddr))
    return ignore('ignored_bootp', 'the BOOTP client has an address of another network', subnet, ciaddr)
  const told = { address: ciaddr, hostname: configuredName(claim, ciaddr) }
  const reply = bootpReply(inquiry, told, profileOf(inquiry, claim, ciaddr))
  return { ...ignore('bootp_reply', 'the client has an address, and asks what to boot', subnet, ciaddr), reply }
}
