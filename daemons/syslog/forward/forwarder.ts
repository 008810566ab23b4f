import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Clock, Counters } from '../../runtime/contract.ts'
import type { Onlooker } from '../onlooker.ts'
import type { SyslogMessage } from '../parse/message.ts'
import type { ForwardSection } from '../section.ts'
import type { KeptSegment } from '../store/retention.ts'
import { Backlog } from './backlog.ts'
import { readBoxId } from './box-id.ts'
import { ForwardTarget } from './forward-target.ts'
import { type LiveArrival, liveRecord } from './live-record.ts'
import type { LiveWindow } from './live-window.ts'
import type { TargetReport } from './target-report.ts'

export interface ForwarderParts {
  /** The daemon's own folder, with `segments` in it. */
  readonly stateDir: string
  /** Its segments, sealed ones too, oldest first. */
  readonly segments: () => readonly KeptSegment[]
  /** Number of the next message that the store will get. */
  readonly end: () => number
  /** This machine's name. */
  readonly host: string
  readonly clock: Clock
  readonly log: Logger
  /** Uniform in [0, 1). */
  readonly chance: () => number
}

/** Passes messages on to all targets, each by itself. */
export class Forwarder implements Onlooker {
  readonly #parts: ForwarderParts
  readonly #folder: string
  #targets: readonly ForwardTarget[] = []
  #timer: NodeJS.Timeout | null = null
  #box = ''
  /** Of the targets that can have messages as they come. */
  #windows: readonly LiveWindow[] = []

  constructor(parts: ForwarderParts) {
    this.#parts = parts
    this.#folder = join(parts.stateDir, 'forward')
  }

  /**
   * Takes over the targets of a configuration: those that stay as they are go on, others end and begin. A target that is
   * gone loses its place.
   */
  async follow(sections: readonly ForwardSection[]): Promise<void> {
    const same = (a: ForwardSection, b: ForwardSection): boolean => JSON.stringify(a) === JSON.stringify(b)
    const staying = this.#targets.filter(({ section }) => sections.some((each) => same(each, section)))
    await Promise.all(this.#targets.filter((target) => !staying.includes(target)).map((target) => target.stop()))
    if (sections.length > 0) this.#prepare()
    this.#forgetOthers(sections)
    this.#targets = sections.map(
      (section) => staying.find((target) => same(target.section, section)) ?? this.#begin(section),
    )
    this.#windows = this.#targets.flatMap(({ backlog }) => backlog.live ?? [])
    if (sections.length > 0) this.#timer ??= setInterval(() => this.#keepPlaces(), SAVE_MS)
    else this.#stopTimer()
  }

  add(message: SyslogMessage, arrival: LiveArrival): void {
    if (!this.#windows.some(({ isOpen }) => isOpen)) return
    const record = liveRecord(message, arrival)
    for (const window of this.#windows) window.add(record)
  }

  stored(): void {
    for (const window of this.#windows) window.stored()
  }

  refused(): void {
    for (const window of this.#windows) window.refused()
  }

  /** There may be something new in the store. */
  wake(): void {
    for (const target of this.#targets) target.wake()
  }

  /** Skips what the targets are too far behind for. */
  tick(): void {
    try {
      for (const { backlog } of this.#targets) backlog.keepWithinLimits()
    } catch (error) {
      // What the disk does not show now is looked at with the next tick.
      this.#parts.log.debug({ err: error }, 'the spool cannot be measured')
    }
  }

  /** Number of the first message that a target still needs as a line of the store; Infinity = none does. */
  neededFrom(): number {
    return Math.min(...this.#targets.map(({ backlog }) => backlog.neededFrom))
  }

  counters(): Counters {
    const reports = this.reports()
    const sum = (pick: (report: TargetReport) => number): number =>
      reports.reduce((total, report) => total + pick(report), 0)
    return {
      forwarded: sum(({ forwarded }) => forwarded),
      forward_resent: sum(({ resent }) => resent),
      forward_maybe_lost: sum(({ maybe_lost }) => maybe_lost),
      forward_loop: sum(({ loop }) => loop),
      forward_refused: sum(({ refused }) => refused),
      forward_unreadable: sum(({ unreadable }) => unreadable),
      spool_overflow: sum(({ spool_overflow }) => spool_overflow),
    }
  }

  reports(): readonly TargetReport[] {
    return this.#targets.map((target) => target.report())
  }

  faults(): readonly string[] {
    return this.#targets.flatMap((target) => target.faults())
  }

  /** Ends all connections in good order; what is left waits for the next process. */
  async close(): Promise<void> {
    this.#stopTimer()
    await Promise.all(this.#targets.map((target) => target.stop()))
  }

  #prepare(): void {
    const fresh = randomBytes(8).toString('hex')
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o750 })
      if (this.#box === '') this.#box = readBoxId(this.#folder, () => fresh)
    } catch (error) {
      // A full disk keeps nobody from receiving, nor from passing on what is there; that places are not kept is said by each target.
      this.#parts.log.warn({ err: error }, 'the folder of forwarding cannot be written')
      if (this.#box === '') this.#box = fresh
    }
  }

  #begin(section: ForwardSection): ForwardTarget {
    const { stateDir, segments, end, host, clock, log, chance } = this.#parts
    const cursor = join(this.#folder, cursorName(section))
    const aside = join(this.#folder, `${encodeURIComponent(section.name)}.refused.ndjson`)
    const sender = { box: this.#box, host }
    const backlog = new Backlog({
      ...{ section, cursor, aside, end, sender, clock, log },
      segments: join(stateDir, 'segments'),
      kept: () => segments().filter(({ name }) => name.endsWith('.ndjson')),
    })
    return new ForwardTarget({ section, backlog, clock, log, chance })
  }

  /** Places of targets that nobody configures hold up nothing, and a target that comes back begins anew. */
  #forgetOthers(sections: readonly ForwardSection[]): void {
    const known = new Set(sections.map(cursorName))
    for (const name of namesIn(this.#folder))
      if (name.endsWith(CURSOR) && !known.has(name)) rmSync(join(this.#folder, name), { force: true })
  }

  #keepPlaces(): void {
    for (const { backlog } of this.#targets) backlog.save()
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}

function cursorName({ name }: ForwardSection): string {
  return `${encodeURIComponent(name)}${CURSOR}`
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const CURSOR = '.place'
const SAVE_MS = 1000
