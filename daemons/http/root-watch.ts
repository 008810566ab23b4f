import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'

/** Whether the folder of files can be served, looked at beside the work: a distant file system may take its time. */
export class RootWatch {
  #root: string | null
  #fault: string | null = null
  #looking: Promise<void> | null = null

  /** @param root absolute path; null = no files are served */
  constructor(root: string | null) {
    this.#root = root
  }

  /** What was in the way at the last look, in words; begins another look. */
  get fault(): string | null {
    void this.look()
    return this.#fault
  }

  /** From now on it is this folder. @returns when it was looked at */
  async change(root: string | null): Promise<void> {
    this.#root = root
    await this.#looking
    await this.look()
  }

  /** Never throws. */
  async look(): Promise<void> {
    this.#looking ??= faultOf(this.#root).then((fault) => {
      this.#fault = fault
      this.#looking = null
    })
    await this.#looking
  }
}

async function faultOf(root: string | null): Promise<string | null> {
  if (root === null) return null
  try {
    if (!(await stat(root)).isDirectory()) return `root ${root} is no folder`
    await access(root, constants.R_OK | constants.X_OK)
    return null
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return `root ${root} ${WORDS[code] ?? `cannot be read (${code})`}: no files are served`
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'is not readable for the user of the daemons',
}
