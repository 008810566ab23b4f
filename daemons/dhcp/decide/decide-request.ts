import { isOccupied, type Lease, leaseState } from '../leases/lease.ts'
import type { SubnetLeases } from '../leases/subnet-leases.ts'
import { keyIn } from '../message/client-key.ts'
import { numberOption } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import { inSubnet } from '../subnets/subnet-plan.ts'
import { type Claim, findClaim, profileOf, refusal } from './claim.ts'
import { type Decision, type Inquiry, ignore } from './decision.ts'
import { grant, livesByIpv6 } from './grant.ts'
import { ipv6OnlyReply, nakReply } from './reply.ts'

/**
 * Decides about a REQUEST in one of the client's four situations, told apart by what it fills in.
 *
 * @rfc 2131 section 4.3.2, table 4
 */
export function decideRequest(inquiry: Inquiry): Decision {
  const { message, subnet, site } = inquiry
  const server = numberOption(message, OPTION.serverIdentifier)
  const requested = numberOption(message, OPTION.requestedIpAddress)
  if (server !== null && server !== inquiry.serverIdentifier && !site.own.has(server))
    return { ...ignore('ignored_other_server', 'the client chose another server', subnet), endsHold: true }
  if (server !== null && (requested !== null || message.ciaddr === 0)) return selecting(inquiry, requested ?? 0)
  if (requested !== null) return initReboot(inquiry, requested)
  if (message.ciaddr !== 0) return renewing(inquiry)
  return ignore('ignored_incomplete', 'neither a requested address nor a client address', subnet)
}

/** Option 54 names us: the client takes our offer. */
function selecting(inquiry: Inquiry, requested: number): Decision {
  const { subnet } = inquiry
  if (subnet === null) {
    // Towards a relay the NAK ends the client's waiting; there is no one else it could have meant.
    if (inquiry.message.giaddr !== 0) return nak(inquiry, requested, 'the client is on no served subnet')
    return ignore('ignored_no_subnet', 'the client is on no served subnet', null, requested)
  }
  return ackOrNak(inquiry, findClaim(inquiry, subnet), requested)
}

/**
 * The client starts again and wants to keep what it remembers.
 *
 * @rfc 2131 section 4.3.2: silence where no record of the client exists
 * @deviation where we are authoritative and our records are younger than the longest lease (a lost lease file), a free
 *   address is confirmed: the client may well have it from us, and would go on with it unseen while we offer it to others
 */
function initReboot(inquiry: Inquiry, requested: number): Decision {
  const { subnet, nowMs } = inquiry
  if (subnet === null) return ignore('ignored_no_subnet', 'the client is on no served subnet', null, requested)
  const claim = findClaim(inquiry, subnet)
  if (requested === 0) {
    // That is what it was offered where it can do without an address.
    if (livesByIpv6(inquiry, profileOf(inquiry, claim, 0))) return ackOrNak(inquiry, claim, 0)
    return ignore('ignored_incomplete', 'requested address is 0.0.0.0', subnet)
  }
  const present = subnet.leaseAt(requested)
  if (present?.state === 'declined' && isOccupied(present, nowMs))
    return nak(inquiry, requested, 'address was declined and is set aside')
  const lease = leaseOnLink(inquiry, claim)
  // Where other servers give addresses, one of them may have taken over a client whose lease here is over.
  const isLeft = lease?.address !== requested && !isBound(lease, nowMs) && !subnet.plan.authoritative
  const known = (lease !== undefined && !isLeft) || claim.usable !== undefined
  if (!known && !subnet.plan.authoritative)
    return ignore('ignored_unknown_client', 'another server may know this client', subnet, requested)
  if (!known && inquiry.book.isComplete(subnet, nowMs) && refusal(inquiry, claim, requested) === null)
    return ignore('ignored_unknown_client', 'the client never had a lease here', subnet, requested)
  if (lease !== undefined && lease.address !== requested && claim.usable?.address !== requested)
    return nak(inquiry, requested, 'the client has another address')
  return ackOrNak(inquiry, claim, requested)
}

/** The client has the address and wants to go on using it. */
function renewing(inquiry: Inquiry): Decision {
  const { message, subnet, nowMs, unicast } = inquiry
  const { ciaddr } = message
  if (subnet === null) return ignore('ignored_no_subnet', 'the client is on no served subnet', null, ciaddr)
  const claim = findClaim(inquiry, subnet)
  if (claim.lease?.address === ciaddr || claim.usable?.address === ciaddr) return ackOrNak(inquiry, claim, ciaddr)
  const present = subnet.leaseAt(ciaddr)
  const isTaken = present !== undefined && isOccupied(present, nowMs)
  const isKnown = isBound(leaseOnLink(inquiry, claim), nowMs)
  if (!subnet.plan.authoritative) {
    // A rebinding client may belong to another server; one that asked us by address may not.
    if (!unicast && !isTaken && !isKnown)
      return ignore('ignored_unknown_client', 'another server may know this client', subnet, ciaddr)
    return nak(inquiry, ciaddr, refusal(inquiry, claim, ciaddr) ?? 'no lease of this address is known')
  }
  if (isKnown) return nak(inquiry, ciaddr, 'the client has another address')
  return ackOrNak(inquiry, claim, ciaddr)
}

/** The lease that the client has or had last in its subnet, else the one that it has in another of its link. */
function leaseOnLink({ neighbours, client, nowMs }: Inquiry, { subnet, lease }: Claim): Lease | undefined {
  if (lease !== undefined || neighbours.length < 2) return lease
  return neighbours
    .map((one) => (one === subnet ? undefined : one.leaseOf(keyIn(one.plan, client))))
    .find((one) => isBound(one, nowMs))
}

function isBound(lease: Lease | undefined, nowMs: number): boolean {
  return lease !== undefined && leaseState(lease, nowMs) === 'bound'
}

function ackOrNak(inquiry: Inquiry, claim: Claim, address: number): Decision {
  const { lease, subnet } = claim
  const goesOn = lease?.address === address
  const general = profileOf(inquiry, claim, 0)
  if (livesByIpv6(inquiry, general) && !(goesOn && leaseState(lease, inquiry.nowMs) === 'bound')) {
    const reply = ipv6OnlyReply(inquiry, 'ACK', general)
    return { ...ignore('ack', 'the client can live by IPv6 alone: it gets no address', subnet), reply }
  }
  const reason = address === 0 ? 'no address requested' : refusal(inquiry, claim, address)
  if (reason !== null) return nak(inquiry, address, reason)
  return grant(inquiry, claim, address, goesOn ? goingOn(lease.mac, inquiry) : 'the client takes the address')
}

function goingOn(mac: string, { client }: Inquiry): string {
  const words = 'the client goes on with its address'
  return mac === client.mac || mac === '' ? words : `${words}; it had the hardware address ${mac}`
}

function nak(inquiry: Inquiry, address: number, reason: string): Decision {
  const subnet: SubnetLeases | null = inquiry.subnet
  const isForeign = subnet !== null && address !== 0 && !inSubnet(subnet.plan, address)
  return {
    outcome: 'nak',
    reason: isForeign ? 'address is of another network' : reason,
    address,
    subnet,
    reply: nakReply(inquiry, isForeign ? 'address is of another network' : reason),
    changes: [],
    hold: null,
    // Else the address stays promised to a client that was just told that it cannot have it.
    endsHold: address !== 0 && subnet?.heldFor(inquiry.client.key) === address,
  }
}
