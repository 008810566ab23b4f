import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeptSegment } from '../retention.ts'
import { stemOf } from '../segment-folder.ts'
import { formatRecord, MANIFEST, Manifest } from './manifest.ts'

/**
 * Takes the lines of segments that are gone out of the manifest, when they are more than the others. Not while the
 * sealing process runs, which adds to it.
 *
 * What cannot be written now is left for the next time: stale lines do no harm.
 */
export function pruneManifest(folder: string, segments: readonly KeptSegment[]): void {
  const kept = new Set(segments.map(({ name }) => stemOf(name)))
  const path = join(folder, MANIFEST)
  try {
    const manifest = Manifest.read(folder)
    const names = manifest.names()
    const live = names.filter((name) => kept.has(name))
    if (live.length * 2 >= names.length) return
    const text = live
      .flatMap((name) => manifest.find(name) ?? [])
      .map(formatRecord)
      .join('')
    writeFileSync(`${path}.tmp`, text, { mode: 0o640, flush: true })
    renameSync(`${path}.tmp`, path)
  } catch {
    // A full disk; the store tells of it.
  }
}
