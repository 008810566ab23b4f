import { type FrameNote, StreamFraming } from '../../daemons/syslog/streams/stream-framing.ts'
import type { Comparison } from './difference.ts'

/** A stream and the messages that a reference receiver cut from it. */
export interface FramingCase {
  readonly id: number
  readonly stream: string
  readonly expect_frames: readonly string[]
  readonly accept_frames?: readonly (readonly string[])[]
  readonly max?: number
  readonly error?: boolean
  readonly chunks?: readonly string[]
  readonly config?: string
  readonly resync_at?: string
}

export type NotedFrame = readonly [text: string, note: FrameNote]

/** All messages of a stream that comes in these pieces. */
export function framesOf(chunks: readonly Uint8Array[], maxBytes: number): NotedFrame[] {
  const frames: NotedFrame[] = []
  const framing = new StreamFraming(maxBytes)
  const take = (bytes: Buffer, start: number, end: number, note: FrameNote) =>
    frames.push([bytes.toString('latin1', start, end), note])
  for (const chunk of chunks) framing.push(Buffer.from(chunk), take)
  framing.end(take)
  return frames
}

/** What other receivers do only when they are configured for it; it is not offered here. */
const OTHER_CONFIGURATIONS: ReadonlySet<string> = new Set(['multiline'])

/** Compares `StreamFraming` with what reference receivers make of their own test streams. */
export function compareFraming(cases: readonly FramingCase[]): Comparison {
  const differences = cases.flatMap((one) => {
    if (OTHER_CONFIGURATIONS.has(one.config ?? '')) return []
    const chunks = (one.chunks ?? [one.stream]).map((text) => Buffer.from(text, 'latin1'))
    const got = framesOf(chunks, one.max ?? 65536).map(([text]) => text)
    const wanted = [one.expect_frames, ...(one.accept_frames ?? [])]
    // Where a reference receiver gives up, ours must give the messages before that and keep the bytes behind.
    const agrees = wanted.some((frames) =>
      one.error === true
        ? frames.every((frame, index) => frame === got[index]) && got.length > 0
        : JSON.stringify(frames) === JSON.stringify(got),
    )
    const resynchronises = one.resync_at === undefined || got.at(-1) === one.resync_at
    return agrees && resynchronises
      ? []
      : [{ id: one.id, text: `${JSON.stringify(one.expect_frames)} <> ${JSON.stringify(got)}` }]
  })
  return { total: cases.length, differences }
}
