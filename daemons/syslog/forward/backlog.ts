import { appendFileSync, statSync } from 'node:fs'
import type { Logger } from 'pino'
import type { Clock } from '../../runtime/contract.ts'
import type { ForwardSection } from '../section.ts'
import type { KeptSegment } from '../store/retention.ts'
import { StoreFault } from '../store/store-fault.ts'
import type { Parcel } from './carrier.ts'
import { CursorFile } from './cursor-file.ts'
import { FrameBytes } from './frame-bytes.ts'
import { LiveWindow } from './live-window.ts'
import { type Passing, passingTo } from './passing.ts'
import type { Sender } from './prepare-message.ts'
import { chooseSpoolStart } from './spool-limit.ts'
import { StoreReader } from './store-reader.ts'
import { readStoredRecord, type StoredRecord } from './stored-record.ts'

export interface BacklogParts {
  readonly section: ForwardSection
  /** Folder of the segments. */
  readonly segments: string
  /** Those in it that are not sealed, oldest first. */
  readonly kept: () => readonly KeptSegment[]
  /** File that keeps the place. */
  readonly cursor: string
  /** File for what the target refuses. */
  readonly aside: string
  /** Number of the next message that the store will get. */
  readonly end: () => number
  readonly sender: Sender
  readonly clock: Clock
  readonly log: Logger
}

/** Running totals of one target. */
export interface BacklogCounters {
  /** Taken by the target, each message once. */
  forwarded: number
  /** Handed over again after a connection broke. */
  resent: number
  /** Came from the target itself, or passed this box before. */
  loop: number
  /** Skipped because the target was too far behind, or the store no longer had them. */
  spool_overflow: number
  /** Lines of the store that cannot be read. */
  unreadable: number
  /** Set aside because the target will not have them. */
  refused: number
}

/**
 * What a target has yet to get. The store is the spool: a place in it is all that is kept for each target, and it moves on
 * only when the target has what lies before it.
 */
export class Backlog {
  readonly counters: BacklogCounters = {
    forwarded: 0,
    resent: 0,
    loop: 0,
    spool_overflow: 0,
    unreadable: 0,
    refused: 0,
  }
  readonly #parts: BacklogParts
  readonly #file: CursorFile
  readonly #fault: StoreFault
  readonly #reader: StoreReader
  readonly #passing: Passing
  /** For a target with a stream, what was read from the store; else null. */
  readonly #frames: FrameBytes | null
  /** For the same, unless it wants the lines of the store, or so many a second: what waits for that would go out at once. */
  readonly live: LiveWindow | null
  /** What the wall clock says beyond the monotonic one while nobody sets it. */
  readonly #steadyOffsetMs: number
  /** Number of the first message that the target may not have; what stands on disk. */
  #settled: number
  #saved: number
  #saving = false
  /** Numbers of the first messages that were never taken, and never handed over. */
  #untaken: number
  #unsent: number

  /** Takes up where the target was left; a new one gets what comes from now on. @throws Error of the disk */
  constructor(parts: BacklogParts) {
    this.#parts = parts
    const { section, segments, cursor, end, clock, log } = parts
    this.#file = new CursorFile(cursor)
    this.#fault = new StoreFault(`cannot keep the place of ${section.name}`, clock, log)
    const kept = this.#file.read()
    // A power cut may take the newest messages out of the store, never the place: their numbers are given out anew.
    this.#settled = Math.min(kept ?? end(), end())
    this.#saved = kept ?? -1
    this.#untaken = this.#settled
    this.#unsent = this.#settled
    this.#reader = new StoreReader(segments, this.#settled, parts.kept)
    this.#passing = passingTo(section, parts.sender)
    const isStream = !('url' in section.to) && section.to.scheme !== 'udp'
    this.#frames = isStream ? new FrameBytes(section.framing) : null
    const mayBeLive = isStream && section.format !== 'json' && section.rate === null
    this.live = mayBeLive ? new LiveWindow(section.framing, this.#passing) : null
    this.#steadyOffsetMs = clock.wallMs() - clock.monotonicMs()
    if (this.#saved !== this.#settled) this.saveNow()
  }

  /** Number of the first message that is still needed in the store. */
  get neededFrom(): number {
    return this.#settled
  }

  /** Messages of the store, whether the filter wants them or not, that the target has not taken. */
  get behind(): number {
    return Math.max(0, this.#parts.end() - this.#untaken)
  }

  /** Something was handed over that the target has not taken. */
  get isOutstanding(): boolean {
    return this.#unsent > this.#untaken
  }

  /** What it cannot do now, in words; null = nothing. */
  get fault(): string | null {
    return this.#fault.text
  }

  /**
   * Reads on, a bounded amount.
   *
   * @param target address of the target: what came from there does not go there; null = anything may
   * @returns null when there is nothing more
   * @throws Error of the disk
   */
  next(target: string | null): Parcel | null {
    const live = this.live?.take(this.#reader.seq) ?? null
    if (live !== null) {
      this.counters.loop += live.loops
      this.#reader.seek(live.through + 1)
      this.#unsent = Math.max(this.#unsent, this.#reader.seq)
      return { ...live, fresh: live.count, messages: [], records: [] }
    }
    const { lines, missing } = this.#reader.read(this.#parts.end())
    if (missing > 0) this.#skipped(missing, 'the store does not have them')
    if (lines.length > 0) return this.#parcelOf(lines, target)
    if (this.#reader.seq === this.#parts.end()) this.live?.open(this.#reader.seq, target)
    return null
  }

  #parcelOf(lines: readonly string[], target: string | null): Parcel {
    const messages: string[] = []
    const records: StoredRecord[] = []
    this.#frames?.clear()
    let count = 0
    let fresh = 0
    for (const line of lines) {
      const record = readStoredRecord(line)
      if (record === null) {
        this.counters.unreadable += 1
        continue
      }
      if (!this.#passing.wants(record)) continue
      if (this.#passing.isLoop(record, target)) {
        if (record.seq >= this.#unsent) this.counters.loop += 1
        continue
      }
      count += 1
      if (this.#frames === null) {
        messages.push(this.#passing.prepare(record))
        records.push(record)
      } else this.#passing.frame(record, this.#frames)
      if (record.seq >= this.#untaken) fresh += 1
      if (record.seq < this.#unsent) this.counters.resent += 1
    }
    this.#unsent = Math.max(this.#unsent, this.#reader.seq)
    const framed = this.#frames?.bytes ?? null
    return { count, framed, messages, records, fresh, through: this.#reader.seq - 1 }
  }

  /** Goes back to the first message that the target may not have. */
  rewind(): void {
    this.live?.close()
    this.#reader.seek(this.#settled)
  }

  taken(fresh: number, through: number): void {
    this.counters.forwarded += fresh
    this.#untaken = Math.max(this.#untaken, through + 1)
  }

  settled(through: number): void {
    this.#settled = Math.max(this.#settled, through + 1)
    this.#untaken = Math.max(this.#untaken, this.#settled)
  }

  /** Keeps lines aside that the target will not have, as long as there is room for them. @param reason in words */
  refused(lines: readonly string[], reason: string): void {
    const { section, aside, log } = this.#parts
    this.counters.refused += lines.length
    log.warn({ target: section.name, messages: lines.length, reason, aside }, 'messages are refused and set aside')
    try {
      if ((statSync(aside, { throwIfNoEntry: false })?.size ?? 0) > ASIDE_BYTES) return
      appendFileSync(aside, lines.map((line) => `${line}\n`).join(''), { mode: 0o640 })
    } catch (error) {
      this.#fault.failed(error)
    }
  }

  /** Skips the oldest messages when there are more than the spool may hold. */
  keepWithinLimits(): void {
    const { section, kept, clock } = this.#parts
    const present = { wallMs: clock.wallMs(), steadyMs: clock.monotonicMs() + this.#steadyOffsetMs }
    const start = chooseSpoolStart(kept(), this.#settled, section.spool, present)
    if (start <= this.#untaken) return
    this.#skipped(start - this.#untaken, 'the target is further behind than the spool may hold')
    this.settled(start - 1)
    if (this.#reader.seq < start) this.#reader.seek(start)
  }

  /** Age of the oldest message that the target has not taken; 0 when there is none. @unit milliseconds */
  behindMs(): number {
    if (this.behind === 0) return 0
    const reader = new StoreReader(this.#parts.segments, this.#untaken, this.#parts.kept)
    try {
      const record = readStoredRecord(reader.read(this.#parts.end()).lines[0] ?? '')
      return record === null ? 0 : Math.max(0, this.#parts.clock.wallMs() - Date.parse(record.rt))
    } catch {
      return 0
    } finally {
      reader.close()
    }
  }

  /** Brings the place to the disk in the background, when it moved. */
  save(): void {
    if (this.#saving || this.#saved === this.#settled) return
    this.#saving = true
    const settled = this.#settled
    this.#file.write(settled, this.#parts.section.name).then(
      () => this.#wasSaved(settled, null),
      (error: unknown) => this.#wasSaved(settled, error),
    )
  }

  /** The same before it returns; what the disk refuses is a fault and no error. */
  saveNow(): void {
    try {
      this.#file.writeNow(this.#settled, this.#parts.section.name)
      this.#wasSaved(this.#settled, null)
    } catch (error) {
      this.#wasSaved(this.#settled, error)
    }
  }

  close(): void {
    this.live?.close()
    this.#reader.close()
  }

  #wasSaved(settled: number, error: unknown): void {
    this.#saving = false
    if (error !== null) {
      this.#fault.failed(error)
      return
    }
    this.#saved = settled
    this.#fault.worked()
  }

  #skipped(count: number, why: string): void {
    this.counters.spool_overflow += count
    this.#parts.log.warn({ target: this.#parts.section.name, messages: count, why }, 'messages are not forwarded')
  }
}

const ASIDE_BYTES = 16 << 20
