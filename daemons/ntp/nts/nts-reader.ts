import { readCookieKeys } from './cookie-key-file.ts'
import { CookieSeals } from './cookie-keys.ts'
import { NtsOpener } from './nts-opener.ts'
import { RandomPool } from './random-pool.ts'

/** Opens protected requests with keys that somebody else keeps on disk, and goes on to the next when they do. */
export class NtsReader {
  readonly opener: NtsOpener
  readonly #seals = new CookieSeals()
  readonly #path: string
  #newest: number | null = null

  /** @param slots how many requests are opened before their replies are sealed, at most */
  constructor(path: string, slots: number) {
    this.#path = path
    this.opener = new NtsOpener(this.#seals, new RandomPool(), slots)
    this.look()
  }

  /** Takes the keys that are kept now; those of before stay when there are none. */
  look(): void {
    const set = readCookieKeys(this.#path)
    const newest = set?.keys[0]?.id ?? null
    if (set === null || newest === this.#newest) return
    this.#newest = newest
    this.#seals.use(set)
  }
}
