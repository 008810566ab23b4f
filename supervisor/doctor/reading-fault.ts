/** Why a file is of no use. */
export interface ReadingFault {
  /** `wrong`: it could be read, and is not what it should be. */
  readonly kind: 'absent' | 'closed' | 'folder' | 'wrong'
  /** What goes behind its path. */
  readonly words: string
}

/** Why something could not be read, or what else was thrown about it. */
export function readingFault(error: unknown): ReadingFault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent', words: 'does not exist' }
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'closed', words: 'is not readable for us' }
  if (code === 'EISDIR') return { kind: 'folder', words: 'is a folder' }
  return { kind: 'wrong', words: error instanceof Error ? error.message : String(error) }
}
