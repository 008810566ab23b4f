import { closeSync, fsync, open, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Disk } from './disk.ts'
import { type SegmentName, sortAllSegments, sortSegments } from './segment-name.ts'

/** The segments in a folder that are not sealed, oldest first; none when somebody removed the folder. */
export function namesIn(folder: string): SegmentName[] {
  return sortSegments(filesIn(folder))
}

/** All of them, sealed ones too. */
export function allNamesIn(folder: string): SegmentName[] {
  return sortAllSegments(filesIn(folder))
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

/** The names of all files in a folder; none when somebody removed it. */
export function filesIn(folder: string): readonly string[] {
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
