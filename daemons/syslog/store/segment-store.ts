import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../../runtime/contract.ts'
import { readLastSealedSeq } from '../archive/last-sealed-seq.ts'
import type { SyslogSection } from '../section.ts'
import { type Disk, disk } from './disk.ts'
import { chooseExpired, type KeptSegment } from './retention.ts'
import { Segment } from './segment.ts'
import { allNamesIn, deleteSegment, syncFolder } from './segment-folder.ts'
import { SegmentList } from './segment-list.ts'
import { formatSegmentName, type SegmentName } from './segment-name.ts'
import { StoreFault } from './store-fault.ts'
import { cutTornTail, readLastSeq } from './torn-tail.ts'

export type StoreLimits = Pick<SyslogSection, 'segment' | 'retention' | 'sync'>

/**
 * The messages on disk: NDJSON segments in one folder, numbered without gaps across restarts. What `append` accepted is
 * with the kernel when it returns, so a killed process loses nothing of it; `sync` says when it is on the disk.
 * What the disk refuses is a state with a name, not an end: it is tried again.
 */
export class SegmentStore {
  readonly #folder: string
  readonly #list: SegmentList
  readonly #clock: Clock
  readonly #log: Logger
  readonly #disk: Disk
  readonly #faults: Readonly<Record<'write' | 'sync' | 'rollOver' | 'retention', StoreFault>>
  #limits: StoreLimits
  #segment: Segment | null = null
  #nextSeq = 1
  /** A new segment that could not be begun is not tried again before; monotonic. */
  #rollOverMs = 0
  #onAppend: () => void = () => undefined

  /** Opens the folder, repairing what a crash left. @throws Error when it cannot be read or written */
  constructor(options: { folder: string; limits: StoreLimits; clock: Clock; log: Logger; disk?: Disk }) {
    this.#folder = options.folder
    this.#list = new SegmentList(options.folder)
    this.#clock = options.clock
    this.#log = options.log
    this.#disk = options.disk ?? disk
    this.#limits = options.limits
    const fault = (what: string): StoreFault => new StoreFault(what, options.clock, options.log)
    this.#faults = {
      write: fault('cannot store messages'),
      sync: fault('cannot bring messages to the disk'),
      rollOver: fault('cannot begin a new segment, the old one grows on'),
      retention: fault('cannot delete expired segments'),
    }
    this.#disk.mkdirSync(this.#folder, { recursive: true, mode: 0o750 })
    const newest = allNamesIn(this.#folder).at(-1)
    if (newest?.name.endsWith('.ndjson') === true) this.#resume(newest)
    else if (newest !== undefined)
      this.#nextSeq = readLastSealedSeq(join(this.#folder, newest.name), newest.firstSeq) + 1
  }

  /** Number of the next message. */
  get nextSeq(): number {
    return this.#nextSeq
  }

  /** Error code of the last write that failed, e.g. `ENOSPC`; null again when writing has worked for a while. */
  get failure(): string | null {
    return this.#faults.write.code
  }

  /** What it cannot do now, in words. */
  faults(): readonly string[] {
    return Object.values(this.#faults).flatMap(({ text }) => text ?? [])
  }

  /**
   * Writes whole lines, all or none.
   *
   * @param lines numbered from `nextSeq` on, each with its LF; borrowed until it returns
   * @param count how many
   * @returns false when the disk refused; then no number is used up
   */
  append(lines: Uint8Array, count: number): boolean {
    try {
      this.#open().append(lines)
    } catch (error) {
      this.#faults.write.failed(error)
      return false
    }
    this.#nextSeq += count
    this.#faults.write.worked()
    this.#onAppend()
    if (this.#limits.sync === 'batch') this.#syncNow()
    return true
  }

  /** Tells one who reads along that there is something new. */
  watch(onAppend: () => void): void {
    this.#onAppend = onAppend
  }

  /** Takes over new limits; the next append and `tick` follow them. */
  setLimits(limits: StoreLimits): void {
    this.#limits = limits
  }

  /** Starts bringing to disk what was written since the last call. */
  sync(): void {
    this.#segment?.syncLater(this.#synced)
  }

  /** The calendar's work: seals a segment that is old or was deleted under us, and deletes expired ones. */
  tick(): void {
    if (this.#segment?.isGone === true) this.#seal()
    if (this.#segment !== null && this.#isDue(this.#segment)) this.#rollOver()
    this.#deleteExpired()
    // An empty file is no proof: a full disk takes that too.
    if (this.failure !== null) this.#tryFolder('\n')
    for (const fault of Object.values(this.#faults)) fault.settle()
  }

  /**
   * Proves that messages get to the disk and back: a file in the store's folder takes the line, the newest segment ends
   * with the newest message, and nothing fails now. The line is no message and is not kept.
   *
   * @returns the line as the disk gave it back
   * @throws Error in words
   */
  prove(line: string): Uint8Array {
    try {
      const read = this.#tryFolder(line)
      if (read instanceof Error) throw read
      if (this.#segment?.isGone === true) this.#seal()
      if (this.#segment !== null && this.#segment.bytes > 0) {
        const last = readLastSeq(this.#segment.path)
        if (last !== this.#nextSeq - 1) throw new Error(`the store ends with message ${last}, not ${this.#nextSeq - 1}`)
      }
      const [fault] = this.faults()
      if (fault !== undefined) throw new Error(fault)
      return read
    } catch (error) {
      throw new Error(`the store fails: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  /** Brings everything to disk and closes. */
  close(): void {
    this.#syncNow()
    this.#segment?.close()
    this.#segment = null
  }

  /** What there is now, sealed segments too, oldest first. */
  segments(): readonly KeptSegment[] {
    return this.#list.look(this.#clock.wallMs())
  }

  /** How much there is in the folder: messages, segments, and the bytes of these and of their manifest together. */
  usage(): { messages: number; segments: number; bytes: number } {
    const kept = this.segments()
    const oldest = kept[0]?.firstSeq ?? this.#nextSeq
    const bytes = kept.reduce((sum, each) => sum + each.bytes, this.#list.manifestBytes)
    return { messages: this.#nextSeq - oldest, segments: kept.length, bytes }
  }

  /** Writes a file beside the segments and reads it back; a fault of writing goes on as long as that fails. */
  #tryFolder(text: string): Uint8Array | Error {
    const path = join(this.#folder, PROOF_FILE)
    try {
      this.#writeFile(path, Buffer.from(text))
      const read = readFileSync(path)
      this.#disk.unlinkSync(path)
      this.#faults.write.worked()
      return read
    } catch (error) {
      if (this.failure !== null) this.#faults.write.failed(error)
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  #writeFile(path: string, bytes: Buffer): void {
    const fd = openSync(path, 'w', 0o640)
    try {
      for (let at = 0; at < bytes.length; ) at += this.#disk.writeSync(fd, bytes, at, bytes.length - at)
    } finally {
      closeSync(fd)
    }
  }

  /** What could not be brought to the disk is written nevertheless: to write it again would store it twice. */
  #syncNow(): void {
    try {
      this.#segment?.syncNow()
      this.#synced(null)
    } catch (error) {
      this.#synced(error)
    }
  }

  readonly #synced = (error: unknown): void => {
    if (error === null) this.#faults.sync.worked()
    else this.#faults.sync.failed(error)
  }

  #resume(newest: SegmentName): void {
    const path = join(this.#folder, newest.name)
    const tail = cutTornTail(path)
    this.#nextSeq = tail.lastSeq === null ? newest.firstSeq : tail.lastSeq + 1
    if (tail.tornBytes > 0)
      this.#log.warn({ segment: newest.name, bytes: tail.tornBytes }, 'a torn line was cut off and kept aside')
    this.#segment = new Segment(path, newest.begunMs, this.#disk)
  }

  #open(): Segment {
    if (this.#segment !== null && this.#isDue(this.#segment)) this.#rollOver()
    this.#segment ??= this.#begin()
    if (this.#segment.bytes === 0) this.#segment.begunMs = this.#clock.wallMs()
    return this.#segment
  }

  #begin(): Segment {
    const begunMs = this.#clock.wallMs()
    this.#disk.mkdirSync(this.#folder, { recursive: true, mode: 0o750 })
    const path = join(this.#folder, formatSegmentName(this.#nextSeq, begunMs))
    const segment = new Segment(path, begunMs, this.#disk)
    if (this.#limits.sync !== 'off') syncFolder(this.#folder)
    return segment
  }

  /** A new segment that cannot be begun leaves the old one in use: a full disk may still take a few lines there. */
  #rollOver(): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs < this.#rollOverMs) return
    const old = this.#segment
    try {
      this.#segment = this.#begin()
    } catch (error) {
      this.#rollOverMs = nowMs + ROLL_OVER_AGAIN_MS
      this.#faults.rollOver.failed(error)
      return
    }
    this.#faults.rollOver.worked()
    this.#retire(old)
    this.#deleteExpired()
  }

  #seal(): void {
    const old = this.#segment
    this.#segment = null
    this.#retire(old)
  }

  #retire(segment: Segment | null): void {
    if (this.#limits.sync === 'off') segment?.close()
    else segment?.retire(this.#synced)
  }

  #isDue(segment: Segment): boolean {
    if (segment.bytes === 0) return false
    const age = this.#clock.wallMs() - segment.begunMs
    return segment.bytes >= this.#limits.segment.sizeBytes || age >= this.#limits.segment.ageMs
  }

  #deleteExpired(): void {
    try {
      const kept = this.segments()
      const { ageMs, sizeBytes } = this.#limits.retention
      // Lines of deleted segments go out of the manifest later: never more than half of the room is left to them.
      const room = Math.max(sizeBytes - this.#list.manifestBytes, sizeBytes / 2)
      for (const name of chooseExpired(kept, { ageMs, sizeBytes: room }, this.#clock.wallMs())) {
        deleteSegment(this.#folder, name, this.#disk)
        this.#log.info({ segment: name }, 'a segment reached the end of its retention')
      }
      this.#faults.retention.worked()
    } catch (error) {
      this.#faults.retention.failed(error)
    }
  }
}

const PROOF_FILE = 'proof'
const ROLL_OVER_AGAIN_MS = 10_000
