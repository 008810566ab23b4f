import type { SourceSettings } from '../section.ts'
import { type Guard, keyGuard } from './guard.ts'
import type { KeyRing } from './key-ring.ts'

/** Where a source is asked, and how its answers are proved to be its own. */
export interface Passage {
  readonly host: string
  readonly port: number
  /** null = whoever brings our nonce back is believed. */
  readonly guard: Guard | null
}

/** How a source is authenticated, as reports show it. */
export interface SourceAuthentication {
  /** `none`, or `key` and its number. */
  readonly authentication: string
}

/** Knows for each source how it is authenticated. */
export class SourceGuards {
  readonly #keys: KeyRing

  constructor(keys: KeyRing) {
    this.#keys = keys
  }

  /** @throws Error in words when the source cannot be asked as its settings demand: it is not asked at all then */
  async open({ address, port, authentication }: SourceSettings): Promise<Passage> {
    if (authentication === undefined) return { host: address, port, guard: null }
    const found = this.#keys.find(authentication.id)
    if (found === null) throw new Error(`there is no key ${authentication.id} in ${this.#keys.path}`)
    return { host: address, port, guard: keyGuard(found) }
  }

  report({ authentication }: SourceSettings): SourceAuthentication {
    return { authentication: authentication === undefined ? 'none' : `key ${authentication.id}` }
  }
}
