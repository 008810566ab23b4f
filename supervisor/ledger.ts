import { DatabaseSync } from 'node:sqlite'
import type { ExitReason, ExitReport } from './control-protocol.ts'

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

const KEPT_PER_SERVICE = 200

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS exits (
    id INTEGER PRIMARY KEY, service TEXT NOT NULL, life INTEGER NOT NULL, at TEXT NOT NULL, reason TEXT NOT NULL,
    code INTEGER, signal TEXT, gap_ms REAL, queued INTEGER, dropped INTEGER, last_lines TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS due (service TEXT PRIMARY KEY, schedule TEXT NOT NULL, due_ms INTEGER) STRICT;
  CREATE INDEX IF NOT EXISTS exits_by_service ON exits (service, id);
`

/**
 * The restart ledger: how each life of each service ended and what that cost, the newest 200 per service. It outlives the
 * supervisor. A file that cannot be used makes a named limit, never a supervisor that does not run.
 */
export class Ledger {
  #database: DatabaseSync | null = null
  #limit: string | null = null

  constructor(path: string) {
    try {
      this.#database = new DatabaseSync(path)
      this.#database.exec(SCHEMA)
    } catch (error) {
      this.#database = null
      this.#limit = limitText(error)
    }
  }

  /** Why nothing is kept (any more), in words; null when all is well. */
  get limit(): string | null {
    return this.#limit
  }

  /** Writes down one end; the number is for `complete` and `setLines`, null when nothing could be kept. */
  add(service: string, life: number, exit: ExitReport, lastLines: readonly string[]): number | null {
    return this.#attempt((database) => {
      const { at, reason, code, signal } = exit
      const { lastInsertRowid } = database
        .prepare('INSERT INTO exits (service, life, at, reason, code, signal, last_lines) VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(service, life, at, reason, code, signal, JSON.stringify(lastLines))
      database
        .prepare(
          'DELETE FROM exits WHERE service = ? AND id <= (SELECT id FROM exits WHERE service = ? ORDER BY id DESC LIMIT 1 OFFSET ?)',
        )
        .run(service, service, KEPT_PER_SERVICE)
      return Number(lastInsertRowid)
    })
  }

  /** Adds what the gap cost. */
  complete(id: number, gap: Gap): void {
    this.#attempt((database) =>
      database
        .prepare('UPDATE exits SET gap_ms = ?, queued = ?, dropped = ? WHERE id = ?')
        .run(gap.gapMs, gap.queued, gap.dropped, id),
    )
  }

  /** Replaces the last lines, once the output was read to its end. */
  setLines(id: number, lastLines: readonly string[]): void {
    this.#attempt((database) =>
      database.prepare('UPDATE exits SET last_lines = ? WHERE id = ?').run(JSON.stringify(lastLines), id),
    )
  }

  /** The ends of one service, newest first. */
  exits(service: string, count: number): readonly LedgerEntry[] {
    const rows = this.#attempt((database) =>
      database.prepare('SELECT * FROM exits WHERE service = ? ORDER BY id DESC LIMIT ?').all(service, count),
    )
    return (rows ?? []).map((row) => ({
      at: String(row['at']),
      code: numberOf(row['code']),
      signal: row['signal'] === null ? null : String(row['signal']),
      reason: String(row['reason']) as ExitReason,
      gap_ms: numberOf(row['gap_ms']),
      queued: numberOf(row['queued']),
      dropped: numberOf(row['dropped']),
      life: Number(row['life']),
      last_lines: JSON.parse(String(row['last_lines'])) as string[],
    }))
  }

  /** Keeps when a service is due next, so that runs missed while nobody was here can be told. */
  saveDue(service: string, schedule: string, dueMs: number | null): void {
    this.#attempt((database) =>
      database.prepare('INSERT OR REPLACE INTO due VALUES (?, ?, ?)').run(service, schedule, dueMs),
    )
  }

  /** When a service was due next under this very schedule; null when that is not known. */
  dueOf(service: string, schedule: string): number | null {
    const row = this.#attempt((database) =>
      database.prepare('SELECT due_ms FROM due WHERE service = ? AND schedule = ?').get(service, schedule),
    )
    return numberOf(row?.['due_ms'])
  }

  forgetDue(service: string): void {
    this.#attempt((database) => database.prepare('DELETE FROM due WHERE service = ?').run(service))
  }

  /** Number of the newest life that ended, under whatever supervisor; 0 when none is known. */
  lastLife(service: string): number {
    return this.exits(service, 1)[0]?.life ?? 0
  }

  close(): void {
    this.#attempt((database) => database.close())
    this.#database = null
  }

  /** Runs one piece of work on the file; what goes wrong is remembered, and forgotten when the next one goes well. */
  #attempt<T>(work: (database: DatabaseSync) => T): T | null {
    if (this.#database === null) return null
    try {
      const result = work(this.#database)
      this.#limit = null
      return result
    } catch (error) {
      this.#limit = limitText(error)
      return null
    }
  }
}

function limitText(error: unknown): string {
  return `the restart ledger cannot be used: ${error instanceof Error ? error.message : String(error)}`
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
