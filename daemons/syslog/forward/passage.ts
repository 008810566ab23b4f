import { SUPERVISOR_SD } from '../parse/service-line.ts'
import { escapeValue, formatElement } from './sd-element.ts'
import type { StoredRecord } from './stored-record.ts'

/**
 * The structured data by which a message tells where it has been: `[lanward@32473 hop="…" seq="…"]`. Each box adds its
 * hop, so that a message which comes back is known again, and its number in the store of that box, by which a target can
 * tell a message that was sent twice.
 */
export const PASSAGE_SD = SUPERVISOR_SD

/**
 * Whether the message passed this box before.
 *
 * @rfc 5424 section 8.10
 * @param box from `readBoxId`
 * @attack only the own hop counts, which those who never got a message from here cannot guess: any number of other hops is
 * what a sender may write to hide. A loop of whatever length ends at the first box that it comes to again
 */
export function hasPassed(record: StoredRecord, box: string): boolean {
  return hopsOf(record).includes(box)
}

/**
 * The element as it leaves here. Sender, time of receipt and flags are those that this box saw; what the message told of
 * them itself follows as `told_src` and so on, the oldest first.
 *
 * @attack an element that came with the message may be anybody's
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
  const told = Object.entries(before ?? {}).flatMap(([name, value]): [string, string][] =>
    REPLACED.has(name) ? [] : listOf(value).map((each) => [OWN.has(name) ? `told_${name}` : name, each]),
  )
  const hops = [...hopsOf(record), box].map((hop): [string, string] => ['hop', hop])
  const marks: [string, string][] = flags.length === 0 ? [] : [['flags', flags.join(' ')]]
  return formatElement(PASSAGE_SD, [...hops, ['seq', String(seq)], ['rt', rt], ['src', src], ...marks, ...cut, ...told])
}

function hopsOf({ sd }: StoredRecord): readonly string[] {
  return listOf(sd?.[PASSAGE_SD]?.['hop'] ?? [])
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

const REPLACED: ReadonlySet<string> = new Set(['hop', 'seq'])
/** What this box alone says under these names. */
const OWN: ReadonlySet<string> = new Set(['rt', 'src', 'flags', 'cut'])
