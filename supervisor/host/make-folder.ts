import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and what is missing above it. Not by `recursive`: where a folder can be seen but nothing made in it, as
 * in /proc, that tries for ever.
 *
 * @throws Error with the code of the refused call
 */
export function makeFolder(path: string, mode: number): void {
  if (existsSync(path)) return
  if (!existsSync(dirname(path))) makeFolder(dirname(path), mode)
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    if (!isThere) throw error
  }
}
