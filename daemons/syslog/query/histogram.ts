/** Messages in one span of time. */
export interface Span {
  /** Where it begins, milliseconds since 1970. */
  readonly fromMs: number
  readonly count: number
}

/**
 * Parts times into spans of a round length, about as many as asked for; spans without a message are there, too.
 *
 * @param counts messages by whole second since 1970
 * @param since a second that is part of it, too, when there is any message
 */
export function histogramOf(
  counts: ReadonlyMap<number, number>,
  wanted: number,
  since: number | null = null,
): { seconds: number; spans: Span[] } {
  const times = [...counts.keys(), ...(since === null ? [] : [since])]
  if (counts.size === 0) return { seconds: 1, spans: [] }
  const [first, last] = times.reduce(
    ([low, high], each) => [Math.min(low, each), Math.max(high, each)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  )
  const seconds =
    ROUND.find((length) => (last - first) / length < wanted) ?? Math.ceil((last - first + 1) / wanted / DAY) * DAY
  const start = Math.floor(first / seconds)
  const spans = Array.from({ length: Math.floor(last / seconds) - start + 1 }, () => 0)
  for (const [second, count] of counts) {
    const index = Math.floor(second / seconds) - start
    spans[index] = (spans[index] ?? 0) + count
  }
  return { seconds, spans: spans.map((count, index) => ({ fromMs: (start + index) * seconds * 1000, count })) }
}

const DAY = 86_400
const ROUND = [
  1,
  2,
  5,
  10,
  15,
  30,
  60,
  120,
  300,
  600,
  900,
  1800,
  3600,
  7200,
  10_800,
  21_600,
  43_200,
  DAY,
  2 * DAY,
  7 * DAY,
]
