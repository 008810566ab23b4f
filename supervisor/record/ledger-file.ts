import { chmodSync, closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { ExitReason } from '../control/control-protocol.ts'
import type { LedgerEntry } from './ledger.ts'

/** One entry with its place in the file. */
export interface LedgerRow extends LedgerEntry {
  readonly id: number
  readonly service: string
}

/** A process that runs, as noted for the case that its supervisor dies. */
export interface RunningLife {
  readonly service: string
  readonly life: number
  /** Of the supervisor. */
  readonly pid: number
  /** Of the machine's start. */
  readonly bootId: string
  /** Wall time at which this was so. */
  readonly notedMs: number
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
  CREATE TABLE IF NOT EXISTS running (
    service TEXT PRIMARY KEY, life INTEGER NOT NULL, pid INTEGER NOT NULL, boot_id TEXT NOT NULL, noted_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS exits_by_service ON exits (service, id);
`
const INSERT = `
  INSERT OR REPLACE INTO exits (id, service, life, at, reason, code, signal, gap_ms, queued, dropped, last_lines)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
`
const FORGET = `
  DELETE FROM exits
  WHERE service = ? AND id <= (SELECT id FROM exits WHERE service = ? ORDER BY id DESC LIMIT 1 OFFSET ?)
`

/** The file of the restart ledger. Every method throws when the file cannot be used now; the next call tries anew. */
export class LedgerFile {
  readonly #path: string
  #database: DatabaseSync | null = null

  constructor(path: string) {
    this.#path = path
  }

  /**
   * Writes all or nothing; of each service the newest 200 rows stay.
   *
   * @param running replaces what was noted of running processes; null = that stands
   */
  write(rows: readonly LedgerRow[], running: readonly RunningLife[] | null): void {
    const database = this.#open()
    database.exec('BEGIN IMMEDIATE')
    try {
      const insert = database.prepare(INSERT)
      for (const row of rows) {
        const { id, service, life, at, reason, code, signal, gap_ms, queued, dropped, last_lines } = row
        const text = JSON.stringify(last_lines)
        insert.run(id, service, life, at, reason, code, signal, gap_ms, queued, dropped, text)
      }
      const forget = database.prepare(FORGET)
      for (const service of new Set(rows.map(({ service }) => service))) forget.run(service, service, KEPT_PER_SERVICE)
      if (running !== null) note(database, running)
      database.exec('COMMIT')
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }

  running(): readonly RunningLife[] {
    const rows = this.#open().prepare('SELECT * FROM running').all()
    return rows.map((row) => ({
      service: String(row['service']),
      life: Number(row['life']),
      pid: Number(row['pid']),
      bootId: String(row['boot_id']),
      notedMs: Number(row['noted_ms']),
    }))
  }

  /** The newest entries of a service, newest first. */
  newest(service: string, count: number): readonly LedgerRow[] {
    const statement = this.#open().prepare('SELECT * FROM exits WHERE service = ? ORDER BY id DESC LIMIT ?')
    return statement.all(service, count).map(rowOf)
  }

  find(id: number): LedgerRow | null {
    const row = this.#open().prepare('SELECT * FROM exits WHERE id = ?').get(id)
    return row === undefined ? null : rowOf(row)
  }

  /** The greatest number that is taken; 0 when there is none. */
  lastId(): number {
    return Number(this.#open().prepare('SELECT max(id) AS id FROM exits').get()?.['id'] ?? 0)
  }

  /** Writes when a service is due next; replaces what was written of it. */
  writeDue(service: string, schedule: string, dueMs: number | null): void {
    this.#open().prepare('INSERT OR REPLACE INTO due VALUES (?, ?, ?)').run(service, schedule, dueMs)
  }

  dueOf(service: string, schedule: string): number | null {
    const statement = this.#open().prepare('SELECT due_ms FROM due WHERE service = ? AND schedule = ?')
    return numberOf(statement.get(service, schedule)?.['due_ms'])
  }

  forgetDue(service: string): void {
    this.#open().prepare('DELETE FROM due WHERE service = ?').run(service)
  }

  close(): void {
    this.#database?.close()
    this.#database = null
  }

  #open(): DatabaseSync {
    if (this.#database !== null) return this.#database
    makePrivate(this.#path)
    const database = new DatabaseSync(this.#path)
    try {
      database.exec(SCHEMA)
    } catch (error) {
      database.close()
      throw error
    }
    this.#database = database
    return database
  }
}

/** The last words of a daemon are for nobody else's eyes; SQLite makes its other files like this one. */
function makePrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

function rowOf(row: Readonly<Record<string, unknown>>): LedgerRow {
  return {
    id: Number(row['id']),
    service: String(row['service']),
    life: Number(row['life']),
    at: String(row['at']),
    reason: String(row['reason']) as ExitReason,
    code: numberOf(row['code']),
    signal: row['signal'] === null ? null : String(row['signal']),
    gap_ms: numberOf(row['gap_ms']),
    queued: numberOf(row['queued']),
    dropped: numberOf(row['dropped']),
    last_lines: JSON.parse(String(row['last_lines'])) as string[],
  }
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function note(database: DatabaseSync, running: readonly RunningLife[]): void {
  database.exec('DELETE FROM running')
  const insert = database.prepare('INSERT INTO running VALUES (?, ?, ?, ?, ?)')
  for (const { service, life, pid, bootId, notedMs } of running) insert.run(service, life, pid, bootId, notedMs)
}
