import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import type { ExitReport } from '../control/control-protocol.ts'
import { LedgerFile, type LedgerRow, type RunningLife } from './ledger-file.ts'

/** One end of one life, as kept. */
export interface LedgerEntry extends ExitReport {
  readonly life: number
  readonly last_lines: readonly string[]
}

/** What the gap turned out to be, known at the next `ready`. */
export interface Gap {
  readonly gapMs: number
  readonly queued: number | null
  readonly dropped: number | null
}

/** Entries that wait in memory for a file that can be written. */
const MAX_UNSAVED = 200
const RETRY_MS = 2_000
const SQLITE_FULL = 13
const FULL_BYTES = 64 * 1024

/**
 * The restart ledger: how each life of each service ended and what that cost, the newest 200 per service. It outlives the
 * supervisor. A file that cannot be written (full disk, damage, no rights) is a named trouble that ends by itself: the
 * newest entries wait in memory meanwhile, and what had no room there is counted.
 */
export class Ledger {
  readonly #path: string
  readonly #file: LedgerFile
  readonly #log: Pick<Logger, 'info' | 'warn'> | null
  readonly #unsaved = new Map<number, LedgerRow>()
  /** What runs now, while that is not noted; null = it is. */
  #running: readonly RunningLife[] | null = null
  #nextId: number
  #trouble: string | null = null
  #lost = 0
  #retry: NodeJS.Timeout | null = null

  /** @param log hears when the trouble begins and ends; null = nobody does */
  constructor(path: string, log: Pick<Logger, 'info' | 'warn'> | null = null) {
    this.#path = path
    this.#file = new LedgerFile(path)
    this.#log = log
    // Above all that a file may hold which cannot be read now.
    this.#nextId = (this.#attempt(() => this.#file.lastId()) ?? Date.now()) + 1
  }

  /** Why the file does not hold everything, in words; null when it does. */
  get limit(): string | null {
    if (this.#trouble === null) return null
    const lost = this.#lost === 0 ? '' : `, ${this.#lost} are lost`
    return `${this.#trouble}; its newest ${this.#unsaved.size} exits wait in memory${lost}`
  }

  /** Writes down one end. @returns a number for `complete` and `setLines` */
  add(service: string, life: number, exit: ExitReport, lastLines: readonly string[]): number {
    const id = this.#nextId++
    this.#save({ id, service, life, ...exit, last_lines: lastLines })
    return id
  }

  /** Adds what the gap cost. */
  complete(id: number, { gapMs, queued, dropped }: Gap): void {
    this.#change(id, { gap_ms: gapMs, queued, dropped })
  }

  /** Replaces the last lines, once the output was read to its end. */
  setLines(id: number, lastLines: readonly string[]): void {
    this.#change(id, { last_lines: lastLines })
  }

  /** The ends of one service, newest first. */
  exits(service: string, count: number): readonly LedgerEntry[] {
    const unsaved = [...this.#unsaved.values()].filter((row) => row.service === service)
    const saved = this.#attempt(() => this.#file.newest(service, count)) ?? []
    return [...saved.filter(({ id }) => !this.#unsaved.has(id)), ...unsaved]
      .toSorted((left, right) => right.id - left.id)
      .slice(0, count)
      .map(({ id: _id, service: _service, ...entry }) => entry)
  }

  /** Keeps when a service is due next, so that runs missed while nobody was here can be told. */
  saveDue(service: string, schedule: string, dueMs: number | null): void {
    this.#attempt(() => this.#file.writeDue(service, schedule, dueMs))
  }

  /** When a service was due next under this very schedule; null when that is not known. */
  dueOf(service: string, schedule: string): number | null {
    return this.#attempt(() => this.#file.dueOf(service, schedule))
  }

  forgetDue(service: string): void {
    this.#attempt(() => this.#file.forgetDue(service))
  }

  /** Notes what runs now, for who comes after us when we die; what cannot be noted yet is as soon as it can. */
  saveRunning(lives: readonly RunningLife[]): void {
    this.#running = lives.map((life) => ({ ...life, notedMs: Math.floor(life.notedMs) }))
    this.#write()
  }

  /** What ran when that was noted last. */
  running(): readonly RunningLife[] {
    return this.#attempt(() => this.#file.running()) ?? []
  }

  /** Number of the newest life that ended, under whatever supervisor; 0 when none is known. */
  lastLife(service: string): number {
    return this.exits(service, 1)[0]?.life ?? 0
  }

  close(): void {
    this.#attempt(() => this.#file.close())
    if (this.#retry !== null) clearTimeout(this.#retry)
  }

  #change(id: number, change: Partial<LedgerEntry>): void {
    const row = this.#unsaved.get(id) ?? this.#attempt(() => this.#file.find(id))
    if (row !== null) this.#save({ ...row, ...change })
  }

  #save(row: LedgerRow): void {
    this.#unsaved.set(row.id, row)
    this.#write()
    if (this.#unsaved.size <= MAX_UNSAVED) return
    for (const oldest of this.#unsaved.keys()) {
      this.#unsaved.delete(oldest)
      this.#lost += 1
      break
    }
  }

  #write(): void {
    const written = this.#attempt(() => {
      this.#file.write([...this.#unsaved.values()], this.#running)
      return true
    })
    if (written === null) return
    this.#unsaved.clear()
    this.#running = null
    if (this.#trouble !== null) this.#log?.info({ lost: this.#lost }, 'the restart ledger can be written again')
    this.#trouble = null
    this.#lost = 0
  }

  /** Runs one piece of work on the file; what goes wrong is remembered until everything is written. */
  #attempt<T>(work: () => T): T | null {
    try {
      return work()
    } catch (error) {
      const trouble = troubleText(error, this.#path)
      if (trouble !== this.#trouble) this.#log?.warn(trouble)
      this.#trouble = trouble
      this.#retry ??= setTimeout(() => {
        this.#retry = null
        this.#write()
      }, RETRY_MS).unref()
      return null
    }
  }
}

function troubleText(error: unknown, path: string): string {
  const code = typeof error === 'object' && error !== null && 'errcode' in error ? error.errcode : null
  if (code === SQLITE_FULL || isDiskFull(path)) return 'cannot write the restart ledger: the disk is full'
  return `cannot write the restart ledger: ${error instanceof Error ? error.message : String(error)}`
}

/** SQLite tells a full disk by many names. */
function isDiskFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize < FULL_BYTES
  } catch {
    return false
  }
}
