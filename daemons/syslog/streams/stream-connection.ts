import type { Socket } from 'node:net'
import type { StreamSource } from '../origin.ts'
import type { OpenConnection } from './connection-table.ts'
import { type Frame, type FrameNote, StreamFraming } from './stream-framing.ts'

/** One connection: its framing, and the messages that the disk has refused so far. */
export class StreamConnection implements OpenConnection {
  readonly peer: Socket
  readonly source: StreamSource
  readonly sender: string
  readonly #framing: StreamFraming
  readonly #unfinishedMs: number
  #refused: readonly Frame[] = []

  /**
   * @param limits the longest message, and the time within which one that has begun must go on
   * @param sender whom it counts against
   */
  constructor(
    peer: Socket,
    source: StreamSource,
    sender: string,
    limits: { readonly maxMessageBytes: number; readonly unfinishedMs: number },
  ) {
    this.peer = peer
    this.source = source
    this.sender = sender
    this.#unfinishedMs = limits.unfinishedMs
    this.#framing = new StreamFraming(limits.maxMessageBytes)
  }

  get heldBytes(): number {
    return this.#framing.heldBytes
  }

  get isMidMessage(): boolean {
    return this.#framing.isMidMessage
  }

  /** Messages that wait for the disk. */
  get refused(): readonly Frame[] {
    return this.#refused
  }

  /** Gives back the memory that its unfinished message does not need. */
  trim(): void {
    this.#framing.trim()
  }

  /** Cuts what came into messages, behind those that still wait; they are to be used before the next cut, of any connection. */
  cut(chunk: Buffer): readonly Frame[] {
    const frames = [...this.#takeRefused()]
    let used = 0
    this.#framing.push(chunk, (bytes, start, end, note) => frames.push(reuseFrame(used++, bytes, start, end, note)))
    this.peer.setTimeout(this.#framing.isMidMessage ? this.#unfinishedMs : 0)
    return frames
  }

  /** The stream has ended: what waits, and the unfinished message. */
  rest(): readonly Frame[] {
    const frames = [...this.#takeRefused()]
    this.#framing.end((bytes, start, end, note) => frames.push({ bytes, start, end, note }))
    return frames
  }

  /** Keeps what the disk did not take, and leaves the rest with the sender. */
  wait(frames: readonly Frame[]): void {
    this.#refused = frames.map(copyOf)
    this.peer.pause()
  }

  /** What waits, to be tried again. */
  again(): readonly Frame[] {
    return this.#takeRefused()
  }

  #takeRefused(): readonly Frame[] {
    const frames = this.#refused
    this.#refused = []
    return frames
  }
}

/** Those of the last cut of any connection. Made anew each time, the collector of garbage would meet hundreds alive, and keep them. */
const cutFrames: { bytes: Buffer; start: number; end: number; note: FrameNote }[] = []

function reuseFrame(index: number, bytes: Buffer, start: number, end: number, note: FrameNote): Frame {
  const frame = cutFrames[index]
  if (frame === undefined) {
    const fresh = { bytes, start, end, note }
    cutFrames.push(fresh)
    return fresh
  }
  frame.bytes = bytes
  frame.start = start
  frame.end = end
  frame.note = note
  return frame
}

/** The same with bytes of its own, which nobody writes over. */
function copyOf({ bytes, start, end, note }: Frame): Frame {
  return { bytes: Buffer.from(bytes.subarray(start, end)), start: 0, end: end - start, note }
}
