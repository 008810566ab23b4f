import type { Destination, Inquiry } from '../decide/decision.ts'
import { BROADCAST_FLAG, hardwareAddress } from '../message/message.ts'
import { inSubnet, isEdge } from '../subnets/subnet-plan.ts'

/** Hardware types whose addresses are those of Ethernet: itself, and all that IEEE 802 defines. */
const FRAMED: readonly number[] = [1, 6]

/**
 * Chooses where a reply goes: relay, then broadcast for a NAK, then the address the client has, then broadcast if
 * it asked for that, then the hardware address.
 *
 * @rfc 2131 section 4.1; 8357 section 5 (relay source port); 4390 section 2.1 (links without a usable chaddr)
 * @deviation with `relay_port = "source"` a request from loopback is answered where it came from: giaddr or ciaddr
 *   of such a test lie in a network that this machine does not have
 * @attack ciaddr is believed only inside the served subnet, so the server cannot be made to send elsewhere
 * @param yiaddr the address that the reply gives, 0 for none
 */
export function chooseDestination(inquiry: Inquiry, kind: 'offer' | 'ack' | 'nak', yiaddr: number): Destination {
  const { message, arrival, site, relay } = inquiry
  if (inquiry.probe || (site.relayPort === 'source' && isLoopback(arrival.source)))
    return { kind: 'relay', address: arrival.source, port: arrival.sourcePort }
  if (message.giaddr !== 0) {
    const port = site.relayPort === 'source' || relay?.relaySourcePort === true ? arrival.sourcePort : site.relayPort
    return { kind: 'relay', address: message.giaddr, port }
  }
  const ciaddr = usableCiaddr(inquiry)
  // A client behind a router hears no broadcast of ours: its own address is the only way to it.
  if (arrival.link === null || (kind === 'nak' && inquiry.unicast && !isOnLink(inquiry, ciaddr)))
    return { kind: 'unicast', address: ciaddr === 0 ? arrival.source : ciaddr }
  if (kind === 'nak') return { kind: 'broadcast' }
  if (ciaddr !== 0) return { kind: 'unicast', address: ciaddr }
  if (yiaddr === 0 || (message.flags & BROADCAST_FLAG) !== 0 || !FRAMED.includes(message.htype) || message.hlen !== 6)
    return { kind: 'broadcast' }
  return { kind: 'frame', address: yiaddr, hardware: hardwareAddress(message) }
}

/** Whether an address lies in 127.0.0.0/8. */
export function isLoopback(address: number): boolean {
  return address >>> 24 === 127
}

function usableCiaddr(inquiry: Inquiry): number {
  const { ciaddr } = inquiry.message
  const plan = inquiry.subnet?.plan
  if (ciaddr === 0 || plan === undefined || !inSubnet(plan, ciaddr)) return 0
  return isEdge(plan, ciaddr) || inquiry.site.own.has(ciaddr) ? 0 : ciaddr
}

function isOnLink(inquiry: Inquiry, address: number): boolean {
  const { link } = inquiry.arrival
  const plan = inquiry.subnet?.plan
  if (link === null || plan === undefined || address === 0) return true
  return inSubnet(plan, link.address)
}
