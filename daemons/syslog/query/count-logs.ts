import { SEVERITIES } from '../parse/pri.ts'
import { escapeTricky } from '../store/json-text.ts'
import { formatBars } from './bar-chart.ts'
import type { Chunk, CountedField } from './chunk.ts'
import { histogramOf } from './histogram.ts'
import type { LogFilter } from './log-filter.ts'
import type { LogOutput } from './log-output.ts'
import { columnsOf, type LogsIo } from './logs-io.ts'
import { SegmentChoice } from './segment-choice.ts'
import { listExtents } from './segment-lines.ts'
import { chunksOfAll } from './store-chunks.ts'

/** What messages are to be counted by. */
export interface CountWish {
  readonly filter: LogFilter
  readonly by: CountedField | 'time'
  readonly json: boolean
}

/** Counts the messages that match, by a field or over the time. @throws Error when the store cannot be read */
export async function countLogs(folder: string, wish: CountWish, output: LogOutput, io: LogsIo): Promise<void> {
  const choice = new SegmentChoice(folder, wish.filter)
  const wanted = listExtents(folder).filter((extent) => choice.mayHold(extent))
  const chunks = chunksOfAll(wanted, wish.filter)
  await output.write(wish.by === 'time' ? await overTime(chunks, wish, io) : await byField(chunks, wish.by, wish, io))
}

async function byField(
  chunks: AsyncIterable<Chunk>,
  field: CountedField,
  { filter, json }: CountWish,
  io: LogsIo,
): Promise<string> {
  const counts = new Map<string, number>()
  for await (const chunk of chunks)
    for (const [word, count] of chunk.count(filter, field)) counts.set(word, (counts.get(word) ?? 0) + count)
  // Severities have an order of their own; else the most frequent comes first.
  const rank = (word: string): number => (field === 'severity' ? SEVERITIES.indexOf(word) : 0)
  const rows = [...counts].sort((a, b) => rank(a[0]) - rank(b[0]) || b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  if (json)
    return `${escapeTricky(JSON.stringify(rows.map(([word, count]) => ({ [field]: word, messages: count }))))}\n`
  return formatBars(
    rows.map(([label, count]) => ({ label, count })),
    columnsOf(io),
  )
}

async function overTime(chunks: AsyncIterable<Chunk>, { filter, json }: CountWish, io: LogsIo): Promise<string> {
  const seconds = new Map<number, number>()
  for await (const chunk of chunks)
    for (const time of chunk.times(filter)) {
      const second = Math.floor(time / 1000)
      seconds.set(second, (seconds.get(second) ?? 0) + 1)
    }
  const since = Number.isFinite(filter.sinceMs) ? Math.floor(filter.sinceMs / 1000) : null
  const { seconds: length, spans } = histogramOf(seconds, WANTED_SPANS, since)
  const from = (fromMs: number): string => new Date(fromMs).toISOString().replace('.000Z', 'Z')
  if (json)
    return `${JSON.stringify({ seconds: length, spans: spans.map(({ fromMs, count }) => ({ from: from(fromMs), messages: count })) })}\n`
  return formatBars(
    spans.map(({ fromMs, count }) => ({ label: from(fromMs), count })),
    columnsOf(io),
  )
}

const WANTED_SPANS = 30
