import type { Protection } from '../auth/protection.ts'
import { HEADER_BYTES } from '../header.ts'
import { AesSiv, SIV_BYTES, SIV_KEY_BYTES, SIV_ROOM } from './aes-siv.ts'
import { COOKIE_BYTES, openCookie, SESSION_KEYS_BYTES, writeCookie } from './cookie.ts'
import type { CookieSeals } from './cookie-keys.ts'
import {
  AUTHENTICATOR_HEAD_BYTES,
  FIELD,
  FIELD_HEADER_BYTES,
  type NtsFields,
  readNtsFields,
  writeFieldHeader,
} from './nts-fields.ts'
import type { RandomPool } from './random-pool.ts'

/** What a request of network time security came to. */
export interface NtsOpened {
  /** Why it is none, as it is counted; null = it is genuine. */
  readonly refused: 'fields' | 'nts_stale_cookie' | 'nts_bad_cookie' | 'nts_bad_mac' | null
  /** Completes the reply, or the kiss that refuses; null = silence. */
  readonly protection: Protection | null
}

const NONCE_BYTES = 16
const COOKIE_FIELD_BYTES = FIELD_HEADER_BYTES + COOKIE_BYTES
const AUTHENTICATOR_MIN = AUTHENTICATOR_HEAD_BYTES + NONCE_BYTES + SIV_BYTES

/** A client keeps no more. @rfc 8915 section 4.1.6 */
const COOKIES_MAX = 8

/**
 * Opens requests that are protected by network time security and protects the replies to them. Keeps nothing of a client:
 * all that is known of it comes with its cookie.
 *
 * @rfc 8915 section 5.7
 */
export class NtsOpener {
  readonly #seals: CookieSeals
  readonly #random: RandomPool
  readonly #session = new AesSiv(new Uint8Array(SIV_KEY_BYTES))
  readonly #keys = new Uint8Array(SESSION_KEYS_BYTES)
  readonly #sealed = new Uint8Array(SIV_BYTES + SIV_ROOM)

  constructor(seals: CookieSeals, random: RandomPool) {
    this.#seals = seals
    this.#random = random
  }

  /**
   * Checks a request. A cookie that comes again is answered again: the client tells by its unique identifier which
   * answer is to which question.
   *
   * @param bytes holds the request from `offset`
   */
  open(bytes: Uint8Array, offset: number, length: number): NtsOpened {
    const fields = readNtsFields(bytes, offset, length)
    const room = fields === null ? -1 : length - HEADER_BYTES - fields.uniqueBytes - AUTHENTICATOR_MIN
    if (fields === null || fields.cookieBytes === 0 || room < 0) return { refused: 'fields', protection: null }
    const unique = { at: fields.uniqueAt - offset, bytes: fields.uniqueBytes }
    const nak = new NtsNak(unique)
    const cookie = openCookie(this.#seals, bytes, fields.cookieAt, fields.cookieBytes, this.#keys)
    if (cookie !== 'open') return { refused: `nts_${cookie}_cookie`, protection: nak }
    if (!this.#isGenuine(bytes, offset, fields)) return { refused: 'nts_bad_mac', protection: nak }
    const cookies = Math.min(1 + fields.placeholders, COOKIES_MAX, Math.floor(room / COOKIE_FIELD_BYTES))
    // Its nonce is shorter than the padding that must make up for it.
    if (cookies === 0) return { refused: 'fields', protection: null }
    return {
      refused: null,
      protection: new NtsReply(this.#session, this.#random, unique, this.#keys, this.#write(cookies)),
    }
  }

  #isGenuine(bytes: Uint8Array, offset: number, fields: NtsFields): boolean {
    const { authenticatorAt, nonceAt, nonceBytes, sealedAt, sealedBytes } = fields
    if (sealedBytes < SIV_BYTES) return false
    this.#session.rekey(this.#keys.subarray(0, SIV_KEY_BYTES))
    this.#sealed.set(bytes.subarray(sealedAt, sealedAt + sealedBytes))
    return this.#session.open(
      this.#sealed,
      0,
      sealedBytes - SIV_BYTES,
      bytes.subarray(offset, authenticatorAt),
      bytes.subarray(nonceAt, nonceAt + nonceBytes),
    )
  }

  /** Fields with fresh cookies, made before the reply is stamped. */
  #write(cookies: number): Uint8Array {
    const fields = new Uint8Array(cookies * COOKIE_FIELD_BYTES)
    for (let at = 0; at < fields.length; at += COOKIE_FIELD_BYTES) {
      writeFieldHeader(fields, at, FIELD.cookie, COOKIE_FIELD_BYTES)
      writeCookie(this.#seals, this.#random, this.#keys, fields, at + FIELD_HEADER_BYTES)
    }
    return fields
  }
}

/** Where the field of the unique identifier lies in a request, from its first octet, and its length. */
interface UniquePlace {
  readonly at: number
  readonly bytes: number
}

/** Protects one reply: the client's unique identifier, and an authenticator that hides the fresh cookies. */
class NtsReply implements Protection {
  readonly kind = 'nts'
  readonly #session: AesSiv
  readonly #random: RandomPool
  readonly #unique: UniquePlace
  readonly #key: Uint8Array
  readonly #cookies: Uint8Array

  constructor(session: AesSiv, random: RandomPool, unique: UniquePlace, keys: Uint8Array, cookies: Uint8Array) {
    this.#session = session
    this.#random = random
    this.#unique = unique
    this.#key = keys.slice(SIV_KEY_BYTES)
    this.#cookies = cookies
  }

  seal(bytes: Uint8Array, offset: number): number {
    const at = moveUnique(bytes, offset, this.#unique)
    const size = AUTHENTICATOR_MIN + this.#cookies.length
    const nonceAt = at + AUTHENTICATOR_HEAD_BYTES
    const sealedAt = nonceAt + NONCE_BYTES
    writeFieldHeader(bytes, at, FIELD.authenticator, size)
    writeFieldHeader(bytes, at + FIELD_HEADER_BYTES, NONCE_BYTES, SIV_BYTES + this.#cookies.length)
    this.#random.fill(bytes, nonceAt, NONCE_BYTES)
    bytes.set(this.#cookies, sealedAt + SIV_BYTES)
    this.#session.rekey(this.#key)
    const nonce = bytes.subarray(nonceAt, sealedAt)
    this.#session.seal(bytes, sealedAt, this.#cookies.length, bytes.subarray(offset, at), nonce)
    return at + size - offset
  }
}

/** Completes a kiss that says "your cookie or your proof is none": nothing in it is secret or proved. @rfc 8915 section 5.7 */
class NtsNak implements Protection {
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
  bytes.copyWithin(offset + HEADER_BYTES, from, from + unique.bytes)
  return offset + HEADER_BYTES + unique.bytes
}
