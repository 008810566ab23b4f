import { listExtents } from '../query/segment-lines.ts'
import { newestLines } from '../query/store-chunks.ts'

/** More than a second of the heaviest flood brings; beyond it messages are counted without their listener. */
const MOST_LINES = 1_000_000

/**
 * Counts the stored messages numbered `from` to `to` - 1 by listener, from the store itself: a process that was killed had no
 * time to write them down. Lines of our own services do not count.
 *
 * @returns messages by listener, `''` for those that were not found
 */
export function recount(folder: string, from: number, to: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const add = (via: string, count: number): void => void counts.set(via, (counts.get(via) ?? 0) + count)
  let seen = 0
  if (to - from <= MOST_LINES)
    for (const line of newestLines(listExtents(folder))) {
      const seq = Number(SEQ.exec(line)?.[1] ?? Number.NaN)
      if (seq < from) break
      if (!(seq < to)) continue
      seen += 1
      const via = unquoted(VIA.exec(line)?.[1] ?? '')
      if (!via.startsWith('service://')) add(via, 1)
    }
  if (seen < to - from) add('', to - from - seen)
  return counts
}

/** The keys stand in a fixed order, and what comes before these holds no text of the sender. */
const SEQ = /^\{"rt":"[^"]*","seq":(\d{1,16}),/
const VIA = /^\{"rt":"[^"]*","seq":\d+,"src":"[^"]*","via":("(?:[^"\\]|\\.)*")/

function unquoted(json: string): string {
  return json === '' ? '' : String(JSON.parse(json))
}
