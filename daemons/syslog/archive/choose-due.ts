import type { KeptSegment } from '../store/retention.ts'

/**
 * Chooses which segments to seal: whole ones that were last written before `afterMs`, oldest first. The newest is still
 * written to, and those from `neededFrom` on are still read line by line.
 *
 * @param segments of the store, sealed ones too, oldest first
 * @param neededFrom number of the first message that somebody still needs as a line
 */
export function chooseDue(
  segments: readonly KeptSegment[],
  afterMs: number,
  neededFrom: number,
  nowMs: number,
): string[] {
  return segments.flatMap(({ name, lastMs }, index) => {
    const next = segments[index + 1]
    const due = next !== undefined && next.firstSeq <= neededFrom && nowMs - lastMs >= afterMs
    return due && name.endsWith('.ndjson') ? [name] : []
  })
}
