import { OPTION } from './codes.ts'
import { encodeOption } from './options-codec.ts'

/** The server updates DNS for the name; the server overrode that wish; nobody updates. */
const FLAG_SERVER = 0x01
const FLAG_OVERRIDDEN = 0x02
const FLAG_NO_UPDATE = 0x04
const LABEL_MAX = 63
const DOT = 46

/**
 * Decodes the name in a client's option 39.
 *
 * @rfc 4704 section 4.2: labels with their lengths; a name that is not whole lacks its root
 * @param bytes value of the option; borrowed
 * @returns the name as text octets, null when there is none or it is malformed; never throws
 */
export function decodeClientFqdn(bytes: Uint8Array): Uint8Array | null {
  const text: number[] = []
  for (let at = 1; at < bytes.length; ) {
    const length = bytes[at] ?? 0
    if (length === 0) break
    if (length > LABEL_MAX || at + 1 + length > bytes.length) return null
    if (text.length > 0) text.push(DOT)
    text.push(...bytes.subarray(at + 1, at + 1 + length))
    at += 1 + length
  }
  return text.length === 0 ? null : Uint8Array.from(text)
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
  const labels = hostname === null ? NONE : encodeDomainName(hostname)
  return encodeOption(OPTION.clientFqdn, Uint8Array.of(FLAG_NO_UPDATE | (overridden ? FLAG_OVERRIDDEN : 0)), labels)
}

/** Writes a name as labels without compression, which DHCPv6 does not have. @rfc 8415 section 10; 1035 section 3.1 */
export function encodeDomainName(name: string): Uint8Array {
  const labels = name.split('.').filter((label) => label !== '')
  return Uint8Array.from([...labels.flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]), 0])
}

const NONE = new Uint8Array(0)
