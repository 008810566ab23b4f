import { HEADER_BYTES } from './header.ts'

/** What follows the header: nothing, fields we may skip, something signed, or bytes that fit no rule. */
export type Trailer = 'none' | 'fields' | 'authenticated' | 'malformed'

/** Fields of network time security: a request that carries them wants a protected answer or none. */
const NTS_COOKIE = 0x0204
const NTS_AUTHENTICATOR = 0x0404

/** A key identifier with an MD5 digest, and with a digest of 20 octets. */
const MAC_MD5 = 20
const MAC_LONG = 24

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
  let at = offset + HEADER_BYTES
  while (remaining > 0) {
    if (remaining === MAC_MD5 || remaining === MAC_LONG) return 'authenticated'
    if (version < 4 || remaining < FIELD_MIN) return 'malformed'
    const type = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    const size = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
    if (size % 4 !== 0 || size < FIELD_MIN || size > remaining) return 'malformed'
    if (size === remaining && size < LAST_FIELD_MIN) return 'malformed'
    if (type === NTS_COOKIE || type === NTS_AUTHENTICATOR) return 'authenticated'
    at += size
    remaining -= size
  }
  return 'fields'
}
