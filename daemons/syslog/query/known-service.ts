import { filterOf } from './log-filter.ts'
import { SegmentChoice } from './segment-choice.ts'
import { listExtents } from './segment-lines.ts'
import { chunksOf } from './store-chunks.ts'

/**
 * Whether a store has lines of a service that may no longer be configured. A mistyped name is to be refused at once: sealed segments
 * are asked by their manifest alone, where a service's lines stand under its name as program, and of others the newest.
 *
 * @param here this machine's name
 * @param mostBytes to read at most
 * @throws Error when the store cannot be read
 */
export function isServiceOf(folder: string, service: string, here: string, mostBytes = MOST_BYTES): boolean {
  if (service === 'lanward') return true
  const fields = { via: (word: string) => word === `service://${service}`, app: (word: string) => word === service }
  const tests = { fields, host: null, service: null, text: null, here }
  const filter = filterOf(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, tests)
  const choice = new SegmentChoice(folder, filter)
  let left = mostBytes
  for (const extent of listExtents(folder).toReversed()) {
    if (!choice.mayHold(extent)) continue
    for (const chunk of chunksOf(extent, 'backward'))
      if (chunk.find(filter, { most: 1, from: 'end' }).length > 0) return true
    left -= extent.end
    if (left <= 0) return false
  }
  return false
}

/** Some two seconds' reading; a segment is read whole, and the newest has 64 MiB by default. */
const MOST_BYTES = 128 << 20
