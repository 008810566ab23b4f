import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { formatIpv4, parseIpv4 } from '../../wire/address.ts'
import type { BindingStore } from '../v6/binding-store.ts'
import { BINDING_SCHEMA, SqliteBindingStore } from '../v6/sqlite-binding-store.ts'
import type { Lease } from './lease.ts'
import type { LeaseStore } from './lease-store.ts'
import { makeTransaction } from './transaction.ts'

/** Raised when the table changes; an older daemon refuses a newer file. */
const SCHEMA_VERSION = 2

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS lease (
    address TEXT PRIMARY KEY NOT NULL,
    client TEXT NOT NULL,
    mac TEXT NOT NULL,
    client_id TEXT,
    hostname TEXT,
    state TEXT NOT NULL CHECK (state IN ('bound', 'released', 'declined')),
    starts_ms INTEGER NOT NULL,
    ends_ms INTEGER,
    relay TEXT,
    circuit_id TEXT,
    reserved INTEGER NOT NULL,
    remote_id TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS store (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    began_ms INTEGER NOT NULL,
    proved_ms INTEGER NOT NULL
  ) STRICT;
  ${BINDING_SCHEMA}`

/** A file that holds leases and no such row is older than the row. */
const BEGIN = `
  INSERT INTO store (id, began_ms, proved_ms)
  SELECT 1, iif(EXISTS (SELECT 1 FROM lease), 0, :now), :now
  WHERE NOT EXISTS (SELECT 1 FROM store)`

const UPSERT = `
  INSERT INTO lease (address, client, mac, client_id, hostname, state, starts_ms, ends_ms, relay, circuit_id, reserved,
    remote_id)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (address) DO UPDATE SET client = excluded.client, mac = excluded.mac, client_id = excluded.client_id,
    hostname = excluded.hostname, state = excluded.state, starts_ms = excluded.starts_ms, ends_ms = excluded.ends_ms,
    relay = excluded.relay, circuit_id = excluded.circuit_id, reserved = excluded.reserved,
    remote_id = excluded.remote_id`

/** Rows read at once: one by one they cost a third more, and all of them are several times the leases in memory. */
const PORTION = 256

/**
 * Keeps leases in one SQLite file (write-ahead log, synced at each commit), readable by any SQLite tool.
 * `ends_ms` NULL = for ever.
 *
 * @throws Error when the file cannot be opened or is of a newer version
 */
export class SqliteLeaseStore implements LeaseStore {
  readonly #database: DatabaseSync
  readonly #upsert: StatementSync
  readonly #prove: StatementSync
  readonly #inTransaction: (work: () => void) => void
  readonly beganMs: number
  readonly bindings: BindingStore

  /** @param wallMs now: when a new store begins */
  constructor(path: string, wallMs: number) {
    this.#database = new DatabaseSync(path)
    try {
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000')
      const version = Number(this.#database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
      if (version > SCHEMA_VERSION)
        throw new Error(`cannot open lease store: version ${version} is newer than ${SCHEMA_VERSION}`)
      this.#database.exec(SCHEMA)
      if (version === 1) this.#database.exec('ALTER TABLE lease ADD COLUMN remote_id TEXT')
      // Only once: a write waits for the disk, and every restart would wait with it.
      if (version < SCHEMA_VERSION) this.#database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
      this.#database.prepare(BEGIN).run({ now: wallMs })
      this.beganMs = Number(this.#database.prepare('SELECT began_ms FROM store').get()?.['began_ms'])
      this.#upsert = this.#database.prepare(UPSERT)
      this.#inTransaction = makeTransaction(this.#database)
      this.#prove = this.#database.prepare('UPDATE store SET proved_ms = ?')
      this.bindings = new SqliteBindingStore(this.#database)
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  /** Rows that cannot be understood are left out; they stay in the file. */
  *load(): Iterable<Lease> {
    const select = this.#database.prepare(`SELECT * FROM lease WHERE address > ? ORDER BY address LIMIT ${PORTION}`)
    select.setReturnArrays(true)
    let rows = select.all('')
    for (; rows.length > 0; rows = select.all(rows.at(-1)?.[0] ?? '')) {
      for (const row of rows) {
        const lease = readLeaseRow(row)
        if (lease !== null) yield lease
      }
    }
  }

  commit(leases: Iterable<Lease>): void {
    this.#inTransaction(() => {
      for (const lease of leases) this.#write(lease)
    })
  }

  prove(wallMs: number): void {
    this.#prove.run(Math.round(wallMs))
  }

  close(): void {
    this.#database.close()
  }

  #write(lease: Lease): void {
    this.#upsert.run(
      formatIpv4(lease.address),
      lease.client,
      lease.mac,
      lease.clientId,
      lease.hostname,
      lease.state,
      Math.round(lease.startsMs),
      lease.endsMs === Number.POSITIVE_INFINITY ? null : Math.round(lease.endsMs),
      lease.relay === 0 ? null : formatIpv4(lease.relay),
      lease.circuitId,
      lease.reserved ? 1 : 0,
      lease.remoteId,
    )
  }
}

/** Reads the rows of the table, as `readLeaseRow` takes them. */
export function selectLeases(database: DatabaseSync): StatementSync {
  const select = database.prepare('SELECT * FROM lease')
  select.setReturnArrays(true)
  return select
}

/**
 * Makes a lease of a row of the table; null when it cannot be understood.
 *
 * @param row values in the order of the schema; a file of the first version has no `remote_id`
 */
export function readLeaseRow(row: Readonly<Record<number, unknown>>): Lease | null {
  const address = parseIpv4(String(row[0]))
  const state = row[5]
  if (address === null || (state !== 'bound' && state !== 'released' && state !== 'declined')) return null
  return {
    address,
    client: String(row[1]),
    mac: String(row[2]),
    clientId: textOrNull(row[3]),
    hostname: textOrNull(row[4]),
    state,
    startsMs: Number(row[6]),
    endsMs: row[7] === null ? Number.POSITIVE_INFINITY : Number(row[7]),
    relay: row[8] === null ? 0 : (parseIpv4(String(row[8])) ?? 0),
    circuitId: textOrNull(row[9]),
    reserved: row[10] === 1,
    remoteId: textOrNull(row[11]),
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
