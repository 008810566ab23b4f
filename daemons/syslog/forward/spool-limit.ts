/** A segment as the spool sees it; oldest first in any list of them. */
export interface SpoolSegment {
  readonly firstSeq: number
  readonly bytes: number
  /** When it was last written, milliseconds since 1970. */
  readonly lastMs: number
}

/** The present by two clocks, milliseconds since 1970. */
export interface Present {
  readonly wallMs: number
  /** What the wall clock would show had nobody set it since this process began. */
  readonly steadyMs: number
}

/**
 * Chooses from where on a target that is far behind still gets messages: whole segments are skipped, the oldest first, while
 * what it has to come exceeds the limits; never the newest. A clock that was set lets nothing seem older than it is.
 *
 * @param from number of the first message that the target does not have
 * @returns number of the first message it will get: `from`, or that of a later segment
 */
export function chooseSpoolStart(
  segments: readonly SpoolSegment[],
  from: number,
  limits: { readonly sizeBytes: number; readonly ageMs: number },
  { wallMs, steadyMs }: Present,
): number {
  const first = Math.max(
    0,
    segments.findLastIndex(({ firstSeq }) => firstSeq <= from),
  )
  const kept = segments.slice(first)
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0)
  let start = from
  for (const [index, segment] of kept.slice(0, -1).entries()) {
    const ageMs = Math.min(wallMs, steadyMs) - segment.lastMs
    if (total <= limits.sizeBytes && ageMs <= limits.ageMs) break
    total -= segment.bytes
    start = Math.max(start, kept[index + 1]?.firstSeq ?? start)
  }
  return start
}
