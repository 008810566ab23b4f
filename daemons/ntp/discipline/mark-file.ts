import { readFileSync } from 'node:fs'
import { replaceFile } from '../../runtime/replace-file.ts'
import type { Mark } from './judge-start.ts'

/** Reads what an earlier life wrote down; null when there is none, or it is damaged. */
export function readMark(path: string): Mark | null {
  try {
    const { boot_id, frequencies }: { boot_id?: unknown; frequencies?: unknown } = JSON.parse(
      readFileSync(path, 'utf8'),
    )
    if (typeof boot_id !== 'string' || !Array.isArray(frequencies)) return null
    return { bootId: boot_id, frequencies: frequencies.filter((one) => typeof one === 'number') }
  } catch {
    return null
  }
}

/**
 * Writes it down, whole or not at all. It need not outlive the machine, whose next start has another id.
 *
 * @throws Error when the disk refuses
 */
export function writeMark(path: string, { bootId, frequencies }: Mark): void {
  replaceFile(path, `${JSON.stringify({ boot_id: bootId, frequencies })}\n`)
}
