import { hkdfSync, randomBytes } from 'node:crypto'
import { AesSiv, SIV_KEY_BYTES } from './aes-siv.ts'

/** A key that seals cookies, with the number that they carry. */
export interface CookieKey {
  /** 32 bits. */
  readonly id: number
  readonly secret: Uint8Array
}

/** All keys in force: the newest first, which seals; the others only open. */
export interface CookieKeySet {
  readonly keys: readonly CookieKey[]
  /** When the newest was made. @unit milliseconds since 1970 */
  readonly madeMs: number
}

/** One that seals and two before it: a cookie is good for two to three periods. */
const KEPT = 3

/** Makes the first key of a server. */
export function firstCookieKey(nowMs: number): CookieKeySet {
  return { keys: [{ id: randomBytes(4).readUInt32BE(0), secret: randomBytes(SIV_KEY_BYTES) }], madeMs: nowMs }
}

/**
 * The keys that are in force now. Each key follows from the one before and does not lead back: all processes that serve
 * one address get the same keys without a word between them, and whoever steals today's reads nothing sealed with those
 * that are forgotten.
 *
 * @rfc 8915 section 6
 * @param periodMs how long a key seals
 * @returns the same set when nothing is due
 */
export function rotateCookieKeys(set: CookieKeySet, periodMs: number, nowMs: number): CookieKeySet {
  // A clock that was set back begins the period anew: nobody knows how long the key has been in force.
  if (nowMs < set.madeMs) return { ...set, madeMs: nowMs }
  const due = Math.floor((nowMs - set.madeMs) / periodMs)
  let { keys } = set
  for (let step = 0; step < Math.min(due, KEPT); step++) {
    const [newest] = keys
    if (newest !== undefined) keys = [nextCookieKey(newest), ...keys].slice(0, KEPT)
  }
  return due === 0 ? set : { keys, madeMs: set.madeMs + due * periodMs }
}

/** The key after this one. */
export function nextCookieKey({ id, secret }: CookieKey): CookieKey {
  const nextId = (id + 1) >>> 0
  const salt = Buffer.alloc(4)
  salt.writeUInt32BE(nextId)
  return { id: nextId, secret: new Uint8Array(hkdfSync('sha256', secret, salt, 'lanward nts cookie', SIV_KEY_BYTES)) }
}

/** The keys in force, ready for use. */
export class CookieSeals {
  #newest: { readonly id: number; readonly siv: AesSiv } | null = null
  readonly #byId = new Map<number, AesSiv>()

  /** Uses these keys from now on, and opens as well what the next one has sealed: another process may be there already. */
  use({ keys }: CookieKeySet): void {
    const [newest] = keys
    if (newest === undefined || newest.id === this.#newest?.id) return
    this.#byId.clear()
    for (const { id, secret } of [nextCookieKey(newest), ...keys]) this.#byId.set(id, new AesSiv(secret))
    const siv = this.#byId.get(newest.id)
    if (siv !== undefined) this.#newest = { id: newest.id, siv }
  }

  /** What seals; null before the first `use`. */
  get newest(): { readonly id: number; readonly siv: AesSiv } | null {
    return this.#newest
  }

  find(id: number): AesSiv | null {
    return this.#byId.get(id) ?? null
  }
}
