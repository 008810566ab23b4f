import type { SubnetLeases } from '../leases/subnet-leases.ts'
import { isLoopback } from '../links/destination.ts'
import { identifyClient } from '../message/client-key.ts'
import { type Message, messageType, numberOption } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import { decodeRelayAgent } from '../message/relay-agent.ts'
import { settleSubnet } from '../subnets/settle-subnet.ts'
import { chooseSubnet } from './choose-subnet.ts'
import { decideBootp } from './decide-bootp.ts'
import { decideDiscover } from './decide-discover.ts'
import { decideInform } from './decide-inform.ts'
import { decideRequest } from './decide-request.ts'
import { decideDecline, decideRelease } from './decide-return.ts'
import { type ClientDecision, type Decision, type Inquiry, ignore, type Outcome, type Site } from './decision.ts'
import { inquire, type Surroundings } from './inquire.ts'
import { nakReply } from './reply.ts'

/** More relays than this is a loop. */
const MAX_HOPS = 16

/**
 * Decides what to do about one message: the outcome with its reason, the reply and where it goes, and what to
 * store and hold. Nothing is changed; the caller applies it.
 *
 * @rfc 2131 section 4.3; 1542 section 4.1.1 for the hops
 * @param message may point into the datagram; so may the reply
 * @returns a decision for every message; never throws
 */
export function decide(message: Message, surroundings: Surroundings): ClientDecision {
  const { site, probe, fault } = surroundings
  if (message.op !== 1) return unread('ignored_reply', 'a reply, not a request')
  if (message.hops > MAX_HOPS) return unread('ignored_hops', 'passed too many relays')
  const type = messageType(message)
  if (message.giaddr !== 0 && !probe && !isRelayAddress(message.giaddr, site))
    return unread('ignored_relay_address', 'no relay can have this giaddr')
  const relayOption = message.options.get(OPTION.relayAgentInformation)
  if (relayOption !== undefined && message.giaddr === 0 && surroundings.arrival.link?.trusted !== true)
    return unread('ignored_untrusted_relay_option', 'option 82 without a relay, on none of trusted_links')
  const identity = identifyClient(message)
  if (identity === null) return unread('ignored_no_identity', 'neither hardware address nor client identifier')
  const relay = relayOption === undefined ? null : decodeRelayAgent(relayOption)
  const inquireIn = (subnet: SubnetLeases | null): Inquiry => inquire(message, identity, relay, subnet, surroundings)
  const inquiry = settleSubnet(
    inquireIn(chooseSubnet(message, relay, identity, surroundings)),
    type === 'DISCOVER' || type === null,
    inquireIn,
  )
  const decision = { ...serve(type, inquiry), client: inquiry.client.key }
  // The probe must hear a no as well.
  const isNo = probe && (decision.reply === null || fault !== null)
  return isNo ? { ...decision, reply: nakReply(inquiry, fault ?? decision.reason) } : decision
}

function unread(outcome: Outcome, reason: string): ClientDecision {
  return { ...ignore(outcome, reason), client: '' }
}

/** @rfc 2131 section 4.2: whom to serve is for the administrator to say; leases that end are heard of all the same */
function serve(type: ReturnType<typeof messageType>, inquiry: Inquiry): Decision {
  const { subnet, client, classes, probe } = inquiry
  if (subnet !== null && !probe && type !== 'RELEASE' && type !== 'DECLINE') {
    const denial = subnet.plan.denial(client.mac, classes)
    if (denial !== null) return ignore('denied', denial, subnet, namedAddress(inquiry.message))
  }
  return dispatch(type, inquiry)
}

/** The address that a client asks for, or says that it has; 0 = none. */
function namedAddress(message: Message): number {
  return numberOption(message, OPTION.requestedIpAddress) ?? message.ciaddr
}

function dispatch(type: ReturnType<typeof messageType>, inquiry: Inquiry): Decision {
  switch (type) {
    case null:
      return decideBootp(inquiry)
    case 'DISCOVER':
      return decideDiscover(inquiry)
    case 'REQUEST':
      return decideRequest(inquiry)
    case 'DECLINE':
      return decideDecline(inquiry)
    case 'RELEASE':
      return decideRelease(inquiry)
    case 'INFORM':
      return decideInform(inquiry)
    case 'OFFER':
    case 'ACK':
    case 'NAK':
    case 'unknown':
      return ignore('ignored_type', 'not a message that clients send')
  }
}

/** @deviation loopback and own addresses pass with `relay_port = "source"`, which is made for relays on this machine */
function isRelayAddress(giaddr: number, site: Site): boolean {
  if (giaddr >>> 28 >= 14 || giaddr >>> 24 === 0) return false
  return site.relayPort === 'source' || (!isLoopback(giaddr) && !site.own.has(giaddr))
}
