import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { keepFile } from '../../runtime/keep-file.ts'

/**
 * Keeps on disk how far a target has come: the number of the first message that it may not have. What the file says is
 * never ahead of that, whenever the process or the machine dies; it may be behind by what was sent since.
 */
export class CursorFile {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** null when there is no file, or none that can be read. */
  read(): number | null {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#path, 'utf8'))
      const seq = typeof value === 'object' && value !== null && 'seq' in value ? value.seq : null
      return typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0 ? seq : null
    } catch {
      return null
    }
  }

  /** Replaces the file whole, and returns when it is on the disk. @throws Error of the disk */
  writeNow(seq: number, to: string): void {
    keepFile(this.#path, textOf(seq, to))
  }

  /** The same without holding up the process; one call at a time. @throws Error of the disk */
  async write(seq: number, to: string): Promise<void> {
    const fresh = `${this.#path}.new`
    const file = await open(fresh, 'w', 0o640)
    try {
      await file.writeFile(textOf(seq, to))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, this.#path)
    const folder = await open(dirname(this.#path), 'r')
    await folder.sync().finally(() => folder.close())
  }
}

function textOf(seq: number, to: string): string {
  return `${JSON.stringify({ seq, to })}\n`
}
