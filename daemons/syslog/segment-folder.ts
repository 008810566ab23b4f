import { closeSync, fsync, open, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Disk } from './disk.ts'
import type { KeptSegment } from './retention.ts'
import { type SegmentName, sortSegments } from './segment-name.ts'

/** The segments in a folder, oldest first; none when somebody removed the folder. */
export function namesIn(folder: string): SegmentName[] {
  try {
    return sortSegments(readdirSync(folder))
  } catch {
    return []
  }
}

/** The same with their sizes. */
export function segmentsIn(folder: string): KeptSegment[] {
  return namesIn(folder).flatMap(({ name }) => {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false })
    return stat === undefined ? [] : [{ name, bytes: stat.size, lastMs: stat.mtimeMs }]
  })
}

/** Deletes a segment and what was cut off it; one that is gone already is no error. @throws Error of the disk */
export function deleteSegment(folder: string, name: string, disk: Disk): void {
  for (const path of [join(folder, `${name}.torn`), join(folder, name)]) {
    try {
      disk.unlinkSync(path)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
}

/** Brings the names of new segments to the disk, in the background: a journal under load may take longer than a receive buffer lasts. */
export function syncFolder(folder: string): void {
  open(folder, 'r', (openError, fd) => {
    if (openError === null) fsync(fd, () => closeSync(fd))
  })
}
