import type { ForwardLabel, ForwardSection } from '../section.ts'
import type { StoredRecord } from './stored-record.ts'

/** A message on its way in a batch. */
export interface BatchItem {
  readonly record: StoredRecord
  /** The line that is sent. */
  readonly line: string
}

/** What a batch is sent as. */
export interface BatchBody {
  readonly body: string
  readonly contentType: string
}

/** Writes a batch as the target takes it: lines of JSON, or streams of Loki. */
export function formatBatch(
  items: readonly BatchItem[],
  format: ForwardSection['format'],
  labels: readonly ForwardLabel[],
): BatchBody {
  if (format === 'loki') return { body: formatLoki(items, labels), contentType: 'application/json' }
  return { body: items.map(({ line }) => `${line}\n`).join(''), contentType: 'application/x-ndjson' }
}

/** One stream for each combination of labels; a message is its whole line, at the time of its receipt. */
function formatLoki(items: readonly BatchItem[], labels: readonly ForwardLabel[]): string {
  const streams = new Map<string, { stream: Record<string, string>; values: [string, string][] }>()
  for (const { record, line } of items) {
    const stream = { job: 'lanward', ...labelsOf(record, line, labels) }
    const key = JSON.stringify(stream)
    const known = streams.get(key)
    const value: [string, string] = [nanoseconds(record.rt), line]
    if (known === undefined) streams.set(key, { stream, values: [value] })
    else known.values.push(value)
  }
  return JSON.stringify({ streams: [...streams.values()] })
}

function labelsOf(record: StoredRecord, line: string, labels: readonly ForwardLabel[]): Record<string, string> {
  const stored: Record<string, unknown> = labels.length === 0 ? {} : JSON.parse(line)
  const sender = record.src.replace(/:\d+$/, '')
  return Object.fromEntries(
    labels.flatMap((label) => {
      const value = label === 'src' ? sender : (stored[label] ?? (label === 'host' ? sender : null))
      return typeof value === 'string' ? [[label, value]] : []
    }),
  )
}

/** Since 1970, as text: a number would not hold it. */
function nanoseconds(rt: string): string {
  return `${Date.parse(`${rt.slice(0, 19)}Z`) / 1000}${rt.slice(20, 26).padEnd(6, '0')}000`
}
