import type { Binding } from './binding.ts'
import type { BindingBook } from './binding-book.ts'
import type { StatusName } from './codes.ts'
import type { AnsweredAssociation } from './identity-association.ts'
import type { Message, Relay } from './message.ts'
import type { SubnetBindings } from './subnet-bindings.ts'

/** One message with all that is needed to decide about it. */
export interface Inquiry6 {
  readonly book: BindingBook
  readonly message: Message
  /** The one nearest to us first. */
  readonly relays: readonly Relay[]
  /** DUID of the client in hex, empty when it told none. */
  readonly duid: string
  /** The address that it wrote from, as the relay agent nearest to it tells. */
  readonly source: bigint
  /** Its hardware address as far as it is known, else empty. */
  readonly mac: string
  /** The served subnets of the client's link, in the order in which they are given from. */
  readonly link: readonly SubnetBindings[]
  /** Sent to one of our addresses by the client itself. */
  readonly unicast: boolean
  /** DUID of this server in hex. */
  readonly server: string
  /** Every address of this machine: none is ever given to a client. */
  readonly own: ReadonlySet<bigint>
  /** Time of the lease clock. */
  readonly nowMs: number
}

/** What became of a message; each message has exactly one. */
export type Outcome6 =
  | 'advertise'
  | 'reply'
  | 'confirmed'
  | 'not_on_link'
  | 'released'
  | 'declined'
  | 'information'
  | 'no_addresses'
  | 'no_binding'
  | 'use_multicast'
  /** Every address tried for it is used by others. */
  | 'address_conflict'
  | 'ignored_reply'
  | 'ignored_unicast'
  | 'ignored_no_client_id'
  | 'ignored_no_server_id'
  | 'ignored_other_server'
  | 'ignored_server_id'
  | 'ignored_association'
  | 'ignored_no_address'
  | 'ignored_no_subnet'
  | 'ignored_unknown_binding'

/** What is answered; the encoder adds what identifies client and server, and the options asked for. */
export interface Answer6 {
  readonly type: 'ADVERTISE' | 'REPLY'
  readonly associations: readonly AnsweredAssociation[]
  /** Of the message as a whole; null = none is told. */
  readonly status: { readonly name: StatusName; readonly message: string } | null
  readonly rapidCommit: boolean
  /** Whose settings are told; null = none. */
  readonly settings: SubnetBindings['plan'] | null
  readonly hostname: string | null
}

/** What to do about a message. Nothing has been changed yet. */
export interface Decision6 {
  readonly outcome: Outcome6
  /** Why, in words for the person who asks. */
  readonly reason: string
  /** The address it is about; null = none. */
  readonly address: bigint | null
  readonly answer: Answer6 | null
  /** Leases to store before the answer leaves, in this order. */
  readonly changes: readonly Binding[]
}

/** A decision to stay silent and change nothing. */
export function ignore6(outcome: Outcome6, reason: string, address: bigint | null = null): Decision6 {
  return { outcome, reason, address, answer: null, changes: [] }
}

/** An answer without associations. */
export function plainReply(status: Answer6['status'], settings: Answer6['settings'] = null): Answer6 {
  return { type: 'REPLY', associations: [], status, rapidCommit: false, settings, hostname: null }
}
