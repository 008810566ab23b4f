import { type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import type { KeptSegment } from '../../../daemons/syslog/store/retention.ts'
import { filesIn, SEGMENT_ENDINGS, stemOf } from '../../../daemons/syslog/store/segment-folder.ts'
import { sortAllSegments } from '../../../daemons/syslog/store/segment-name.ts'

/** The segments in a folder, sealed ones too, with the sizes of all their files: what `SegmentList` tells, by asking for every file. */
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
