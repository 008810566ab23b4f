import type { Logger } from 'pino'
import type { DatagramBatch } from '../linux/datagram-batch.ts'
import type { Clock } from '../runtime/contract.ts'
import type { Onlooker } from './onlooker.ts'
import type { Origin, StreamSource } from './origin.ts'
import type { Flag, SyslogMessage } from './parse/message.ts'
import { type MessageText, readMessageText } from './parse/message-text.ts'
import { DEFAULT_PRI, decodePri } from './parse/pri.ts'
import { RecentHeader } from './parse/recent-header.ts'
import { readServiceLine, type ServiceLine } from './parse/service-line.ts'
import { continueMessage } from './parse/split-message.ts'
import type { TimeInference } from './parse/time-inference.ts'
import type { ProbeEcho } from './probe-echo.ts'
import { ReceiptTimes } from './receipt-times.ts'
import type { SenderBook } from './senders/sender-book.ts'
import { addressOf, type SourceNames } from './source-names.ts'
import { JsonBytes } from './store/json-bytes.ts'
import type { SegmentStore } from './store/segment-store.ts'
import { formatSource, writeStoredLine } from './store/stored-line.ts'
import type { Frame } from './streams/stream-framing.ts'
import { rejectionOf, Tally } from './tally.ts'

export interface CollectorParts {
  readonly store: SegmentStore
  readonly clock: Clock
  readonly log: Pick<Logger, 'error'>
  readonly inference: TimeInference
  readonly senders: SenderBook
  readonly onlooker?: Onlooker
  /** null when nobody probes. */
  readonly probe: ProbeEcho | null
  /** This machine's name, for lines of our own services and of local programs. */
  readonly host: string
}

/**
 * Brings messages from all doors into the store: takes each apart, writes its line, and hands the store one text per
 * batch. Each message ends stored or rejected under a named reason, and is counted once.
 */
export class Collector {
  readonly tally = new Tally()
  readonly #parts: CollectorParts
  readonly #times = new ReceiptTimes()
  /** Lines not yet handed to the store. */
  readonly #lines = new JsonBytes(2 * COMMIT_BYTES)
  #count = 0
  /** When the last throw of our own code was logged, monotonic. */
  #bugToldMs = Number.NEGATIVE_INFINITY

  constructor(parts: CollectorParts) {
    this.#parts = parts
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
      const cut = batch.wireLength(slot) > maxBytes
      const seconds = batch.seconds(slot)
      const stamp = seconds === 0 ? this.#now() : { seconds, nanoseconds: batch.nanoseconds(slot) }
      const origin = names.of(batch, slot, seconds)
      const local = batch.peerLength(slot) === 0
      const added = this.#add(batch.bytes, start, start + length, stamp, origin, local, cut ? 'truncated' : null)
      if (typeof added === 'string') this.#answerProbe(batch, slot, added)
      if (this.#lines.length > COMMIT_BYTES) this.#commitDatagrams()
    }
    this.#commitDatagrams()
  }

  /**
   * Stores messages of a stream. One at which our own code throws is lost alone, counted and told: were it the end of this
   * process, its sender would bring it to the next.
   *
   * @returns false when the disk refused; they are not counted yet and may come again
   */
  acceptFrames(frames: readonly Frame[], source: StreamSource): boolean {
    this.tally.at(source.via)
    const stamp = this.#now()
    const firstBefore = source.first
    let bugs = 0
    for (const frame of frames) {
      const before = this.#count
      try {
        this.#addFrame(frame, stamp, source)
      } catch (error) {
        if (this.#count === before) bugs += 1
        this.#tellBug(error, source.via)
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
      const wallMs = Math.min(Math.max(line.wall_ms, 0), MAX_MS)
      const second = Math.floor(wallMs / 1000)
      const stamp = { seconds: second, nanoseconds: Math.floor((wallMs - second * 1000) * 1e6) }
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
    const flag = note === 'whole' ? null : note === 'rest' ? 'split' : note
    const added = this.#add(bytes, start, end, stamp, source, source.local, flag)
    if (note === 'split' && added !== null && typeof added !== 'string') source.first = added
  }

  #tellBug(error: unknown, via: string): void {
    const nowMs = this.#parts.clock.monotonicMs()
    if (nowMs - this.#bugToldMs < BUG_LOG_EVERY_MS) return
    this.#bugToldMs = nowMs
    this.#parts.log.error({ err: error, listen: via }, 'cannot take in a message')
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
    if (!isProbe && allowance?.take(severityOf(read.text), stamp.seconds + stamp.nanoseconds / 1e9) === false) {
      this.tally.rejected('rate_limited', 1)
      return null
    }
    const receiveMs = stamp.seconds * 1000 + Math.floor(stamp.nanoseconds / 1e6)
    // The supervisor asks from an address that may be pinned, and writes as it always does.
    const pin = isProbe ? null : sender.pin
    const inference = pin?.inference ?? this.#parts.inference
    const parsed = recent.parse(read.text, { receiveMs, inference, local, dialect: pin?.dialect ?? null })
    const message = local ? namedHere(parsed, this.#parts.host) : parsed
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
  #addRest({ bytes, start, end }: Frame, stamp: Stamp, { peer, text: source }: Origin, first: SyslogMessage): void {
    const read = readMessageText(bytes, start, end)
    const message = continueMessage(first, read.text)
    message.flags.push('split')
    const original = read.valid ? null : { base64: bytes.toString('base64', start, end) }
    this.#write(message, { ...read, plain: false }, stamp, source, original, this.#seq)
    this.tally.read(message.format, read.valid, false)
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

  #commit(): boolean {
    const stored = this.#count === 0 || this.#parts.store.append(this.#lines.bytes, this.#count)
    this.#lines.clear()
    this.#count = 0
    if (stored) this.#parts.onlooker?.stored()
    else this.#parts.onlooker?.refused()
    if (!stored) this.tally.refused()
    return stored
  }

  #answerProbe(batch: DatagramBatch, slot: number, line: string): void {
    this.tally.probe()
    const answer = this.#parts.probe?.answer(line, this.#parts.store) ?? new Uint8Array(0)
    const length = Math.min(answer.length, batch.slotBytes)
    batch.bytes.set(answer.subarray(0, length), slot * batch.slotBytes)
    batch.reply(slot, length)
  }

  #now(): Stamp {
    const ns = this.#parts.clock.wallNs()
    return { seconds: Number(ns / 1_000_000_000n), nanoseconds: Number(ns % 1_000_000_000n) }
  }
}

/** The local form of the BSD protocol has no field for the host; a `-` that somebody wrote stays what it is. */
function namedHere(message: SyslogMessage, host: string): SyslogMessage {
  return message.host !== null || message.format === 'rfc5424' ? message : { ...message, host }
}

/** What the PRI says, or what is taken when there is none. */
function severityOf(text: string): number {
  const reading = decodePri(text)
  return (reading.kind === 'pri' ? reading.pri : DEFAULT_PRI) & 7
}

interface Stamp {
  readonly seconds: number
  readonly nanoseconds: number
}

/** The last instant of the year 9999. */
const MAX_MS = 253_402_300_799_999
const BUG_LOG_EVERY_MS = 60_000
/** A batch of huge messages is written in parts of this size. */
const COMMIT_BYTES = 1 << 18
