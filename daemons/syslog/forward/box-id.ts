import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The name of this box in the trail of a message; made once and kept, so that a message which comes back after a restart is
 * still known. A folder that was copied to another machine should lose the file.
 *
 * @param make 16 hex digits by chance
 */
export function readBoxId(folder: string, make: () => string): string {
  const path = join(folder, 'box-id')
  try {
    const text = readFileSync(path, 'utf8').trim()
    if (/^[0-9a-f]{16}$/.test(text)) return text
  } catch {
    // The first time.
  }
  const fresh = make()
  writeFileSync(path, `${fresh}\n`, { mode: 0o640 })
  return fresh
}
