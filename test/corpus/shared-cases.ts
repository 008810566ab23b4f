import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Path of a file of reference cases, where such files would lie beside the checkout. */
export function sharedCasesPath(name: string): string {
  return join(process.env['LANWARD_CASES'] ?? join(import.meta.dirname, '../../../shared/cases'), name)
}

/** The cases of a file, one JSON object per line; null where there is no such file. */
export function readCases(path: string): Record<string, unknown>[] | null {
  if (!existsSync(path)) return null
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line))
}
