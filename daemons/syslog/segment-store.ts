import { closeSync, fsync, mkdirSync, open, readdirSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../runtime/contract.ts'
import { chooseExpired, type KeptSegment } from './retention.ts'
import type { SyslogSection } from './section.ts'
import { Segment } from './segment.ts'
import { formatSegmentName, type SegmentName, sortSegments } from './segment-name.ts'
import { cutTornTail } from './torn-tail.ts'

export type StoreLimits = Pick<SyslogSection, 'segment' | 'retention' | 'sync'>

/**
 * The messages on disk: NDJSON segments in one folder, numbered without gaps across restarts. What `append` accepted is
 * with the kernel when it returns, so a killed process loses nothing of it; `sync` says when it is on the disk.
 * A write that fails is a state, not an end: every append tries again.
 */
export class SegmentStore {
  readonly #folder: string
  readonly #clock: Clock
  readonly #log: Logger
  #limits: StoreLimits
  #segment: Segment | null = null
  #nextSeq = 1
  #failure: string | null = null
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)

  /** Opens the folder, repairing what a crash left. @throws Error when it cannot be read or written */
  constructor(options: { folder: string; limits: StoreLimits; clock: Clock; log: Logger }) {
    this.#folder = options.folder
    this.#clock = options.clock
    this.#log = options.log
    this.#limits = options.limits
    mkdirSync(this.#folder, { recursive: true, mode: 0o750 })
    const newest = this.#names().at(-1)
    if (newest !== undefined) this.#resume(newest)
  }

  /** Number of the next message. */
  get nextSeq(): number {
    return this.#nextSeq
  }

  /** Error code of the last write when it failed, e.g. `ENOSPC`. */
  get failure(): string | null {
    return this.#failure
  }

  /**
   * Writes whole lines, all or none.
   *
   * @param text lines numbered from `nextSeq` on, each with its LF
   * @param count how many
   * @returns false when the disk refused; then no number is used up
   */
  append(text: string, count: number): boolean {
    try {
      this.#open().append(this.#encode(text))
      if (this.#limits.sync === 'batch') this.#segment?.syncNow()
    } catch (error) {
      this.#fail(error)
      return false
    }
    this.#nextSeq += count
    if (this.#failure !== null) {
      this.#log.info({ failure: this.#failure }, 'the store can be written again')
      this.#failure = null
    }
    return true
  }

  /** Takes over new limits; the next append and `tick` follow them. */
  setLimits(limits: StoreLimits): void {
    this.#limits = limits
  }

  /** Starts bringing to disk what was written since the last call. */
  sync(): void {
    this.#segment?.syncLater((error) => this.#fail(error))
  }

  /** The calendar's work: seals a segment that is old or was deleted under us, and deletes expired ones. */
  tick(): void {
    if (this.#segment !== null && (this.#isDue(this.#segment) || this.#segment.isGone)) this.#seal()
    this.#deleteExpired()
  }

  /** Brings everything to disk and closes. */
  close(): void {
    try {
      this.#segment?.syncNow()
    } catch (error) {
      this.#fail(error)
    }
    this.#segment?.close()
    this.#segment = null
  }

  /** How many segments there are and their bytes together. */
  usage(): { segments: number; bytes: number } {
    const kept = this.#kept()
    return { segments: kept.length, bytes: kept.reduce((sum, each) => sum + each.bytes, 0) }
  }

  #resume(newest: SegmentName): void {
    const path = join(this.#folder, newest.name)
    const tail = cutTornTail(path)
    this.#nextSeq = tail.lastSeq === null ? newest.firstSeq : tail.lastSeq + 1
    if (tail.tornBytes > 0)
      this.#log.warn({ segment: newest.name, bytes: tail.tornBytes }, 'a torn line was cut off and kept aside')
    this.#segment = new Segment(path, newest.begunMs)
  }

  #open(): Segment {
    if (this.#segment !== null && this.#isDue(this.#segment)) this.#rollOver()
    this.#segment ??= this.#begin()
    return this.#segment
  }

  #begin(): Segment {
    const begunMs = this.#clock.wallMs()
    mkdirSync(this.#folder, { recursive: true, mode: 0o750 })
    const segment = new Segment(join(this.#folder, formatSegmentName(this.#nextSeq, begunMs)), begunMs)
    if (this.#limits.sync !== 'off') syncFolder(this.#folder)
    return segment
  }

  /** A new segment that cannot be begun leaves the old one in use: a full disk may still take a few lines there. */
  #rollOver(): void {
    const old = this.#segment
    try {
      this.#segment = this.#begin()
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#retire(old)
    this.#deleteExpired()
  }

  #seal(): void {
    const old = this.#segment
    this.#segment = null
    this.#retire(old)
  }

  #retire(segment: Segment | null): void {
    if (this.#limits.sync !== 'off') segment?.syncLater((error) => this.#fail(error))
    segment?.close()
  }

  #isDue(segment: Segment): boolean {
    if (segment.bytes === 0) return false
    const age = this.#clock.wallMs() - segment.begunMs
    return segment.bytes >= this.#limits.segment.sizeBytes || age >= this.#limits.segment.ageMs
  }

  #deleteExpired(): void {
    for (const name of chooseExpired(this.#kept(), this.#limits.retention, this.#clock.wallMs())) {
      for (const path of [join(this.#folder, name), join(this.#folder, `${name}.torn`)]) removeFile(path)
      this.#log.info({ segment: name }, 'a segment reached the end of its retention')
    }
  }

  #kept(): KeptSegment[] {
    return this.#names().flatMap(({ name }) => {
      const stat = statSync(join(this.#folder, name), { throwIfNoEntry: false })
      return stat === undefined ? [] : [{ name, bytes: stat.size, lastMs: stat.mtimeMs }]
    })
  }

  /** None when somebody removed the folder: the next segment makes it again. */
  #names(): SegmentName[] {
    try {
      return sortSegments(readdirSync(this.#folder))
    } catch {
      return []
    }
  }

  #encode(text: string): Uint8Array {
    if (text.length * 3 > SCRATCH_BYTES) return Buffer.from(text, 'utf8')
    return this.#scratch.subarray(0, this.#scratch.write(text, 'utf8'))
  }

  /** Said once per state, not once per write. */
  #fail(error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO'
    if (code !== this.#failure) this.#log.error({ err: error }, 'cannot write to the store')
    this.#failure = code
  }
}

/** In the background: a journal under load may take longer than a receive buffer lasts. */
function syncFolder(folder: string): void {
  open(folder, 'r', (openError, fd) => {
    if (openError === null) fsync(fd, () => closeSync(fd))
  })
}

function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Gone already, or not to be removed: the next tick tries again.
  }
}

const SCRATCH_BYTES = 1 << 20
