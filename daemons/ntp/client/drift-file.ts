import { readFileSync } from 'node:fs'
import { replaceFile } from '../../runtime/replace-file.ts'

/**
 * Reads the drift that an earlier life learned.
 *
 * @returns seconds per second; 0 when nothing is known
 */
export function readDrift(path: string): number {
  try {
    const { frequency_ppm }: { frequency_ppm?: unknown } = JSON.parse(readFileSync(path, 'utf8'))
    return typeof frequency_ppm === 'number' && Number.isFinite(frequency_ppm) ? frequency_ppm / 1e6 : 0
  } catch {
    return 0 // None yet, or damaged: it is learned again.
  }
}

/** Keeps the drift for the next life, whole or not at all. @throws Error when the disk refuses */
export function writeDrift(path: string, frequency: number, at: Date): void {
  replaceFile(path, `${JSON.stringify({ frequency_ppm: frequency * 1e6, at: at.toISOString() })}\n`)
}
