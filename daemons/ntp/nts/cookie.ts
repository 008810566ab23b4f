import { readUint32, writeUint32 } from '../../wire/octets.ts'
import { SIV_BYTES, SIV_KEY_BYTES } from './aes-siv.ts'
import type { CookieSeals } from './cookie-keys.ts'
import type { RandomPool } from './random-pool.ts'

/** The two keys that a client and a server share: client to server, then server to client, 32 octets each. */
export const SESSION_KEYS_BYTES = 2 * SIV_KEY_BYTES

const NONCE_BYTES = 16
const NONCE = 4
const SEALED = NONCE + NONCE_BYTES

/**
 * A cookie: what the server needs to know of a client, sealed so that only the server can read it, and kept by the client.
 *
 * @rfc 8915 section 6
 *
 *      0          4                 20               36                  100
 *     +----------+-----------------+----------------+-------------------+
 *     | key      | nonce           | synthetic      | session keys,     |
 *     |          |                 | vector         | sealed            |
 *     +----------+-----------------+----------------+-------------------+
 */
export const COOKIE_BYTES = SEALED + SIV_BYTES + SESSION_KEYS_BYTES

/** Writes a fresh cookie for a client at `at`. @param keys 64 octets */
export function writeCookie(
  seals: CookieSeals,
  random: RandomPool,
  keys: Uint8Array,
  bytes: Uint8Array,
  at: number,
): void {
  const { newest } = seals
  if (newest === null) throw new Error('there is no key to seal cookies with')
  writeUint32(bytes, at, newest.id)
  random.fill(bytes, at + NONCE, NONCE_BYTES)
  bytes.set(keys, at + SEALED + SIV_BYTES)
  newest.siv.begin()
  newest.siv.associate(bytes, at + NONCE, NONCE_BYTES)
  newest.siv.seal(bytes, at + SEALED, SESSION_KEYS_BYTES)
}

/**
 * Opens a cookie that stands at `at`.
 *
 * @param keys gets the 64 octets of session keys
 * @returns `stale` = of a key that we do not have, or not any more; `bad` = no cookie of ours
 */
export function openCookie(
  seals: CookieSeals,
  bytes: Uint8Array,
  at: number,
  length: number,
  keys: Uint8Array,
): 'open' | 'stale' | 'bad' {
  if (length !== COOKIE_BYTES) return 'bad'
  const siv = seals.find(readUint32(bytes, at))
  if (siv === null) return 'stale'
  siv.begin()
  siv.associate(bytes, at + NONCE, NONCE_BYTES)
  return siv.open(bytes, at + SEALED, SESSION_KEYS_BYTES, keys, 0) ? 'open' : 'bad'
}

/** A question with eight of the longest still goes through any network: no server makes longer ones. */
const COOKIE_MIN = 12
export const COOKIE_MAX = 256

/** Whether we take a cookie of a server: it is of a length that fits a field and leaves room for others. */
export function isCookie({ length }: Uint8Array): boolean {
  return length >= COOKIE_MIN && length <= COOKIE_MAX && length % 4 === 0
}
