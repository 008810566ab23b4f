import { escapeTricky } from '../store/json-text.ts'
import type { Chunk, Found } from './chunk.ts'
import { followLines, type StorePlace, seqOf } from './follow.ts'
import { LineChunk } from './line-chunk.ts'
import type { LogFilter } from './log-filter.ts'
import type { LogOutput } from './log-output.ts'
import { formatLogText } from './log-text.ts'
import type { LogsIo } from './logs-io.ts'
import { SegmentChoice } from './segment-choice.ts'
import { type Extent, listExtents } from './segment-lines.ts'
import { chunksOf, chunksOfAll, newestLines } from './store-chunks.ts'
import { type Shown, Surroundings } from './surroundings.ts'

/** Which messages are to be shown, and how. */
export interface ShowWish {
  readonly filter: LogFilter
  /** The last ones only. */
  readonly count: number
  readonly follow: boolean
  readonly json: boolean
  /** Messages around each. */
  readonly context: number
}

/** Shows the messages of a store, and with `follow` those that come. @throws Error when the store cannot be read */
export async function showLogs(folder: string, wish: ShowWish, output: LogOutput, io: LogsIo): Promise<void> {
  const format = (shown: readonly (Found | Shown)[]): string => formatAll(shown, wish, io)
  const extents = listExtents(folder)
  // What stands around a hit need not have its text.
  const scope = wish.context > 0 ? withoutText(wish.filter) : wish.filter
  const choice = new SegmentChoice(folder, scope)
  const wanted = extents.filter((extent) => choice.mayHold(extent))
  if (wish.count === Number.POSITIVE_INFINITY) {
    const pick = picker(wish, 'forward')
    const plain = wish.context === 0 && !wish.json
    for await (const chunk of chunksOfAll(wanted, scope)) {
      if (output.isClosed || io.stop.aborted) return
      await output.write(plain ? chunk.text(wish.filter, io.host, io.colour) : format(pick(chunk)))
    }
  } else await output.write(format(lastOnes(wanted, scope, wish)))
  if (!wish.follow || output.isClosed) return

  await output.watchReader()
  const newest = extents.at(-1)
  const pick = picker(wish, 'forward')
  for await (const lines of followLines(
    folder,
    newest === undefined ? null : placeBehind(newest),
    stopOf(wish, output, io),
  ))
    await output.write(format(pick(new LineChunk(lines))))
}

/** What to show of a chunk. */
function picker(wish: ShowWish, order: 'forward' | 'backward'): (chunk: Chunk) => readonly (Found | Shown)[] {
  if (wish.context === 0) return (chunk) => chunk.find(wish.filter)
  const surroundings = new Surroundings(wish.filter, wish.context, order)
  return (chunk) => surroundings.pick(chunk, Number.POSITIVE_INFINITY)
}

/** The last ones that match, read from the end so that a big store costs no more than a small one. */
function lastOnes(extents: readonly Extent[], scope: LogFilter, wish: ShowWish): (Found | Shown)[] {
  const shown: (Found | Shown)[] = []
  const surroundings = new Surroundings(wish.filter, wish.context, 'backward')
  for (const extent of extents.toReversed())
    for (const chunk of chunksOf(extent, 'backward', scope)) {
      if (wish.context === 0) {
        if (shown.length >= wish.count) return shown.reverse()
        shown.push(...chunk.find(wish.filter, { most: wish.count - shown.length, from: 'end' }).reverse())
        continue
      }
      if (surroundings.hits >= wish.count && surroundings.complete) return gapsInFront(shown.reverse())
      for (const each of surroundings.pick(chunk, wish.count)) shown.push(each)
    }
  return wish.context === 0 ? shown.reverse() : gapsInFront(shown.reverse())
}

/** Read backward, a gap lay behind a message; now it is to lie in front of the next. */
function gapsInFront(shown: readonly (Found | Shown)[]): Shown[] {
  return shown.map((each, index) => {
    const before = shown[index - 1]
    return { message: each.message, line: each.line, gap: before !== undefined && 'gap' in before && before.gap }
  })
}

function formatAll(shown: readonly (Found | Shown)[], { json }: ShowWish, { host, colour }: LogsIo): string {
  let text = ''
  for (const each of shown) {
    if (json) text += `${escapeTricky(each.line)}\n`
    else text += `${'gap' in each && each.gap ? '--\n' : ''}${formatLogText(each.message, host, colour)}`
  }
  return text
}

function withoutText(filter: LogFilter): LogFilter {
  return { ...filter, tests: { ...filter.tests, text: null } }
}

function placeBehind(newest: Extent): StorePlace {
  const [line = ''] = newestLines([newest])
  return { name: newest.name, offset: newest.end, seq: seqOf(line) ?? newest.firstSeq - 1 }
}

/** When the reader has gone, at the time that the filter ends with, or at the user's wish. */
function stopOf({ filter }: ShowWish, output: LogOutput, io: LogsIo): AbortSignal {
  const gone = new AbortController()
  output.whenClosed(() => gone.abort())
  const left = filter.untilMs - io.now.getTime()
  const until = left < LONGEST_TIMER_MS ? [AbortSignal.timeout(Math.max(0, Math.ceil(left)))] : []
  return AbortSignal.any([io.stop, gone.signal, ...until])
}

const LONGEST_TIMER_MS = 2 ** 31 - 1
