import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Replaces a file whole, or makes it; on return it survives a crash.
 *
 * @throws Error when it cannot be written; then the old one stays
 */
export function keepFile(path: string, text: string): void {
  const fresh = `${path}.new`
  const fd = openSync(fresh, 'w', 0o640)
  try {
    writeFileSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(fresh, path)
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
