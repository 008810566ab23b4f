import { SUPERVISOR_SD } from '../service-line.ts'
import type { StoredRecord } from './stored-record.ts'

/**
 * The structured data by which a message tells where it has been: `[lanward@32473 hop="…" seq="…"]`. Each box adds its
 * hop, so that a message which comes back is known again, and its number in the store of that box, by which a target can
 * tell a message that was sent twice.
 */
export const PASSAGE_SD = SUPERVISOR_SD

/** So many boxes in a row are a loop of boxes whose identity changes. */
const MOST_HOPS = 16

/** Whether the message passed this box before. @rfc 5424 section 8.10 @param box from `readBoxId` */
export function hasPassed(record: StoredRecord, box: string): boolean {
  const hops = hopsOf(record)
  return hops.length >= MOST_HOPS || hops.includes(box)
}

/**
 * What the element says when the message leaves here. Sender, time of receipt and flags are those that the first box saw.
 *
 * @param cutFrom length before it was cut, null when it is whole @unit bytes
 */
export function passageParams(record: StoredRecord, box: string, cutFrom: number | null): [string, string][] {
  const before = record.sd?.[PASSAGE_SD] ?? {}
  const params = Object.entries(before).flatMap(([name, value]): [string, string][] =>
    REPLACED.has(name) ? [] : (typeof value === 'string' ? [value] : value).map((each) => [name, each]),
  )
  for (const hop of [...hopsOf(record), box]) params.push(['hop', hop])
  params.push(['seq', String(record.seq)])
  if (before['rt'] === undefined) {
    params.push(['rt', record.rt], ['src', record.src])
    if (record.flags.length > 0) params.push(['flags', record.flags.join(' ')])
  }
  if (cutFrom !== null) params.push(['cut', String(cutFrom)])
  return params
}

function hopsOf({ sd }: StoredRecord): readonly string[] {
  const hop = sd?.[PASSAGE_SD]?.['hop'] ?? []
  return typeof hop === 'string' ? [hop] : hop
}

const REPLACED: ReadonlySet<string> = new Set(['hop', 'seq'])
