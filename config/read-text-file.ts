import { readFileSync } from 'node:fs'

export type TextFile =
  | { readonly kind: 'ok'; readonly text: string; readonly bytes: Uint8Array }
  | {
      readonly kind: 'wrong'
      /** `absent`: there is none; `closed`: it is there and cannot be read; `content`: it is no text, or too long. */
      readonly cause: 'absent' | 'closed' | 'content'
      readonly line: number
      readonly message: string
    }

/** Longer files are not configurations. */
const MAX_BYTES = 1024 * 1024

/** Reads a whole file of UTF-8 text, a byte order mark removed; every fault comes back as a sentence. */
export function readTextFile(path: string): TextFile {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const cause = code === 'ENOENT' ? 'absent' : 'closed'
    const hint = cause === 'absent' ? '; name another with --config FILE or LANWARD_CONFIG' : ''
    return { kind: 'wrong', cause, line: 0, message: `cannot be read: ${wordsOfFileError(code)}${hint}` }
  }
  if (bytes.length > MAX_BYTES)
    return { kind: 'wrong', cause: 'content', line: 0, message: 'must not be bigger than 1 MiB' }
  try {
    return { kind: 'ok', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), bytes }
  } catch {
    const line = lineOfBadByte(bytes)
    return { kind: 'wrong', cause: 'content', line, message: 'is not UTF-8 text; save the file as UTF-8' }
  }
}

/** Why a file cannot be read, in words. @param code of the system, such as `ENOENT` */
export function wordsOfFileError(code: string): string {
  return REASONS[code] ?? code
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'its links go round in a circle',
}

/** The first line that is not UTF-8 by itself; no character spans lines. */
function lineOfBadByte(bytes: Uint8Array): number {
  let line = 1
  let start = 0
  for (;;) {
    const end = bytes.indexOf(10, start)
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, end < 0 ? bytes.length : end))
    } catch {
      return line
    }
    if (end < 0) return line
    start = end + 1
    line++
  }
}
