import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Lines of a file of reference cases that lie beside the checkout, or null where they do not. */
export function readSharedCases(name: string): unknown[] | null {
  const folder = process.env['LANWARD_CASES'] ?? join(import.meta.dirname, '../../../shared/cases')
  const path = join(folder, name)
  if (!existsSync(path)) return null
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
}
