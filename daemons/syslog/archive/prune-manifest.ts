import { closeSync, fstatSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { readForward } from '../query/segment-lines.ts'
import { allNamesIn, stemOf } from '../store/segment-folder.ts'
import { MANIFEST, nameInLine } from './manifest.ts'

/**
 * Takes the lines of segments that are gone out of the manifest, when they are more than the others. It is the sealing
 * process that does it, which alone adds to it; piece by piece, since that of a large store has tens of megabytes.
 *
 * What cannot be written now is left for the next time: stale lines do no harm.
 */
export function pruneManifest(folder: string): void {
  const path = join(folder, MANIFEST)
  try {
    const fd = openSync(path, 'r')
    try {
      const kept = new Set(allNamesIn(folder).map(({ name }) => stemOf(name)))
      const isLive = (line: string): boolean => kept.has(nameInLine(line) ?? '')
      const { size } = fstatSync(fd)
      let [live, all] = [0, 0]
      for (const lines of readForward(fd, 0, size)) {
        live += lines.filter(isLive).length
        all += lines.length
      }
      if (live * 2 >= all) return
      const fresh = openSync(`${path}.tmp`, 'w', 0o640)
      try {
        for (const lines of readForward(fd, 0, size)) {
          const text = Buffer.from(
            lines
              .filter(isLive)
              .map((line) => `${line}\n`)
              .join(''),
          )
          for (let written = 0; written < text.length; ) written += writeSync(fresh, text, written)
        }
        fsyncSync(fresh)
      } finally {
        closeSync(fresh)
      }
      renameSync(`${path}.tmp`, path)
    } finally {
      closeSync(fd)
    }
  } catch {
    // None yet, or a full disk; the store tells of that.
  }
}
