import { isDeepStrictEqual } from 'node:util'
import type { Schedule } from '../../config/config.ts'
import type { ExitReport, ScheduleReport } from '../control/control-protocol.ts'
import { earliest } from '../service/deadline.ts'
import type { SupervisedService } from '../service/service.ts'
import type { Surroundings } from '../surroundings.ts'
import { type Agenda, lookAt, type Missed, openAgenda } from './agenda.ts'
import type { Calendar } from './calendar.ts'
import { momentIn, ownTimezone } from './moment-text.ts'
import { type LeftOut, leftOutText, waitingText } from './schedule-text.ts'

/** The wall clock may be set at any time: it is looked at this often, however far the next run is. */
const LOOK_MS = 30_000
/** What was left out is told in the log at once, and remembered for those who ask later. */
const KEPT_NOTES = 10

/** One service that runs by the clock. */
interface Entry {
  readonly service: SupervisedService
  readonly schedule: Schedule
  readonly calendar: Calendar
  /** The end of the last run of an earlier supervisor. */
  readonly before: ExitReport | null
  agenda: Agenda
  leftOut: readonly LeftOut[]
}

/** Where the schedule of one service stands, as plain data. */
export interface ScheduleRecord {
  readonly service: string
  readonly agenda: Agenda
  readonly leftOut: readonly LeftOut[]
}

/** Runs services by the clock: one timer for all, set for the earliest of their times. */
export class Scheduler {
  readonly #surroundings: Surroundings
  readonly #entries = new Map<string, Entry>()
  /** Of an earlier program of this process, until the service is put on the schedule again. */
  readonly #left = new Map<string, ScheduleRecord>()
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  /** Where all schedules stand. */
  record(): readonly ScheduleRecord[] {
    return [...this.#entries].map(([service, { agenda, leftOut }]) => ({ service, agenda, leftOut }))
  }

  /** Goes on where an earlier program of this process stood. */
  resume(records: readonly ScheduleRecord[]): void {
    for (const record of records) this.#left.set(record.service, record)
  }

  /** Puts a service on the schedule, or takes it off, as its spec and the wish for it are now. */
  consider(service: SupervisedService): void {
    const { name, schedule } = service.spec
    const entry = this.#entries.get(name)
    if (this.#closed || (entry === undefined && schedule === null)) return
    const wanted = schedule !== null && service.state.wanted === 'up'
    if (wanted && isDeepStrictEqual(entry?.schedule, schedule)) return
    if (wanted) this.#open(service, schedule)
    else this.forget(name)
    this.#arm()
  }

  /** Looks at the clock now, runs what is due and tells what was missed. */
  look(): void {
    for (const entry of this.#entries.values()) this.#look(entry, 'the machine slept, or its clock was set')
    this.#arm()
  }

  /** Takes a service off the schedule: what passes from now on is not missed. */
  forget(name: string): void {
    if (this.#entries.delete(name)) this.#surroundings.ledger.forgetDue(name)
  }

  /** How it stands with a service; null when it does not run by the clock. */
  report({ spec: { name, schedule } }: SupervisedService): ScheduleReport | null {
    if (schedule === null) return null
    const { agenda, leftOut } = this.#entries.get(name) ?? { agenda: null, leftOut: [] }
    const timezone = schedule.timezone ?? ownTimezone()
    const dueMs = agenda?.dueMs ?? null
    return {
      expression: schedule.expression,
      timezone,
      next: dueMs === null ? null : new Date(dueMs).toISOString(),
      next_local: dueMs === null ? null : momentIn(dueMs, timezone),
      left_out: leftOut.map((note) => leftOutText(note, timezone)),
    }
  }

  /** What a service does while it waits for its time, in one line. */
  lineOf(service: SupervisedService): string {
    const entry = this.#entries.get(service.spec.name)
    const report = this.report(service)
    if (entry === undefined || report === null) return 'waits for its time'
    const [note] = entry.leftOut.slice(-1).filter(({ life }) => life === service.state.life)
    const since = note === undefined ? null : leftOutText(note, report.timezone)
    return waitingText(report, service.lastExit ?? entry.before, since)
  }

  /** Runs nothing any more; what is due from now on counts as missed at the next start. */
  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #open(service: SupervisedService, schedule: Schedule): void {
    const { clock, ledger, calendarOf } = this.#surroundings
    const calendar = calendarOf(schedule)
    const savedMs = ledger.dueOf(service.spec.name, keyOf(schedule))
    const left = this.#left.get(service.spec.name)
    this.#left.delete(service.spec.name)
    const agenda =
      savedMs === null ? openAgenda(clock.wallMs(), calendar) : { doneMs: null, ...left?.agenda, dueMs: savedMs }
    const before = ledger.exits(service.spec.name, 1)[0] ?? null
    const entry: Entry = { service, schedule, calendar, before, agenda, leftOut: left?.leftOut ?? [] }
    this.#entries.set(service.spec.name, entry)
    this.#save(entry)
    this.#look(entry, 'lanward was not running')
  }

  #look(entry: Entry, why: string): void {
    const { agenda, dueMs, missed } = lookAt(entry.agenda, this.#surroundings.clock.wallMs(), entry.calendar)
    const changed = agenda.dueMs !== entry.agenda.dueMs
    entry.agenda = agenda
    if (changed) this.#save(entry)
    if (missed !== null) this.#tellMissed(entry, missed, why)
    if (dueMs !== null) this.#run(entry, dueMs)
  }

  #run(entry: Entry, dueMs: number): void {
    const { service } = entry
    const { kind } = service.state
    if (kind === 'starting' || kind === 'ready' || kind === 'stopping') this.#tellSkipped(entry, dueMs)
    else service.send({ kind: 'due', nowMs: this.#surroundings.clock.monotonicMs() })
  }

  #tellMissed(entry: Entry, { count, more, firstMs }: Missed, why: string): void {
    this.#note(entry, { life: entry.service.state.life, kind: 'missed', count, more, sinceMs: firstMs, why })
  }

  /** Told once for each run that takes too long, however many times pass meanwhile. */
  #tellSkipped(entry: Entry, dueMs: number): void {
    const { life } = entry.service.state
    const last = entry.leftOut.at(-1)
    if (last?.kind === 'skipped' && last.life === life)
      entry.leftOut = [...entry.leftOut.slice(0, -1), { ...last, count: last.count + 1 }]
    else
      this.#note(entry, {
        life,
        kind: 'skipped',
        count: 1,
        more: false,
        sinceMs: dueMs,
        why: 'the run before had not ended',
      })
  }

  #note(entry: Entry, note: LeftOut): void {
    entry.leftOut = [...entry.leftOut, note].slice(-KEPT_NOTES)
    const { name } = entry.service.spec
    const text = leftOutText(note, entry.schedule.timezone ?? ownTimezone())
    this.#surroundings.log.warn({ daemon: name, count: note.count }, text)
  }

  #save({ service, schedule, agenda }: Entry): void {
    this.#surroundings.ledger.saveDue(service.spec.name, keyOf(schedule), agenda.dueMs)
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const entries = [...this.#entries.values()]
    if (this.#closed || entries.length === 0) return
    const dueMs = earliest(entries.map(({ agenda }) => agenda.dueMs))
    const untilMs = dueMs === null ? LOOK_MS : dueMs - this.#surroundings.clock.wallMs()
    this.#timer = setTimeout(() => this.look(), Math.min(LOOK_MS, Math.max(0, untilMs)))
  }
}

/** What a saved time belongs to: it means nothing under another schedule. */
function keyOf({ expression, timezone }: Schedule): string {
  return `${expression} ${timezone ?? ''}`
}
