/** Counts how often each of a few names comes; gives up when there are too many of them, or they are too long to list. */
export class KindCount {
  #counts: Map<string, number> | null = new Map()
  #bytes = 0

  add(name: string): void {
    if (this.#counts === null) return
    const count = this.#counts.get(name) ?? 0
    if (count === 0) this.#bytes += Buffer.byteLength(JSON.stringify(name)) + COUNT_BYTES
    this.#counts.set(name, count + 1)
    if (this.#counts.size > MOST_KINDS || this.#bytes > MOST_BYTES) this.#counts = null
  }

  /** null when it gave up. Names may be anything, even `__proto__`. */
  toRecord(): Readonly<Record<string, number>> | null {
    return this.#counts === null ? null : Object.fromEntries(this.#counts)
  }
}

/** A sender that makes up names must not make the manifest longer than its messages. */
const MOST_KINDS = 1000
/** As written; four such lists a segment are 2 % of it. */
const MOST_BYTES = 16 << 10
/** The colon, up to eight digits and the comma. */
const COUNT_BYTES = 10
