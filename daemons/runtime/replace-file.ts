import { renameSync, writeFileSync } from 'node:fs'

/**
 * Replaces a small file whole, or not at all, for what only has to outlive the process: it is not synced, so that after a power cut the
 * older one, or none, may be there.
 *
 * @throws Error when the disk refuses; the old file stands then
 */
export function replaceFile(path: string, text: string): void {
  const fresh = `${path}.new`
  writeFileSync(fresh, text, { mode: 0o640 })
  renameSync(fresh, path)
}
