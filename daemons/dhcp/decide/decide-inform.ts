import { inSubnet, isEdge } from '../subnets/subnet-plan.ts'
import { findClaim, profileOf } from './claim.ts'
import { type Decision, type Inquiry, ignore } from './decision.ts'
import { informReply } from './reply.ts'

/**
 * Decides about an INFORM: settings for a client that has an address from elsewhere. Leases are not looked at.
 *
 * @rfc 2131 section 4.3.5
 * @attack answered only to addresses of served subnets
 */
export function decideInform(inquiry: Inquiry): Decision {
  const { message, arrival, subnet, book } = inquiry
  const relayed = message.giaddr !== 0
  const address = message.ciaddr !== 0 ? message.ciaddr : relayed ? 0 : arrival.source
  if (address === 0 && !relayed) return ignore('ignored_incomplete', 'the client names no address', subnet)
  if (subnet === null) return ignore('ignored_no_subnet', 'the client is on no served subnet', null, address)
  // What a relay is asked for goes to the relay, whichever of our networks the client's address is of.
  const home = relayed ? book.subnetOf(address) : subnet
  if (address !== 0 && (home === null || !inSubnet(home.plan, address) || isEdge(home.plan, address)))
    return ignore('ignored_no_subnet', 'the address is of no served subnet', subnet, address)
  const claim = findClaim(inquiry, subnet)
  const reply = informReply(inquiry, profileOf(inquiry, claim, address))
  const direct = !relayed && reply.destination.kind !== 'relay'
  return {
    outcome: 'ack',
    reason: 'settings asked for',
    address,
    subnet,
    reply: direct ? { ...reply, destination: { kind: 'unicast', address } } : reply,
    changes: [],
    hold: null,
    endsHold: false,
  }
}
