/** Counts how often each of a few names comes; gives up when there are too many of them. */
export class KindCount {
  #counts: Map<string, number> | null = new Map()

  add(name: string): void {
    if (this.#counts === null) return
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    if (this.#counts.size > MOST_KINDS) this.#counts = null
  }

  /** null when it gave up. Names may be anything, even `__proto__`. */
  toRecord(): Readonly<Record<string, number>> | null {
    return this.#counts === null ? null : Object.fromEntries(this.#counts)
  }
}

/** A sender that makes up names must not make the manifest longer than its messages. */
const MOST_KINDS = 1000
