import { decodeLabels, encodeLabels } from '../message/domain-labels.ts'
import { OPTION } from './codes.ts'
import { encodeOption } from './options-codec.ts'

/** The server updates DNS for the name; the server overrode that wish; nobody updates. */
const FLAG_SERVER = 0x01
const FLAG_OVERRIDDEN = 0x02
const FLAG_NO_UPDATE = 0x04

/**
 * Decodes the name in a client's option 39.
 *
 * @rfc 4704 section 4.2: labels with their lengths; a name that is not whole lacks its root
 * @param bytes value of the option; borrowed
 * @returns the name as text octets, null when there is none or it is malformed; never throws
 */
export function decodeClientFqdn(bytes: Uint8Array): Uint8Array | null {
  return decodeLabels(bytes.subarray(1))
}

/**
 * Answers a client's option 39: its name as we know it, and that we update no DNS.
 *
 * @rfc 4704 section 6: N set, S clear, O set when the client asked for S
 * @param asked value of the option; empty is answered like flags of zero
 * @param hostname what the client is called; null = nothing
 */
export function encodeClientFqdn(asked: Uint8Array, hostname: string | null): Uint8Array {
  const flags = asked[0] ?? 0
  const overridden = (flags & FLAG_SERVER) !== 0 && (flags & FLAG_NO_UPDATE) === 0
  const labels = hostname === null ? NONE : encodeLabels(hostname)
  return encodeOption(OPTION.clientFqdn, Uint8Array.of(FLAG_NO_UPDATE | (overridden ? FLAG_OVERRIDDEN : 0)), labels)
}

const NONE = new Uint8Array(0)
