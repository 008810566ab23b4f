import { chooseSubnet } from './choose-subnet.ts'
import { identifyClient, keyIn } from './client-key.ts'
import { decideDiscover } from './decide-discover.ts'
import { decideInform } from './decide-inform.ts'
import { decideRequest } from './decide-request.ts'
import { decideDecline, decideRelease } from './decide-return.ts'
import {
  type Arrival,
  type ClientDecision,
  type Decision,
  type Inquiry,
  ignore,
  type Outcome,
  type Site,
} from './decision.ts'
import { isLoopback } from './destination.ts'
import type { LeaseBook } from './lease-book.ts'
import { type Message, messageType } from './message.ts'
import { OPTION } from './option-code.ts'
import { decodeRelayAgent, type RelayAgent } from './relay-agent.ts'
import { nakReply } from './reply.ts'

/** More relays than this is a loop. */
const MAX_HOPS = 16

/** What surrounds a message. */
export interface Surroundings {
  readonly book: LeaseBook
  readonly site: Site
  readonly arrival: Arrival
  /** Time of the lease clock. */
  readonly nowMs: number
  /** It carries the token of the supervisor's health probe. */
  readonly probe: boolean
  /** Why no lease can be confirmed now; a probe hears of it. */
  readonly fault: string | null
}

/**
 * Decides what to do about one message: the outcome with its reason, the reply and where it goes, and what to
 * store and hold. Nothing is changed; the caller applies it.
 *
 * @rfc 2131 section 4.3; 1542 section 4.1.1 for the hops
 * @param message may point into the datagram; so may the reply
 * @returns a decision for every message; never throws
 */
export function decide(message: Message, surroundings: Surroundings): ClientDecision {
  const { arrival, site, book, nowMs, probe, fault } = surroundings
  if (message.op !== 1) return unread('ignored_reply', 'a reply, not a request')
  if (message.hops > MAX_HOPS) return unread('ignored_hops', 'passed too many relays')
  const type = messageType(message)
  if (message.giaddr !== 0 && !probe && !isRelayAddress(message.giaddr, site))
    return unread('ignored_relay_address', 'no relay can have this giaddr')
  const relayOption = message.options.get(OPTION.relayAgentInformation)
  if (relayOption !== undefined && message.giaddr === 0)
    return unread('ignored_untrusted_relay_option', 'option 82 without a relay')
  const identity = identifyClient(message)
  if (identity === null) return unread('ignored_no_identity', 'neither hardware address nor client identifier')
  const relay = relayOption === undefined ? null : decodeRelayAgent(relayOption)
  const subnet = chooseSubnet(message, relay, surroundings)
  const client = subnet === null ? identity : { ...identity, key: keyIn(subnet.plan, identity) }
  const inquiry: Inquiry = {
    book,
    site,
    arrival,
    nowMs,
    message,
    client,
    relay,
    probe,
    subnet,
    serverIdentifier: chooseServerIdentifier(relay, surroundings),
    unicast: message.giaddr === 0 && arrival.local !== 0,
  }
  const decision = { ...dispatch(type, inquiry), client: client.key }
  // The probe must hear a no as well.
  const isNo = probe && (decision.reply === null || fault !== null)
  return isNo ? { ...decision, reply: nakReply(inquiry, fault ?? decision.reason) } : decision
}

function unread(outcome: Outcome, reason: string): ClientDecision {
  return { ...ignore(outcome, reason), client: '' }
}

function dispatch(type: ReturnType<typeof messageType>, inquiry: Inquiry): Decision {
  switch (type) {
    case null:
      return ignore('ignored_bootp', 'BOOTP is not served')
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

/** @rfc 5107 section 4: a relay may put itself between the client and us for renewals too */
function chooseServerIdentifier(relay: RelayAgent | null, { site, arrival }: Surroundings): number {
  if (relay !== null && relay.serverIdentifierOverride !== null) return relay.serverIdentifierOverride
  const ours = site.serverIdentifier ?? arrival.link?.address ?? 0
  if (ours !== 0) return ours
  if (arrival.local !== 0) return arrival.local
  for (const address of site.own) if (!isLoopback(address)) return address
  return 0x7f000001
}
