import { readUint32 } from '../../wire/octets.ts'
import { HEADER_BYTES } from '../header.ts'
import { type AesSiv, SIV_BYTES, SIV_ROOM } from './aes-siv.ts'
import { AUTHENTICATOR_HEAD_BYTES, FIELD, FIELD_HEADER_BYTES, readNtsFields, writeFieldHeader } from './nts-fields.ts'
import type { RandomPool } from './random-pool.ts'

const NONCE_BYTES = 16
/** @rfc 8915 section 5.3 */
export const UNIQUE_BYTES = 32

/** What makes one question: each cookie is shown once, so that nobody can tell that two questions come from one client. */
export interface NtsQuestion {
  /** 32 octets that nobody can guess. */
  readonly unique: Uint8Array
  readonly cookie: Uint8Array
  /** How many more cookies than one are asked for. */
  readonly placeholders: number
}

/**
 * Protects a question.
 *
 * @rfc 8915 section 5.7
 * @param header 48 octets
 * @param siv with the key from client to server
 */
export function encodeNtsQuestion(
  header: Uint8Array,
  { unique, cookie, placeholders }: NtsQuestion,
  siv: AesSiv,
  random: RandomPool,
): Uint8Array {
  const cookieField = FIELD_HEADER_BYTES + cookie.length
  const uniqueField = FIELD_HEADER_BYTES + UNIQUE_BYTES
  const authenticatorAt = HEADER_BYTES + uniqueField + (1 + placeholders) * cookieField
  const nonceAt = authenticatorAt + AUTHENTICATOR_HEAD_BYTES
  const sealedAt = nonceAt + NONCE_BYTES
  const bytes = new Uint8Array(sealedAt + SIV_BYTES)
  bytes.set(header)
  writeFieldHeader(bytes, HEADER_BYTES, FIELD.uniqueIdentifier, uniqueField)
  bytes.set(unique, HEADER_BYTES + FIELD_HEADER_BYTES)
  let at = HEADER_BYTES + uniqueField
  writeFieldHeader(bytes, at, FIELD.cookie, cookieField)
  bytes.set(cookie, at + FIELD_HEADER_BYTES)
  for (at += cookieField; at < authenticatorAt; at += cookieField)
    writeFieldHeader(bytes, at, FIELD.cookiePlaceholder, cookieField)
  writeFieldHeader(bytes, authenticatorAt, FIELD.authenticator, bytes.length - authenticatorAt)
  writeFieldHeader(bytes, authenticatorAt + FIELD_HEADER_BYTES, NONCE_BYTES, SIV_BYTES)
  random.fill(bytes, nonceAt, NONCE_BYTES)
  siv.begin()
  siv.associate(bytes, 0, authenticatorAt)
  siv.associate(bytes, nonceAt, NONCE_BYTES)
  siv.seal(bytes, sealedAt, 0)
  return bytes
}

/** What a datagram is to a question. */
export type NtsAnswer =
  | { readonly kind: 'authentic'; readonly cookies: readonly Uint8Array[] }
  /** It brings back what only who saw the question knows, and nothing that proves who sent it. */
  | { readonly kind: 'unproved' }
  | { readonly kind: 'other' }

/**
 * Judges a datagram that came as an answer.
 *
 * @rfc 8915 section 5.7
 * @param unique of the question
 * @param siv with the key from server to client
 */
export function decodeNtsAnswer(datagram: Uint8Array, unique: Uint8Array, siv: AesSiv): NtsAnswer {
  const fields = datagram.length < HEADER_BYTES ? null : readNtsFields(datagram, 0, datagram.length)
  if (fields === null) return { kind: bringsBack(datagram, unique) ? 'unproved' : 'other' }
  const { uniqueAt, uniqueBytes, authenticatorAt, nonceAt, nonceBytes, sealedAt, sealedBytes } = fields
  const theirs = datagram.subarray(uniqueAt + FIELD_HEADER_BYTES, uniqueAt + uniqueBytes)
  if (Buffer.compare(theirs, unique) !== 0) return { kind: 'other' }
  const text = new Uint8Array(Math.max(0, sealedBytes - SIV_BYTES))
  if (authenticatorAt > SIV_ROOM || nonceBytes > SIV_ROOM) return { kind: 'unproved' }
  siv.begin()
  siv.associate(datagram, 0, authenticatorAt)
  siv.associate(datagram, nonceAt, nonceBytes)
  if (!siv.open(datagram, sealedAt, sealedBytes - SIV_BYTES, text, 0)) return { kind: 'unproved' }
  return { kind: 'authentic', cookies: readCookies(text) }
}

/** A refusal has no authenticator: the unique identifier right behind the header, as a server that means us sends it. */
function bringsBack(datagram: Uint8Array, unique: Uint8Array): boolean {
  const at = HEADER_BYTES
  if (datagram.length < at + FIELD_HEADER_BYTES + unique.length) return false
  const isUnique = readUint32(datagram, at) === FIELD.uniqueIdentifier * 65536 + FIELD_HEADER_BYTES + unique.length
  const body = datagram.subarray(at + FIELD_HEADER_BYTES, at + FIELD_HEADER_BYTES + unique.length)
  return isUnique && Buffer.compare(body, unique) === 0
}

function readCookies(fields: Uint8Array): readonly Uint8Array[] {
  const cookies: Uint8Array[] = []
  for (let at = 0; at + FIELD_HEADER_BYTES <= fields.length; ) {
    const head = readUint32(fields, at)
    const size = head & 0xffff
    if (size < FIELD_HEADER_BYTES || at + size > fields.length) break
    if (head >>> 16 === FIELD.cookie) cookies.push(fields.slice(at + FIELD_HEADER_BYTES, at + size))
    at += size
  }
  return cookies
}
