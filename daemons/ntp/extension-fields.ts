import { HEADER_BYTES } from './header.ts'

/** What follows the header: nothing, fields we may skip, a MAC, fields of network time security, or bytes that fit no rule. */
export type Trailer = 'none' | 'fields' | 'mac' | 'nts' | 'malformed'

/** Fields of network time security: a request that carries them wants a protected answer or none. */
const NTS_COOKIE = 0x0204
const NTS_AUTHENTICATOR = 0x0404

/** A key identifier with an MD5 digest or a CMAC, and with a digest of 20 octets. */
const MAC_MD5 = 20
const MAC_LONG = 24

/** Without extension fields there is no need to cut the longer digests: SHA256, SHA384 and SHA512 with a key identifier. */
const MACS_BEFORE_V4: readonly number[] = [MAC_MD5, MAC_LONG, 36, 52, 68]

/** The shortest field, and the shortest last field: 16 octets would look like the start of a MAC. */
const FIELD_MIN = 16
const LAST_FIELD_MIN = 28

/**
 * Reads what lies behind the 48 octets of the header without keeping any of it.
 *
 * @rfc 7822 section 7.5; in versions 1 to 3 there are no extension fields, only a MAC (RFC 1305 appendix C)
 * @rfc 8915 section 5 for the fields of network time security
 * @param bytes holds the datagram from `offset`, `length` >= 48 octets of it
 */
export function readTrailer(bytes: Uint8Array, offset: number, length: number, version: number): Trailer {
  let remaining = length - HEADER_BYTES
  if (remaining === 0) return 'none'
  if (remaining % 4 !== 0) return 'malformed'
  if (version < 4) return MACS_BEFORE_V4.includes(remaining) ? 'mac' : 'malformed'
  let at = offset + HEADER_BYTES
  while (remaining > 0) {
    if (remaining === MAC_MD5 || remaining === MAC_LONG) return 'mac'
    if (remaining < FIELD_MIN) return 'malformed'
    const type = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    const size = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
    if (size % 4 !== 0 || size < FIELD_MIN || size > remaining) return 'malformed'
    if (size === remaining && size < LAST_FIELD_MIN) return 'malformed'
    if (type === NTS_COOKIE || type === NTS_AUTHENTICATOR) return 'nts'
    at += size
    remaining -= size
  }
  return 'fields'
}

/**
 * Where the MAC of a packet begins that `readTrailer` says has one.
 *
 * @param bytes holds the packet from `offset`
 */
export function findMac(bytes: Uint8Array, offset: number, length: number): number {
  const end = offset + length
  let at = offset + HEADER_BYTES
  if ((((bytes[offset] ?? 0) >> 3) & 7) < 4) return at
  while (end - at > MAC_LONG) {
    const size = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
    if (size < FIELD_MIN) break
    at += size
  }
  return at
}
