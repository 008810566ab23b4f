import type { MessageType } from './codes.ts'
import type { Association } from './identity-association.ts'

/** What a client (or, by mistake, a server) sent; the bytes are borrowed from the datagram. */
export interface Message {
  readonly type: MessageType
  readonly transactionId: number
  /** DUID of the client, 3..130 octets. */
  readonly clientId: Uint8Array | null
  /** DUID of the server that is meant. */
  readonly serverId: Uint8Array | null
  /** No two of the same kind and IAID. */
  readonly associations: readonly Association[]
  /** Codes of the options that it asks for. */
  readonly requested: ReadonlySet<number>
  readonly rapidCommit: boolean
  /** Value of option 39. */
  readonly clientFqdn: Uint8Array | null
}

/** What one relay agent put around a message. */
export interface Relay {
  readonly hopCount: number
  /** An address of the link that it received from; 0 = it does not tell. */
  readonly linkAddress: bigint
  /** Who it received from: the client, or the relay agent before it. */
  readonly peerAddress: bigint
  /** The interface that it received from, opaque: it comes back in the answer. */
  readonly interfaceId: Uint8Array | null
  readonly remoteId: Uint8Array | null
  /** The client's hardware address as aa:bb:…, where the relay tells it and it is one of Ethernet. */
  readonly clientMac: string | null
  /** Value of option 135: answers go to the port that it sent from, and the option comes back. */
  readonly sourcePort: Uint8Array | null
}

/**
 * The link address nearest to the client; 0 = no relay agent tells one.
 *
 * @rfc 8415 section 13.1; 6221 section 6: relay agents of layer 2 tell none
 */
export function linkAddressOf(relays: readonly Relay[]): bigint {
  return relays.findLast(({ linkAddress }) => linkAddress !== 0n)?.linkAddress ?? 0n
}
