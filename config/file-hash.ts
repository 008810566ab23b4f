import { createHash } from 'node:crypto'
import { readTextFile } from './read-text-file.ts'

/** SHA-256 of a configuration's bytes, in hex. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The same of a file as it is now; null when it cannot be read, or is no text. */
export function hashOfFile(path: string): string | null {
  const file = readTextFile(path)
  return file.kind === 'ok' ? hashOf(file.bytes) : null
}
