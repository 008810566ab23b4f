/** Where a probe's line is proved. */
export interface ProvingStore {
  prove(line: string): Uint8Array
}

/**
 * Answers the supervisor's health probe: its line goes to the store's disk and back, so that the answer proves that
 * messages are read, taken apart and can be stored. Nothing of it is kept.
 */
export class ProbeEcho {
  readonly #mark: string

  /** @param token 32 hex digits that only the supervisor and its daemons know */
  constructor(token: string) {
    this.#mark = `<46>1 - - lanward-probe - - [probe@32473 token="${token}"`
  }

  /** Whether a message is such a probe. */
  matches(text: string): boolean {
    return text.startsWith(this.#mark)
  }

  /** The line as the disk gave it back, or an error in the same form. */
  answer(line: string, store: ProvingStore): Uint8Array {
    try {
      return store.prove(line)
    } catch (error) {
      return Buffer.from(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }))
    }
  }
}
