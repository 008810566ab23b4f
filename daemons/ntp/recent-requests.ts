/** Requests are counted in windows of this length. @unit milliseconds */
export const WINDOW_MS = 15_000
/** Of how many windows before the running one the counts are remembered, an octet each: together a minute. */
const WINDOWS = 4

/** How often a client asked lately. */
export interface RecentRequests {
  /** Over the last fifteen seconds. @unit requests per second */
  readonly perSecond: number
  /** In the last minute. */
  readonly perMinute: number
}

/**
 * The counts of the windows before, when some windows have ended since.
 *
 * @param history newest in the lowest octet; count: requests in the window that ended first; ended: how many did, at least 1
 */
export function shiftHistory(history: number, count: number, ended: number): number {
  return ended > WINDOWS ? 0 : (((history << 8) | packCount(count)) << (8 * (ended - 1))) >>> 0
}

/** What the counts say at a moment. @param seenMs when the client asked last; both monotonic milliseconds */
export function recentRequests(history: number, count: number, seenMs: number, nowMs: number): RecentRequests {
  const ended = windowOf(nowMs) - windowOf(seenMs)
  const running = ended > 0 ? 0 : count
  const before = ended > 0 ? shiftHistory(history, count, ended) : history
  // Of the oldest window that still counts, only what is not too long ago; nobody knows how it was spread.
  const left = 1 - (nowMs % WINDOW_MS) / WINDOW_MS
  const past = (index: number): number => unpackCount((before >>> (8 * index)) & 0xff)
  return {
    perSecond: (running + past(0) * left) / (WINDOW_MS / 1000),
    perMinute: running + past(0) + past(1) + past(2) + past(3) * left,
  }
}

/** Which window a moment lies in. */
export function windowOf(ms: number): number {
  return Math.floor(ms / WINDOW_MS)
}

/** A count as an octet: exact up to 15, then within 6 %. @param count 0 to 2^32 - 1 */
function packCount(count: number): number {
  if (count < 8) return count
  const exponent = 28 - Math.clz32(count)
  return ((exponent + 1) << 3) | ((count >>> exponent) & 7)
}

function unpackCount(octet: number): number {
  if (octet < 8) return octet
  const grain = 2 ** ((octet >> 3) - 1)
  return (8 + (octet & 7)) * grain + (grain - 1) / 2
}
