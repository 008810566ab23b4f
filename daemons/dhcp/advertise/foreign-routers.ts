import { prefixText } from './contradictions.ts'
import type { RouterAdvertisement } from './router-advertisement.ts'

/** Another router that was heard; the names are part of the interface. */
export interface ForeignRouterRow {
  /** Its link-local address. */
  readonly router: string
  /** As it says itself; null when it does not. */
  readonly mac: string | null
  readonly interface: string
  readonly first: string
  readonly last: string
  readonly seen: number
  /** 0 = it is no default router. */
  readonly lifetime_s: number
  readonly managed: boolean
  readonly other: boolean
  readonly prefixes: readonly string[]
  /** What it says against our configuration, in words. */
  readonly contradictions: readonly string[]
}

/** More than a link has. @attack made-up routers push out the oldest */
const CAPACITY = 64
/** One that is not heard of for this long is new again. */
const REMEMBERED_MS = 24 * 3600 * 1000
/** Enough to know a router by. */
const MOST_PREFIXES = 8
const MOST_CONTRADICTIONS = 8

interface Sighting extends Pick<ForeignRouterRow, 'router' | 'mac' | 'interface' | 'contradictions'> {
  readonly told: RouterAdvertisement
}

/** The other routers that were heard on the links. */
export class ForeignRouters {
  readonly #rows = new Map<string, { readonly lastMs: number; readonly row: ForeignRouterRow }>()

  /** Takes in an advertisement. @returns the row when the router is new, or contradicts us in another way than before; else null */
  notice({ told, ...sighting }: Sighting, wallMs: number): ForeignRouterRow | null {
    const key = `${sighting.router} ${sighting.interface}`
    this.#forget(wallMs)
    const before = this.#rows.get(key)?.row
    const at = new Date(wallMs).toISOString()
    const row: ForeignRouterRow = {
      ...sighting,
      contradictions: sighting.contradictions.slice(0, MOST_CONTRADICTIONS),
      first: before?.first ?? at,
      last: at,
      seen: (before?.seen ?? 0) + 1,
      lifetime_s: told.routerLifetimeSeconds,
      managed: told.managed,
      other: told.other,
      prefixes: told.prefixes.slice(0, MOST_PREFIXES).map(prefixText),
    }
    this.#rows.delete(key)
    this.#rows.set(key, { lastMs: wallMs, row })
    for (const oldest of this.#rows.keys()) {
      if (this.#rows.size <= CAPACITY) break
      this.#rows.delete(oldest)
    }
    return before?.contradictions.join() === row.contradictions.join() ? null : row
  }

  /** Those that were heard within a day, the newest last. */
  list(wallMs: number): readonly ForeignRouterRow[] {
    this.#forget(wallMs)
    return [...this.#rows.values()].map(({ row }) => row)
  }

  #forget(wallMs: number): void {
    for (const [key, { lastMs }] of this.#rows) {
      if (wallMs - lastMs < REMEMBERED_MS) break
      this.#rows.delete(key)
    }
  }
}
