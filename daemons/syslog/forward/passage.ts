import { SUPERVISOR_SD } from '../service-line.ts'
import { escapeValue, formatElement } from './sd-element.ts'
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
 * The element as it leaves here. Sender, time of receipt and flags are those that the first box saw.
 *
 * @param cutFrom length before it was cut, null when it is whole @unit bytes
 */
export function formatPassage(record: StoredRecord, box: string, cutFrom: number | null): string {
  const { seq, rt, src, flags } = record
  const before = record.sd?.[PASSAGE_SD]
  const cut: [string, string][] = cutFrom === null ? [] : [['cut', String(cutFrom)]]
  if (before === undefined && cutFrom === null) {
    const marks = flags.length === 0 ? '' : ` flags="${flags.join(' ')}"`
    return `[${PASSAGE_SD} hop="${box}" seq="${seq}" rt="${rt}" src="${escapeValue(src)}"${marks}]`
  }
  const kept = Object.entries(before ?? {}).flatMap(([name, value]): [string, string][] =>
    REPLACED.has(name) ? [] : (typeof value === 'string' ? [value] : value).map((each) => [name, each]),
  )
  const hops = [...hopsOf(record), box].map((hop): [string, string] => ['hop', hop])
  const first: [string, string][] = [
    ['rt', rt],
    ['src', src],
    ...(flags.length === 0 ? [] : [['flags', flags.join(' ')] satisfies [string, string]]),
  ]
  const seen = before?.['rt'] === undefined ? first : []
  return formatElement(PASSAGE_SD, [...kept, ...hops, ['seq', String(seq)], ...seen, ...cut])
}

function hopsOf({ sd }: StoredRecord): readonly string[] {
  const hop = sd?.[PASSAGE_SD]?.['hop'] ?? []
  return typeof hop === 'string' ? [hop] : hop
}

const REPLACED: ReadonlySet<string> = new Set(['hop', 'seq'])
