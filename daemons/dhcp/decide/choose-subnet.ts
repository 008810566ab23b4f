import { leaseState } from '../leases/lease.ts'
import type { SubnetLeases } from '../leases/subnet-leases.ts'
import { type ClientIdentity, keyIn } from '../message/client-key.ts'
import { type Message, messageType, numberOption } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import type { RelayAgent } from '../message/relay-agent.ts'
import type { Arrival } from './decision.ts'
import type { Surroundings } from './inquire.ts'

/**
 * The subnet that a client is on: the one that the relay or client selects, that of the relay, that of the address in
 * use when the client writes to us by itself, that of the interface.
 *
 * @rfc 3527 section 3 (link selection), 3011 section 2 (subnet selection): an unknown one is not replaced by another
 */
export function chooseSubnet(
  message: Message,
  relay: RelayAgent | null,
  identity: ClientIdentity,
  { book, arrival, nowMs }: Pick<Surroundings, 'book' | 'arrival' | 'nowMs'>,
): SubnetLeases | null {
  const selected = relay?.linkSelection ?? subnetSelection(message, arrival)
  if (selected !== null) return book.subnetOf(selected)
  if (message.giaddr !== 0) return book.subnetOf(message.giaddr)
  const isInform = messageType(message) === 'INFORM'
  if (message.ciaddr !== 0) {
    const home = book.subnetOf(message.ciaddr)
    if (arrival.link === null || isInform || isFromItself(message, arrival)) return home
    if (arrival.local !== 0 && home !== null && hasLease(home, identity, message.ciaddr, nowMs)) return home
  }
  return arrival.link === null ? (isInform ? book.subnetOf(arrival.source) : null) : book.subnetOf(arrival.link.address)
}

/**
 * Whether a client writes to us from the address that it says it has.
 *
 * @attack any host of the guest network could take over free addresses of all others by renewing them
 */
function isFromItself({ ciaddr }: Message, { local, source }: Arrival): boolean {
  return local !== 0 && source === ciaddr
}

/** Whether the address is the client's own, which it may renew from wherever it is: a router may have another address sent it. */
function hasLease(home: SubnetLeases, identity: ClientIdentity, address: number, nowMs: number): boolean {
  const lease = home.leaseOf(keyIn(home.plan, identity))
  return lease?.address === address && leaseState(lease, nowMs) === 'bound'
}

/**
 * The subnet that option 118 selects; null when there is none, or when it is not for the sender to choose. Only what
 * comes through a relay, or to a socket for relays, asks for others; a host on an attached network is where it is.
 *
 * @rfc 3011 section 2: a reply without the option tells the client that it was not heeded
 * @attack any host of the guest network could empty the pools of all others
 */
export function subnetSelection(message: Message, { link }: Arrival): number | null {
  return message.giaddr === 0 && link !== null ? null : numberOption(message, OPTION.subnetSelection) || null
}
