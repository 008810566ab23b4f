import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { parseKeyFile } from './key-file.ts'
import type { SymmetricKey } from './symmetric-key.ts'

const OTHERS_MAY_READ = 0o004

/** The keys that a file has now. What cannot be read leaves the last good ones in force. */
export class KeyRing {
  #path: string | null
  #keys = new Map<number, SymmetricKey>()
  #text: string | null = null
  #wrong: readonly string[] = []
  #unreadable: string | null = null
  #isPublic = false

  /** @param path null = no keys at all */
  constructor(path: string | null) {
    this.#path = path
    this.look()
  }

  get path(): string | null {
    return this.#path
  }

  /** Has the keys of another file from now on, and those of the earlier one no more. */
  follow(path: string | null): void {
    if (path === this.#path) return
    this.#path = path
    this.#keys = new Map()
    this.#text = null
    this.#wrong = []
    this.#unreadable = null
    this.#isPublic = false
  }

  /** Whether every user of this machine may read the file, which makes the keys worth nothing here. */
  get isPublic(): boolean {
    return this.#isPublic
  }

  /** What keeps keys from use, in words. */
  get faults(): readonly string[] {
    return this.#unreadable === null ? this.#wrong : [this.#unreadable, ...this.#wrong]
  }

  find(id: number): SymmetricKey | null {
    return this.#keys.get(id) ?? null
  }

  /**
   * Reads the file again.
   *
   * @returns whether it says something else than before
   */
  look(): boolean {
    if (this.#path === null) return false
    try {
      const { text, mode } = read(this.#path)
      this.#unreadable = null
      this.#isPublic = (mode & OTHERS_MAY_READ) !== 0
      if (text === this.#text) return false
      const { keys, wrong } = parseKeyFile(text)
      this.#wrong = wrong.map((words) => `${this.#path} ${words}`)
      this.#keys = new Map(keys.map((key) => [key.id, key]))
      this.#text = text
      return true
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#unreadable = `cannot read the keys: ${why}${this.#keys.size > 0 ? '; the earlier ones stay in force' : ''}`
      return false
    }
  }
}

/** The text of a file and its mode, of one and the same file. */
function read(path: string): { readonly text: string; readonly mode: number } {
  const fd = openSync(path, 'r')
  try {
    return { text: readFileSync(fd, 'utf8'), mode: fstatSync(fd).mode }
  } finally {
    closeSync(fd)
  }
}
