import type { Logger } from 'pino'
import { readCookieKeys, writeCookieKeys } from './cookie-key-file.ts'
import { type CookieKeySet, CookieSeals, firstCookieKey, rotateCookieKeys } from './cookie-keys.ts'

/** The keys of cookies as they are kept on disk, so that neither a restart nor another process loses a client. */
export class CookieKeyStore {
  readonly seals = new CookieSeals()
  /** Hears when another key begins to seal. */
  onChange: () => void = () => undefined
  readonly #path: string
  readonly #periodMs: number
  readonly #log: Logger
  #set: CookieKeySet | null = null
  #fault: string | null = null

  /** @param periodMs how long a key seals */
  constructor(path: string, periodMs: number, log: Logger) {
    this.#path = path
    this.#periodMs = periodMs
    this.#log = log
  }

  /** What keeps us from keeping them, in words. */
  get fault(): string | null {
    return this.#fault
  }

  /** The keys in force, for others that serve with them; null before the first look. */
  get set(): CookieKeySet | null {
    return this.#set
  }

  /** Takes the keys that are in force at this moment. Those on disk count: another process may have gone on to the next. */
  look(nowMs: number): void {
    const kept = readCookieKeys(this.#path)
    const before = kept ?? this.#set ?? this.#begin(nowMs)
    const set = rotateCookieKeys(before, this.#periodMs, nowMs)
    if (set !== kept) this.#keep(set)
    if (set.keys[0]?.id === this.#set?.keys[0]?.id) return
    if (this.#set !== null) this.#log.info({ key: set.keys[0]?.id }, 'cookies are sealed with the next key')
    this.#set = set
    this.seals.use(set)
    this.onChange()
  }

  #begin(nowMs: number): CookieKeySet {
    const first = firstCookieKey(nowMs)
    try {
      if (writeCookieKeys(this.#path, first, false)) return first
    } catch {
      // Told when they are written the next time, which is at once.
    }
    return readCookieKeys(this.#path) ?? first
  }

  #keep(set: CookieKeySet): void {
    try {
      writeCookieKeys(this.#path, set, true)
      this.#fault = null
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#fault = `cannot keep the keys of NTS cookies: ${why}; after a restart clients have to begin anew`
    }
  }
}
