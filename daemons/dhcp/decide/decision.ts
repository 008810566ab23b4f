import type { Lease } from '../leases/lease.ts'
import type { LeaseBook } from '../leases/lease-book.ts'
import type { SubnetLeases } from '../leases/subnet-leases.ts'
import type { ClientIdentity } from '../message/client-key.ts'
import type { Message } from '../message/message.ts'
import type { RelayAgent } from '../message/relay-agent.ts'

/** Where a datagram came in. */
export interface Arrival {
  readonly source: number
  readonly sourcePort: number
  /** Our own address that it was sent to; 0 = to all of the network. */
  readonly local: number
  /** The directly attached network it came from; null = a socket for relay agents. */
  readonly link: Link | null
}

/** A directly attached network that we serve. */
export interface Link {
  /** Our address there; the subnet that holds it is the one served. */
  readonly address: number
  /** Its switches add option 82 to what clients send, and take out what these send of it themselves. */
  readonly trusted?: boolean
}

/** What the server knows about itself. */
export interface Site {
  /** Every address of this machine: all are valid server identifiers, none is ever given to a client. */
  readonly own: ReadonlySet<number>
  /** The identifier from the configuration. */
  readonly serverIdentifier: number | null
  /** The port at giaddr that replies go to; `source` = the one the relay sent from. */
  readonly relayPort: number | 'source'
}

/** One message with all that is needed to decide about it. */
export interface Inquiry {
  readonly book: LeaseBook
  readonly site: Site
  readonly arrival: Arrival
  readonly nowMs: number
  readonly message: Message
  readonly client: ClientIdentity
  readonly relay: RelayAgent | null
  /** The subnet that the client is on; null = none that we serve. */
  readonly subnet: SubnetLeases | null
  /** Every subnet on the client's link, that one among them. */
  readonly neighbours: readonly SubnetLeases[]
  /** What the client is, by place in the list of classes. */
  readonly classes: readonly number[]
  /** In hex, as the relay told; of a client that writes to us by itself, as it did when the lease began. */
  readonly circuitId: string | null
  readonly remoteId: string | null
  /** Our address that the client reaches, for options that name this server. */
  readonly self: number
  /** What we call ourselves towards this client (option 54). */
  readonly serverIdentifier: number
  /** Sent to one of our addresses by the client itself: it has a working address. */
  readonly unicast: boolean
  /** The supervisor asks whether we serve; nothing may be kept. */
  readonly probe: boolean
}

/** What became of a message; each message has exactly one. */
export type Outcome =
  | 'offer'
  | 'ack'
  | 'nak'
  | 'bootp_reply'
  | 'declined'
  | 'released'
  | 'pool_exhausted'
  /** Its address is asked about first; the message is decided about again afterwards. */
  | 'checking'
  /** Every address tried for it is used by others. */
  | 'address_conflict'
  | 'limited_port_leases'
  | 'denied'
  | 'ignored_reply'
  | 'ignored_bootp'
  | 'ignored_type'
  | 'ignored_hops'
  | 'ignored_relay_address'
  | 'ignored_untrusted_relay_option'
  | 'ignored_no_identity'
  | 'ignored_no_subnet'
  | 'ignored_incomplete'
  | 'ignored_other_server'
  | 'ignored_unknown_client'
  | 'ignored_not_owner'
  | 'ignored_decline_limit'

/** How a reply reaches its client; the port is 68 where none is named. */
export type Destination =
  /** By routing, to a relay agent or the sender. */
  | { readonly kind: 'relay'; readonly address: number; readonly port: number }
  /** By routing, to a client that has the address. */
  | { readonly kind: 'unicast'; readonly address: number }
  /** To all of the network it came from. */
  | { readonly kind: 'broadcast' }
  /** To an address that the client does not have yet: straight to its hardware address. */
  | { readonly kind: 'frame'; readonly address: number; readonly hardware: Uint8Array }

export interface Reply {
  readonly message: Message
  /** Most octets of UDP payload that the client takes. */
  readonly maxBytes: number
  readonly destination: Destination
}

/** What to do about a message. Nothing has been changed yet. */
export interface Decision {
  readonly outcome: Outcome
  /** Why, in words for the person who asks. */
  readonly reason: string
  /** The address it is about, 0 = none. */
  readonly address: number
  readonly subnet: SubnetLeases | null
  readonly reply: Reply | null
  /** Leases to store before the reply leaves, in this order. */
  readonly changes: readonly Lease[]
  /** The lease offered, to hold its address until the REQUEST. */
  readonly hold: Lease | null
  /** The client's hold is over. */
  readonly endsHold: boolean
}

/** A decision together with whose message it is about; empty when nobody looked. */
export type ClientDecision = Decision & { readonly client: string }

/** A decision to stay silent and change nothing. */
export function ignore(outcome: Outcome, reason: string, subnet: SubnetLeases | null = null, address = 0): Decision {
  return { outcome, reason, address, subnet, reply: null, changes: [], hold: null, endsHold: false }
}
