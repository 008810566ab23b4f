import { readFileSync, rmSync } from 'node:fs'
import { replaceFile } from '../../runtime/replace-file.ts'
import { parsePrefix } from '../../wire/address.ts'
import type { ToldPrefix } from './prefix-ledger.ts'

/** A file of this many characters is not one of ours. */
const LARGEST = 1024 * 1024

/** Reads the prefixes that were told before; none when there is no file, or it cannot be understood. */
export function readLedger(path: string): readonly ToldPrefix[] {
  try {
    const text = readFileSync(path, 'utf8')
    const file: unknown = text.length > LARGEST ? null : JSON.parse(text)
    return Array.isArray(file) ? file.filter(isRecord) : []
  } catch {
    return []
  }
}

/**
 * Replaces the file; when hosts go by nothing that they were told there is none, by which the supervisor knows it. Without it, after
 * a power cut, hosts keep a prefix that went to its end.
 *
 * @throws Error when it cannot
 */
export function writeLedger(path: string, records: readonly ToldPrefix[]): void {
  if (records.length === 0) rmSync(path, { force: true })
  else replaceFile(path, JSON.stringify(records))
}

function isRecord(value: unknown): value is ToldPrefix {
  if (typeof value !== 'object' || value === null) return false
  const field = (name: string): unknown => Reflect.get(value, name)
  const subnet = field('subnet')
  const gone = field('goneMs')
  return (
    typeof subnet === 'string' &&
    parsePrefix(subnet)?.bytes.length === 16 &&
    typeof field('device') === 'string' &&
    typeof field('autonomous') === 'boolean' &&
    Number.isSafeInteger(field('validSeconds')) &&
    (gone === null || Number.isFinite(gone))
  )
}
