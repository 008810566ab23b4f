import type { LeaseBook } from '../leases/lease-book.ts'
import type { SubnetLeases } from '../leases/subnet-leases.ts'
import { type Message, messageType, numberOption } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import type { RelayAgent } from '../message/relay-agent.ts'
import type { Arrival } from './decision.ts'

/**
 * The subnet that a client is on: the one that the relay or client selects, that of the relay, that of the address in
 * use when the client writes to us by itself, that of the interface.
 *
 * @rfc 3527 section 3 (link selection), 3011 section 2 (subnet selection): an unknown one is not replaced by another
 */
export function chooseSubnet(
  message: Message,
  relay: RelayAgent | null,
  { book, arrival }: { readonly book: LeaseBook; readonly arrival: Arrival },
): SubnetLeases | null {
  const selected = relay?.linkSelection ?? subnetSelection(message, arrival)
  if (selected !== null) return book.subnetOf(selected)
  if (message.giaddr !== 0) return book.subnetOf(message.giaddr)
  const isInform = messageType(message) === 'INFORM'
  if (message.ciaddr !== 0 && (arrival.link === null || isInform || isFromItself(message, arrival)))
    return book.subnetOf(message.ciaddr)
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
