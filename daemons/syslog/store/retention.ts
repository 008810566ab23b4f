/** A segment on disk, oldest first in any list of them. */
export interface KeptSegment {
  readonly name: string
  /** Number of its first message. */
  readonly firstSeq: number
  readonly bytes: number
  /** When it was last written, milliseconds since 1970. */
  readonly lastMs: number
}

/**
 * Chooses which segments to delete: those last written before the age limit, then the oldest until the rest fits the
 * size. The newest always stays: the next message is counted on from it.
 */
export function chooseExpired(
  segments: readonly KeptSegment[],
  limits: { readonly ageMs: number; readonly sizeBytes: number },
  nowMs: number,
): string[] {
  let total = segments.reduce((sum, segment) => sum + segment.bytes, 0)
  const expired: string[] = []
  for (const segment of segments.slice(0, -1)) {
    if (total <= limits.sizeBytes && nowMs - segment.lastMs <= limits.ageMs) break
    total -= segment.bytes
    expired.push(segment.name)
  }
  return expired
}
