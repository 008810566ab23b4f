import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../../runtime/contract.ts'
import { ChildLines } from '../child-lines.ts'
import type { SyslogSection } from '../section.ts'
import type { KeptSegment } from '../store/retention.ts'
import { StoreFault } from '../store/store-fault.ts'
import { chooseDue } from './choose-due.ts'
import { readSealReport, type SealReport } from './seal-report.ts'

export type ArchiveSection = SyslogSection['archive']

export interface ArchiveParts {
  /** The store's folder. */
  readonly folder: string
  readonly section: ArchiveSection
  readonly clock: Clock
  readonly log: Logger
  /** Those of the store, oldest first. */
  readonly segments: () => readonly KeptSegment[]
  /** Number of the first message that somebody still needs as a line of NDJSON; null = nobody does. */
  readonly neededFrom: () => number | null
  /** The program of the sealing process. */
  readonly program?: string
}

/**
 * Has old segments sealed: turned into Parquet, a thirtieth in size, by a process of its own that takes only what the
 * machine has left over. The daemon itself never loads the engine.
 */
export class Archive {
  readonly #parts: ArchiveParts
  readonly #fault: StoreFault
  #section: ArchiveSection
  #child: ChildProcess | null = null
  /** Those that cannot be sealed: not tried again in this life. */
  readonly #passedOver = new Set<string>()
  /** How often the process died at each. */
  readonly #deaths = new Map<string, number>()
  /** After a failure it is not tried before; monotonic. */
  #againMs = 0
  #engineMissing = false
  readonly #counts = { sealed_segments: 0, sealed_messages: 0, unsealable_segments: 0 }

  constructor(parts: ArchiveParts) {
    this.#parts = parts
    this.#section = parts.section
    this.#fault = new StoreFault('cannot seal old segments, they stay NDJSON', parts.clock, parts.log)
  }

  setSection(section: ArchiveSection): void {
    this.#section = section
  }

  /** What it cannot do now, in words. */
  faults(): readonly string[] {
    return this.#fault.text === null ? [] : [this.#fault.text]
  }

  /** What is no fault, but worth a word in the status; null when there is nothing. */
  note(): string | null {
    if (!this.#section.enabled) return null
    if (this.#engineMissing) return 'old segments stay NDJSON: @duckdb/node-api is not installed'
    const left = [...this.#deaths.values()].filter((deaths) => deaths >= MOST_DEATHS).length
    if (left === 0) return null
    return `${left} old segment${left === 1 ? '' : 's'} stay${left === 1 ? 's' : ''} NDJSON until the next start: the sealing process died ${MOST_DEATHS} times`
  }

  counters(): Readonly<Record<string, number>> {
    return this.#counts
  }

  /** The calendar's work: seals what is due, one process at a time. */
  tick(): void {
    const { segments, clock, neededFrom } = this.#parts
    this.#fault.settle()
    if (this.#child !== null || !this.#section.enabled || this.#engineMissing) return
    if (clock.monotonicMs() < this.#againMs) return
    const needed = neededFrom() ?? Number.POSITIVE_INFINITY
    const kept = segments()
    this.#forgetGone(kept)
    const due = chooseDue(kept, this.#section.afterMs, needed, clock.wallMs())
    const names = due.filter((name) => !this.#isLeft(name)).slice(0, MOST_AT_ONCE)
    if (names.length > 0) this.#start(names)
  }

  /** Ends the process, at whatever step it is; resolves when it has gone. */
  async close(): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  #start(names: readonly string[]): void {
    const { folder, program = sealProgram() } = this.#parts
    const { PATH, NODE_COMPILE_CACHE } = process.env
    const child = spawn(process.execPath, [...MEMORY_FLAGS, program, folder, ...names], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }) },
    })
    this.#child = child
    const left = new Set(names)
    let failed = false
    const lines = new ChildLines(LONGEST_REPORT)
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      try {
        for (const line of failed ? [] : lines.push(piece)) {
          const report = readSealReport(line)
          if ('segment' in report) left.delete(report.segment)
          failed = report.kind === 'failed' || report.kind === 'engine-missing'
          this.#hear(report)
        }
      } catch {
        failed = true
        this.#fail(Object.assign(new Error('nonsense'), { code: 'the process told what is no report' }))
        child.kill('SIGKILL')
      }
    })
    child.once('error', (error) => this.#fail(error))
    child.once('close', (code, signal) => {
      this.#child = null
      const [unfinished] = left
      if (failed || (code === 0 && unfinished === undefined) || child.killed) return
      this.#fail(Object.assign(new Error('died'), { code: `the process died by ${signal ?? `exit ${code}`}` }))
      if (unfinished !== undefined) this.#countDeath(unfinished)
    })
  }

  /** A full memory passes, a segment that kills the engine does not: that one is left alone until the next start. */
  #countDeath(name: string): void {
    const deaths = (this.#deaths.get(name) ?? 0) + 1
    this.#deaths.set(name, deaths)
    if (deaths < MOST_DEATHS) return
    this.#parts.log.warn({ segment: name, deaths }, 'the sealing process dies at a segment, which stays NDJSON')
    this.#fault.worked()
  }

  #isLeft(name: string): boolean {
    return this.#passedOver.has(name) || (this.#deaths.get(name) ?? 0) >= MOST_DEATHS
  }

  #forgetGone(kept: readonly KeptSegment[]): void {
    if (this.#passedOver.size + this.#deaths.size === 0) return
    const names = new Set(kept.map(({ name }) => name))
    for (const name of this.#passedOver) if (!names.has(name)) this.#passedOver.delete(name)
    for (const name of this.#deaths.keys()) if (!names.has(name)) this.#deaths.delete(name)
  }

  #hear(report: SealReport): void {
    const { log } = this.#parts
    switch (report.kind) {
      case 'sealed':
        this.#counts.sealed_segments += 1
        this.#counts.sealed_messages += report.rows
        this.#fault.worked()
        log.debug(
          { segment: report.segment, messages: report.rows, bytes: report.bytes, before: report.before },
          'sealed',
        )
        return
      case 'unsealable':
        this.#counts.unsealable_segments += 1
        this.#passedOver.add(report.segment)
        log.warn({ segment: report.segment, reason: report.reason }, 'a segment cannot be sealed and stays NDJSON')
        return
      case 'failed':
        this.#fail(Object.assign(new Error(report.reason), { code: report.code }))
        return
      case 'gone':
        return
      case 'engine-missing':
        this.#engineMissing = true
        log.warn({ reason: report.reason }, 'old segments stay NDJSON: @duckdb/node-api is not installed')
    }
  }

  #fail(error: Error): void {
    this.#againMs = this.#parts.clock.monotonicMs() + AGAIN_MS
    this.#fault.failed(error)
  }
}

/** Beside the daemon's own program, whichever that is: its bundle, that of the spare, or the sources. */
function sealProgram(): string {
  const folder = import.meta.dirname
  return import.meta.filename.endsWith('.ts')
    ? join(folder, 'seal.ts')
    : join(folder, '..', 'syslog', 'archive', 'seal.cjs')
}

/** A process is worth its start for some, and ends before it has kept much of what it read. */
const MOST_AT_ONCE = 16
const AGAIN_MS = 60_000
const MOST_DEATHS = 3
const LONGEST_REPORT = 1 << 20
const MEMORY_FLAGS = ['--max-old-space-size=192', '--max-semi-space-size=8']
