import { readUint32 } from '../../wire/octets.ts'

/** What a relay agent told about the client's place on the network. */
export interface RelayAgent {
  readonly circuitId: Uint8Array | null
  readonly remoteId: Uint8Array | null
  /** The subnet to take the address from, when giaddr does not lie in it. */
  readonly linkSelection: number | null
  /** What the server shall call itself, so that renewals pass the relay too. */
  readonly serverIdentifierOverride: number | null
  /** Replies go to the port that the relay sent from. */
  readonly relaySourcePort: boolean
}

/**
 * Decodes the sub-options of option 82. The address 0.0.0.0 selects no link, and no name for the server.
 *
 * @rfc 3046 section 2.0; 3527 (link selection), 5107 (server identifier override), 8357 (relay source port)
 * @param bytes the joined value of option 82; borrowed
 * @returns null when it is empty, or a sub-option runs over the end or has a wrong length; never throws
 */
export function decodeRelayAgent(bytes: Uint8Array): RelayAgent | null {
  if (bytes.length === 0) return null
  let circuitId: Uint8Array | null = null
  let remoteId: Uint8Array | null = null
  let linkSelection: number | null = null
  let serverIdentifierOverride: number | null = null
  let relaySourcePort = false
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at + 1]
    if (length === undefined || at + 2 + length > bytes.length) return null
    const value = bytes.subarray(at + 2, at + 2 + length)
    switch (bytes[at]) {
      case 1:
        circuitId = value
        break
      case 2:
        remoteId = value
        break
      case 5:
        if (length !== 4) return null
        linkSelection = readUint32(value, 0) || null
        break
      case 11:
        if (length !== 4) return null
        serverIdentifierOverride = readUint32(value, 0) || null
        break
      case 19:
        relaySourcePort = true
        break
    }
    at += 2 + length
  }
  return { circuitId, remoteId, linkSelection, serverIdentifierOverride, relaySourcePort }
}
