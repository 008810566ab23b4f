import { copyOctets } from '../auth/copy-octets.ts'
import type { Protection } from '../auth/protection.ts'
import { HEADER_BYTES } from '../header.ts'
import { type AesSiv, SIV_BYTES, SIV_KEY_BYTES } from './aes-siv.ts'
import { COOKIE_BYTES } from './cookie.ts'
import { AUTHENTICATOR_HEAD_BYTES, FIELD, FIELD_HEADER_BYTES, writeFieldHeader } from './nts-fields.ts'
import type { RandomPool } from './random-pool.ts'

const NONCE_BYTES = 16
export const COOKIE_FIELD_BYTES = FIELD_HEADER_BYTES + COOKIE_BYTES

/** The field that proves a reply without cookies. */
export const AUTHENTICATOR_MIN = AUTHENTICATOR_HEAD_BYTES + NONCE_BYTES + SIV_BYTES

/** A client keeps no more. @rfc 8915 section 4.1.6 */
export const COOKIES_MAX = 8

/** Where the field of the unique identifier lies in a request, from its first octet, and its length. */
export interface UniquePlace {
  readonly at: number
  readonly bytes: number
}

/**
 * Protects one reply: the client's unique identifier, and an authenticator that hides the fresh cookies. Used again for
 * another reply when that one is sealed.
 *
 * @rfc 8915 section 5.7
 */
export class NtsReply implements Protection {
  readonly kind = 'nts'
  /** From server to client. */
  readonly key = new Uint8Array(SIV_KEY_BYTES)
  /** The fields of the cookies. */
  readonly cookies = new Uint8Array(COOKIES_MAX * COOKIE_FIELD_BYTES)
  readonly #session: AesSiv
  readonly #random: RandomPool
  #unique: UniquePlace = { at: HEADER_BYTES, bytes: 0 }
  #cookieBytes = 0

  constructor(session: AesSiv, random: RandomPool) {
    this.#session = session
    this.#random = random
  }

  /** Is about another request from now on. @param cookieBytes how much of `cookies` counts */
  prepare(unique: UniquePlace, cookieBytes: number): void {
    this.#unique = unique
    this.#cookieBytes = cookieBytes
  }

  seal(bytes: Uint8Array, offset: number): number {
    const at = moveUnique(bytes, offset, this.#unique)
    const cookieBytes = this.#cookieBytes
    const size = AUTHENTICATOR_MIN + cookieBytes
    const nonceAt = at + AUTHENTICATOR_HEAD_BYTES
    const sealedAt = nonceAt + NONCE_BYTES
    const textAt = sealedAt + SIV_BYTES
    writeFieldHeader(bytes, at, FIELD.authenticator, size)
    writeFieldHeader(bytes, at + FIELD_HEADER_BYTES, NONCE_BYTES, SIV_BYTES + cookieBytes)
    this.#random.fill(bytes, nonceAt, NONCE_BYTES)
    copyOctets(this.cookies, 0, cookieBytes, bytes, textAt)
    const session = this.#session
    session.rekey(this.key)
    session.begin()
    session.associate(bytes, offset, at - offset)
    session.associate(bytes, nonceAt, NONCE_BYTES)
    session.seal(bytes, sealedAt, cookieBytes)
    return at + size - offset
  }
}

/** Completes a kiss that says "your cookie or your proof is none": nothing in it is secret or proved. @rfc 8915 section 5.7 */
export class NtsNak implements Protection {
  readonly kind = 'nts'
  readonly #unique: UniquePlace

  constructor(unique: UniquePlace) {
    this.#unique = unique
  }

  seal(bytes: Uint8Array, offset: number): number {
    return moveUnique(bytes, offset, this.#unique) - offset
  }
}

/** Brings the unique identifier right behind the header. @returns where it ends */
function moveUnique(bytes: Uint8Array, offset: number, unique: UniquePlace): number {
  const from = offset + unique.at
  const to = offset + HEADER_BYTES
  if (from !== to) bytes.copyWithin(to, from, from + unique.bytes)
  return to + unique.bytes
}
