import { copyOctets } from '../auth/copy-octets.ts'
import type { Protection } from '../auth/protection.ts'
import { HEADER_BYTES } from '../header.ts'
import { AesSiv, SIV_BYTES, SIV_KEY_BYTES, SIV_ROOM } from './aes-siv.ts'
import { COOKIE_MAX, openCookie, SESSION_KEYS_BYTES, writeCookie } from './cookie.ts'
import type { CookieSeals } from './cookie-keys.ts'
import { FIELD, FIELD_HEADER_BYTES, type NtsFields, readNtsFields, writeFieldHeader } from './nts-fields.ts'
import { AUTHENTICATOR_MIN, COOKIE_FIELD_BYTES, COOKIES_MAX, NtsNak, NtsReply } from './nts-reply.ts'
import type { RandomPool } from './random-pool.ts'

/** What a request of network time security came to. */
export interface NtsOpened {
  /** Why it is none, as it is counted; null = it is genuine. */
  readonly refused: 'fields' | 'nts_stale_cookie' | 'nts_bad_cookie' | 'nts_bad_mac' | null
  /** Completes the reply, or the kiss that refuses; null = silence. */
  readonly protection: Protection | null
}

const MALFORMED: NtsOpened = { refused: 'fields', protection: null }

/**
 * Opens requests that are protected by network time security. Keeps nothing of a client: all that is known of it comes
 * with its cookie.
 *
 * @rfc 8915 section 5.7
 */
export class NtsOpener {
  readonly #seals: CookieSeals
  readonly #random: RandomPool
  readonly #session = new AesSiv(new Uint8Array(SIV_KEY_BYTES))
  readonly #keys = new Uint8Array(SESSION_KEYS_BYTES)
  readonly #hidden = new Uint8Array(SIV_ROOM)
  /** For each request that may be under way, used in turn: new ones would be half of the garbage. */
  readonly #replies: readonly NtsReply[]
  #next = 0

  /** @param slots how many requests are opened before their replies are sealed, at most */
  constructor(seals: CookieSeals, random: RandomPool, slots: number) {
    this.#seals = seals
    this.#random = random
    this.#replies = Array.from({ length: slots }, () => new NtsReply(this.#session, random))
  }

  /**
   * Checks a request. A cookie that comes again is answered again: the client tells by its unique identifier which
   * answer is to which question.
   *
   * @param bytes holds the request from `offset`
   */
  open(bytes: Uint8Array, offset: number, length: number): NtsOpened {
    const fields = readNtsFields(bytes, offset, length)
    if (fields === null || fields.cookieBytes === 0 || fields.cookieBytes > COOKIE_MAX) return MALFORMED
    const room = length - HEADER_BYTES - fields.uniqueBytes - AUTHENTICATOR_MIN
    const unique = { at: fields.uniqueAt - offset, bytes: fields.uniqueBytes }
    const cookie = openCookie(this.#seals, bytes, fields.cookieAt, fields.cookieBytes, this.#keys)
    if (cookie !== 'open') return { refused: `nts_${cookie}_cookie`, protection: new NtsNak(unique) }
    if (!this.#isGenuine(bytes, offset, fields)) return { refused: 'nts_bad_mac', protection: new NtsNak(unique) }
    const cookies = Math.min(1 + fields.placeholders, COOKIES_MAX, Math.floor(room / COOKIE_FIELD_BYTES))
    // Its nonce is shorter than ours, without the padding that makes up for it.
    if (cookies < 1) return MALFORMED
    const reply = this.#replies[this.#next] ?? new NtsReply(this.#session, this.#random)
    this.#next = (this.#next + 1) % this.#replies.length
    this.#fill(reply, cookies)
    reply.prepare(unique, cookies * COOKIE_FIELD_BYTES)
    return { refused: null, protection: reply }
  }

  #isGenuine(bytes: Uint8Array, offset: number, fields: NtsFields): boolean {
    const { authenticatorAt, nonceAt, nonceBytes, sealedAt, sealedBytes } = fields
    if (sealedBytes < SIV_BYTES) return false
    const session = this.#session
    session.rekey(this.#keys)
    session.begin()
    session.associate(bytes, offset, authenticatorAt - offset)
    session.associate(bytes, nonceAt, nonceBytes)
    // Nothing that a client may hide in there means anything to us.
    return session.open(bytes, sealedAt, sealedBytes - SIV_BYTES, this.#hidden, 0)
  }

  /** Gives a reply its key and its cookies, which are made before it is stamped. */
  #fill({ key, cookies }: NtsReply, count: number): void {
    copyOctets(this.#keys, SIV_KEY_BYTES, SIV_KEY_BYTES, key, 0)
    for (let at = 0; at < count * COOKIE_FIELD_BYTES; at += COOKIE_FIELD_BYTES) {
      writeFieldHeader(cookies, at, FIELD.cookie, COOKIE_FIELD_BYTES)
      writeCookie(this.#seals, this.#random, this.#keys, cookies, at + FIELD_HEADER_BYTES)
    }
  }
}
