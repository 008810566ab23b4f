const FLAG_ENCODED = 0x04
/** Flags and two octets that are no longer used. */
const HEADER_BYTES = 3
const LABEL_MAX = 63
const DOT = 46

/**
 * Decodes the name in a client's option 81, which clients send instead of a host name. It is read like one, and we
 * promise nothing about DNS: the option is not sent back.
 *
 * @rfc 4702 sections 2.1 and 2.3: labels with their lengths (the last may be missing its root), or plain text of old
 * @param bytes the joined value of the option; borrowed
 * @returns the name as text octets, null when there is none or it is malformed; never throws
 */
export function decodeClientFqdn(bytes: Uint8Array): Uint8Array | null {
  const name = bytes.subarray(HEADER_BYTES)
  if (name.length === 0) return null
  if (((bytes[0] ?? 0) & FLAG_ENCODED) === 0) return name
  const text: number[] = []
  for (let at = 0; at < name.length; ) {
    const length = name[at] ?? 0
    if (length === 0) break
    if (length > LABEL_MAX || at + 1 + length > name.length) return null
    if (text.length > 0) text.push(DOT)
    text.push(...name.subarray(at + 1, at + 1 + length))
    at += 1 + length
  }
  return text.length === 0 ? null : Uint8Array.from(text)
}
