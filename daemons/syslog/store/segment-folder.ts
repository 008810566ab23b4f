import { closeSync, fsync, open, readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Disk } from './disk.ts'
import type { KeptSegment } from './retention.ts'
import { type SegmentName, sortAllSegments, sortSegments } from './segment-name.ts'

/** The segments in a folder that are not sealed, oldest first; none when somebody removed the folder. */
export function namesIn(folder: string): SegmentName[] {
  return sortSegments(filesIn(folder))
}

/** All of them, sealed ones too. */
export function allNamesIn(folder: string): SegmentName[] {
  return sortAllSegments(filesIn(folder))
}

/** The same with the sizes of all their files. */
export function segmentsIn(folder: string): KeptSegment[] {
  const files = new Set(filesIn(folder))
  const statOf = (name: string): Stats | undefined =>
    files.has(name) ? statSync(join(folder, name), { throwIfNoEntry: false }) : undefined
  return sortAllSegments([...files]).flatMap(({ name, firstSeq }) => {
    const bytes = SEGMENT_ENDINGS.reduce((sum, ending) => sum + (statOf(stemOf(name) + ending)?.size ?? 0), 0)
    const lastMs = statOf(name)?.mtimeMs
    return lastMs === undefined ? [] : [{ name, firstSeq, bytes, lastMs }]
  })
}

/** Deletes all files of a segment; what is gone already is no error. @throws Error of the disk */
export function deleteSegment(folder: string, name: string, disk: Disk): void {
  for (const ending of SEGMENT_ENDINGS) {
    try {
      disk.unlinkSync(join(folder, stemOf(name) + ending))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
}

/** A segment's name without its ending: what its files have in common. */
export function stemOf(name: string): string {
  return name.replace(/\.(ndjson|parquet)$/, '')
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Of the files that a segment may have, in the order in which they are deleted: what was cut off it goes first. */
export const SEGMENT_ENDINGS = ['.ndjson.torn', '.sieve', '.parquet', '.ndjson'] as const

/** Brings the names of new segments to the disk, in the background: a journal under load may take longer than a receive buffer lasts. */
export function syncFolder(folder: string): void {
  open(folder, 'r', (openError, fd) => {
    if (openError === null) fsync(fd, () => closeSync(fd))
  })
}
