import { readFile } from 'node:fs/promises'
import type { Agreement } from '../nts/exchange-keys.ts'
import { NtsSession } from '../nts/nts-session.ts'
import { RandomPool } from '../nts/random-pool.ts'
import type { SourceSettings } from '../section.ts'
import { identityOf } from '../source-identity.ts'
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
  /** `none`, `nts`, or `key` and its number. */
  readonly authentication: string
  /** Cookies of network time security that are left; null without it. */
  readonly cookies: number | null
}

type NtsProof = Extract<SourceSettings['authentication'], { kind: 'nts' }>

/** Knows for each source how it is authenticated. */
export class SourceGuards {
  readonly #keys: KeyRing
  readonly #nowMs: () => number
  readonly #random = new RandomPool()
  /** By the identity of the source. */
  readonly #sessions = new Map<string, NtsSession>()

  /** @param nowMs monotonic */
  constructor(keys: KeyRing, nowMs: () => number) {
    this.#keys = keys
    this.#nowMs = nowMs
  }

  /** @throws Error in words when the source cannot be asked as its settings demand: it is not asked at all then */
  async open(settings: SourceSettings): Promise<Passage> {
    const { address, port, authentication } = settings
    if (authentication === undefined) return { host: address, port, guard: null }
    if (authentication.kind === 'nts') return this.#session(settings, authentication).open()
    const found = this.#keys.find(authentication.id)
    if (found === null) throw new Error(`there is no key ${authentication.id} in ${this.#keys.path}`)
    return { host: address, port, guard: keyGuard(found) }
  }

  report(settings: SourceSettings): SourceAuthentication {
    const { authentication } = settings
    if (authentication === undefined) return { authentication: 'none', cookies: null }
    if (authentication.kind === 'key') return { authentication: `key ${authentication.id}`, cookies: null }
    return { authentication: 'nts', cookies: this.#sessions.get(identityOf(settings))?.cookies ?? 0 }
  }

  /** Forgets the keys and cookies of all other sources. */
  retain(sources: readonly SourceSettings[]): void {
    const names = new Set(sources.map(identityOf))
    for (const name of this.#sessions.keys()) if (!names.has(name)) this.#sessions.delete(name)
  }

  #session(settings: SourceSettings, { port, ca }: NtsProof): NtsSession {
    const name = identityOf(settings)
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    const exchange = async (): Promise<Agreement> => {
      const trusted = ca === null ? null : await readFile(ca, 'utf8')
      // TLS costs each process that loads it 10 ms and 6 MB: only those that need it have it.
      const { exchangeKeys } = await import('../nts/exchange-keys.ts')
      return exchangeKeys({ host: settings.address, port, ca: trusted })
    }
    const made = new NtsSession({ exchange, port: settings.port, random: this.#random, nowMs: this.#nowMs })
    this.#sessions.set(name, made)
    return made
  }
}
