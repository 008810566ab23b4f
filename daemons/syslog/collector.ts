import type { DatagramBatch } from '../linux/datagram-batch.ts'
import { BugLog } from './bug-log.ts'
import type { CollectorParts } from './collector-parts.ts'
import type { Origin, StreamSource } from './origin.ts'
import type { Flag, SyslogMessage } from './parse/message.ts'
import { type MessageText, readMessageText } from './parse/message-text.ts'
import { nameHost } from './parse/name-host.ts'
import { severityIn } from './parse/pri.ts'
import { RecentHeader } from './parse/recent-header.ts'
import { readServiceLine, type ServiceLine } from './parse/service-line.ts'
import { continueMessage } from './parse/split-message.ts'
import { unreadMessage } from './parse/unread-message.ts'
import { ReceiptTimes } from './receipt-times.ts'
import { addressOf, type SourceNames } from './source-names.ts'
import { type Stamp, stampAt, stampNow } from './stamp.ts'
import { JsonBytes } from './store/json-bytes.ts'
import { formatSource, writeStoredLine } from './store/stored-line.ts'
import type { Frame } from './streams/stream-framing.ts'
import { rejectionOf, Tally } from './tally.ts'

/**
 * Brings messages from all doors into the store: takes each apart, writes its line, and hands the store one text per
 * batch. Each message ends stored or rejected under a named reason, and is counted once. One at which our own code throws is kept as
 * it came, or, where that fails too, lost alone, counted and told: were it the end of this process, a sender of a stream would
 * bring it to the next.
 */
export class Collector {
  readonly tally = new Tally()
  readonly #parts: CollectorParts
  readonly #times = new ReceiptTimes()
  /** Lines not yet handed to the store. */
  readonly #lines = new JsonBytes(2 * COMMIT_BYTES)
  #count = 0
  readonly #bugs: BugLog

  constructor(parts: CollectorParts) {
    this.#parts = parts
    this.#bugs = new BugLog(parts)
  }

  /** Stores a batch of datagrams; answers probes in place. @param maxBytes the longest message */
  acceptBatch(batch: DatagramBatch, count: number, names: SourceNames, maxBytes: number): void {
    this.tally.at(names.via)
    for (let slot = 0; slot < count; slot++) {
      const length = Math.min(batch.length(slot), maxBytes)
      if (length === 0) {
        this.tally.rejected('empty', 1)
        continue
      }
      const start = slot * batch.slotBytes
      const flag: Flag | null = batch.wireLength(slot) > maxBytes ? 'truncated' : null
      const seconds = batch.seconds(slot)
      const stamp = seconds === 0 ? stampNow(this.#parts.clock) : { seconds, nanoseconds: batch.nanoseconds(slot) }
      const before = this.#count
      let origin: Origin | null = null
      try {
        origin = names.of(batch, slot, seconds)
        const added = this.#add(batch.bytes, start, start + length, stamp, origin, batch.peerLength(slot) === 0, flag)
        if (typeof added === 'string') this.#answerProbe(batch, slot, added)
      } catch (error) {
        const piece = { bytes: batch.bytes, start, end: start + length, flag }
        this.tally.failed(this.#fail(error, before, piece, stamp, origin, names.via))
      }
      if (this.#lines.length > COMMIT_BYTES) this.#commitDatagrams()
    }
    this.#commitDatagrams()
  }

  /**
   * Stores messages of a stream.
   *
   * @returns false when the disk refused; they are not counted yet and may come again
   */
  acceptFrames(frames: readonly Frame[], source: StreamSource): boolean {
    this.tally.at(source.via)
    const stamp = stampNow(this.#parts.clock)
    const firstBefore = source.first
    let bugs = 0
    for (const frame of frames) {
      const before = this.#count
      try {
        this.#addFrame(frame, stamp, source)
      } catch (error) {
        bugs += this.#fail(error, before, { ...frame, flag: flagOf(frame) }, stamp, source, source.via)
      }
    }
    const count = this.#count
    if (this.#commit()) {
      this.tally.stored(count)
      this.tally.failed(bugs)
      return true
    }
    source.first = firstBefore
    return false
  }

  /** A stream that begins. @param peer the other end as `src` has it, `unix` for programs of this machine */
  sourceOf(peer: string, via: string): StreamSource {
    const sender = this.#parts.senders.of(addressOf(peer), this.#parts.clock.wallMs())
    const text = formatSource(peer, via)
    const recent = new RecentHeader()
    return { peer, text, sender, recent, allowance: null, local: peer === 'unix', via, first: null }
  }

  /** Gives up messages of a stream that the disk refused. */
  rejectFrames(count: number, source: StreamSource): void {
    this.tally.at(source.via)
    this.tally.rejected(rejectionOf(this.#parts.store.failure), count)
  }

  /** Stores lines of our own services. @throws Error when the disk refuses */
  acceptServiceLines(lines: readonly ServiceLine[]): number {
    for (const line of lines) {
      const stamp = stampAt(line.wall_ms)
      const source = formatSource('unix', `service://${line.service}`)
      const message = readServiceLine(line, this.#parts.host)
      const arrival = { ...stamp, seq: this.#seq, source, original: null, plain: false }
      writeStoredLine(this.#lines, message, arrival, this.#times)
      this.#added(message, stamp, 'unix')
    }
    const count = this.#count
    if (!this.#commit()) throw new Error(`cannot store lines: ${this.#parts.store.failure ?? 'the disk refused'}`)
    this.tally.internal(count)
    return count
  }

  get #seq(): number {
    return this.#parts.store.nextSeq + this.#count
  }

  #addFrame(frame: Frame, stamp: Stamp, source: StreamSource): void {
    const { bytes, start, end, note } = frame
    if (note === 'rest' && source.first !== null) {
      this.#addRest(frame, stamp, source, source.first)
      return
    }
    if (note === 'split') source.first = null
    const added = this.#add(bytes, start, end, stamp, source, source.local, flagOf(frame))
    if (note === 'split' && added !== null && typeof added !== 'string') source.first = added
  }

  /**
   * Our own code threw: the message is kept as it came, unless it is in the batch already.
   *
   * @param before how many were in the batch before it
   * @returns how many are lost: 0 or 1
   */
  #fail(error: unknown, before: number, piece: Piece, stamp: Stamp, origin: Origin | null, via: string): number {
    this.#bugs.tell(error, via)
    if (this.#count > before) return 0
    try {
      if (origin === null) return 1
      const read = readMessageText(piece.bytes, piece.start, piece.end)
      this.#addAsItIs(piece, unreadMessage(read.text, piece.flag), read, stamp, origin)
      this.tally.unread()
      return 0
    } catch {
      return 1
    }
  }

  /** Adds one message to the batch. @returns it; or the line of a probe, which is not added; or null when its sender may not send more */
  #add(
    bytes: Buffer,
    start: number,
    end: number,
    stamp: Stamp,
    { peer, text: source, sender, allowance, recent }: Origin,
    local: boolean,
    flag: Flag | null,
  ): SyslogMessage | string | null {
    const read = readMessageText(bytes, start, end)
    const isProbe = this.#parts.probe?.matches(read.text) === true
    if (!isProbe && allowance?.take(severityIn(read.text), stamp.seconds + stamp.nanoseconds / 1e9) === false) {
      this.tally.rejected('rate_limited', 1)
      return null
    }
    const receiveMs = stamp.seconds * 1000 + Math.floor(stamp.nanoseconds / 1e6)
    // The supervisor asks from an address that may be pinned, and writes as it always does.
    const pin = isProbe ? null : sender.pin
    const inference = pin?.inference ?? this.#parts.inference
    const parsed = recent.parse(read.text, { receiveMs, inference, local, dialect: pin?.dialect ?? null })
    const message = local ? nameHost(parsed, this.#parts.host) : parsed
    if (flag !== null) message.flags.push(flag)
    const original = read.valid ? null : { base64: bytes.toString('base64', start, end) }
    if (isProbe) return this.#probeLine(message, read, stamp, source, original)
    this.#write(message, read, stamp, source, original, this.#seq)
    this.tally.read(message.format, read.valid, flag === 'truncated')
    this.#added(message, stamp, peer)
    if (sender.note(message, stamp.seconds) && !sender.isListed) this.#parts.senders.relist(sender)
    return message
  }

  /** Adds a further piece of a split line. */
  #addRest(frame: Frame, stamp: Stamp, origin: Origin, first: SyslogMessage): void {
    const read = readMessageText(frame.bytes, frame.start, frame.end)
    const message = continueMessage(first, read.text)
    message.flags.push('split')
    this.#addAsItIs(frame, message, read, stamp, origin)
  }

  #addAsItIs(
    { bytes, start, end }: Omit<Piece, 'flag'>,
    message: SyslogMessage,
    read: MessageText,
    stamp: Stamp,
    { peer, text: source }: Origin,
  ): void {
    const original = read.valid ? null : { base64: bytes.toString('base64', start, end) }
    this.#write(message, { ...read, plain: false }, stamp, source, original, this.#seq)
    this.tally.read(message.format, read.valid, message.flags.includes('truncated'))
    this.#added(message, stamp, peer)
  }

  /** The line of a message stands behind the others. */
  #added(message: SyslogMessage, { seconds, nanoseconds }: Stamp, peer: string): void {
    const seq = this.#seq
    this.#count += 1
    this.#parts.onlooker?.add(message, { seq, seconds, nanoseconds, peer })
  }

  /** The line that a probe would be, were it stored; it takes no number. */
  #probeLine(
    message: SyslogMessage,
    read: MessageText,
    stamp: Stamp,
    source: Uint8Array,
    base64: { readonly base64: string } | null,
  ): string {
    const { length } = this.#lines
    this.#write(message, read, stamp, source, base64, 0)
    const line = this.#lines.bytes.toString('utf8', length)
    this.#lines.cutTo(length)
    return line
  }

  #write(
    message: SyslogMessage,
    { text, plain, valid }: MessageText,
    { seconds, nanoseconds }: Stamp,
    source: Uint8Array,
    base64: { readonly base64: string } | null,
    seq: number,
  ): void {
    if (!valid) message.flags.push('not-utf8')
    const original = base64 ?? (message.exact ? null : { text })
    const { length } = this.#lines
    try {
      writeStoredLine(this.#lines, message, { seconds, nanoseconds, seq, source, original, plain }, this.#times)
    } catch (error) {
      // A defect of ours must not leave half a line in front of the next.
      this.#lines.cutTo(length)
      throw error
    }
  }

  #commitDatagrams(): void {
    const count = this.#count
    if (count === 0) return
    if (this.#commit()) this.tally.stored(count)
    else this.tally.rejected(rejectionOf(this.#parts.store.failure), count)
  }

  /** A throw in here leaves nobody who knows what the store has and what the others believe that it has. */
  #commit(): boolean {
    const { store, onlooker, giveUp } = this.#parts
    try {
      const stored = this.#count === 0 || store.append(this.#lines.bytes, this.#count)
      if (stored) onlooker?.stored()
      else onlooker?.refused()
      if (!stored) this.tally.refused()
      this.#lines.clear()
      this.#count = 0
      return stored
    } catch (error) {
      giveUp?.(error)
      throw error
    }
  }

  #answerProbe(batch: DatagramBatch, slot: number, line: string): void {
    this.tally.probe()
    const answer = this.#parts.probe?.answer(line, this.#parts.store) ?? new Uint8Array(0)
    const length = Math.min(answer.length, batch.slotBytes)
    batch.bytes.set(answer.subarray(0, length), slot * batch.slotBytes)
    batch.reply(slot, length)
  }
}

function flagOf({ note }: Frame): Flag | null {
  return note === 'whole' ? null : note === 'rest' ? 'split' : note
}

/** The bytes of one message. */
interface Piece extends Pick<Frame, 'bytes' | 'start' | 'end'> {
  readonly flag: Flag | null
}

/** A batch of huge messages is written in parts of this size. */
const COMMIT_BYTES = 1 << 18
