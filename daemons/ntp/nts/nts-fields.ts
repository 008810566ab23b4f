import { readUint32, writeUint32 } from '../../wire/octets.ts'
import { HEADER_BYTES } from '../header.ts'

/** The extension fields of network time security. @rfc 8915 section 7.5 */
export const FIELD = {
  uniqueIdentifier: 0x0104,
  cookie: 0x0204,
  cookiePlaceholder: 0x0304,
  authenticator: 0x0404,
} as const

export const FIELD_HEADER_BYTES = 4
const FIELD_MIN = 16

/** A unique identifier is at least this long. @rfc 8915 section 5.3 */
const UNIQUE_MIN = 32

/** Where the fields of a protected packet lie; all positions are from the beginning of `bytes`. */
export interface NtsFields {
  /** The whole field, with its header. */
  readonly uniqueAt: number
  readonly uniqueBytes: number
  /** The body of the cookie; 0 octets when there is none. */
  readonly cookieAt: number
  readonly cookieBytes: number
  /** Fields that hold the place of a further cookie, at least as long as the one there is. */
  readonly placeholders: number
  /** The whole field: what stands before it is authenticated by it. */
  readonly authenticatorAt: number
  readonly nonceAt: number
  readonly nonceBytes: number
  readonly sealedAt: number
  readonly sealedBytes: number
}

/**
 * Finds the fields of a packet that `readTrailer` says is one of network time security. What follows the authenticator
 * proves nothing and counts for nothing.
 *
 * @rfc 8915 section 5.7
 * @returns null when one is missing that must be there, is there twice, or contradicts its length
 */
export function readNtsFields(bytes: Uint8Array, offset: number, length: number): NtsFields | null {
  const end = offset + length
  let uniqueAt = 0
  let uniqueBytes = 0
  let cookieAt = 0
  let cookieBytes = 0
  let placeholders = 0
  let shortest = Number.POSITIVE_INFINITY
  for (let at = offset + HEADER_BYTES; end - at >= FIELD_MIN; ) {
    const head = readUint32(bytes, at)
    const type = head >>> 16
    const size = head & 0xffff
    if (size < FIELD_MIN || size % 4 !== 0 || size > end - at) return null
    if (type === FIELD.authenticator) {
      if (uniqueBytes === 0 || (cookieBytes > 0 && shortest < cookieBytes)) return null
      const found = { uniqueAt, uniqueBytes, cookieAt, cookieBytes, placeholders, authenticatorAt: at }
      return readAuthenticator(bytes, at, size, found)
    }
    const body = size - FIELD_HEADER_BYTES
    if (type === FIELD.uniqueIdentifier) {
      if (uniqueBytes > 0 || body < UNIQUE_MIN) return null
      uniqueAt = at
      uniqueBytes = size
    } else if (type === FIELD.cookie) {
      if (cookieBytes > 0) return null
      cookieAt = at + FIELD_HEADER_BYTES
      cookieBytes = body
    } else if (type === FIELD.cookiePlaceholder) {
      placeholders += 1
      shortest = Math.min(shortest, body)
    }
    at += size
  }
  return null
}

/** @rfc 8915 section 5.6: two lengths, nonce and sealed text each padded to a word, and padding for a longer nonce */
function readAuthenticator(
  bytes: Uint8Array,
  at: number,
  size: number,
  found: Omit<NtsFields, 'nonceAt' | 'nonceBytes' | 'sealedAt' | 'sealedBytes'>,
): NtsFields | null {
  const lengths = readUint32(bytes, at + FIELD_HEADER_BYTES)
  const nonceBytes = lengths >>> 16
  const sealedBytes = lengths & 0xffff
  const nonceAt = at + AUTHENTICATOR_HEAD_BYTES
  const sealedAt = nonceAt + padded(nonceBytes)
  if (sealedAt + padded(sealedBytes) > at + size) return null
  return { ...found, nonceAt, nonceBytes, sealedAt, sealedBytes }
}

/** Field header and the two lengths. */
export const AUTHENTICATOR_HEAD_BYTES = 8

/** Writes the beginning of a field at `at`. @param size of the whole field */
export function writeFieldHeader(bytes: Uint8Array, at: number, type: number, size: number): void {
  writeUint32(bytes, at, type * 65536 + size)
}

function padded(length: number): number {
  return (length + 3) & ~3
}
