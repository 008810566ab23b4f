import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Answers the supervisor's health probe: the marked message goes to disk on its way back, so that the answer proves
 * that messages are read, taken apart and written. Nothing of it is stored.
 */
export class ProbeEcho {
  readonly #mark: string
  readonly #path: string

  /**
   * @param token 32 hex digits that only the supervisor and its daemons know
   * @param folder the store's folder
   */
  constructor(token: string, folder: string) {
    this.#mark = `<46>1 - - lanward-probe - - [probe@32473 token="${token}"`
    this.#path = join(folder, 'probe')
  }

  /** Whether a message is such a probe. */
  matches(text: string): boolean {
    return text.startsWith(this.#mark)
  }

  /** Writes the line, reads it back and returns the bytes, or an error in the same form. */
  answer(line: string, failure: string | null): Uint8Array {
    try {
      if (failure !== null) throw new Error(`the store cannot be written: ${failure}`)
      writeFileSync(this.#path, line, { mode: 0o640 })
      return readFileSync(this.#path)
    } catch (error) {
      return Buffer.from(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }))
    }
  }
}
