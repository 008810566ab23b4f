import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { makeTransaction } from '../leases/transaction.ts'
import { formatIpv6, parseIpv6 } from './address.ts'
import type { Binding } from './binding.ts'
import type { BindingStore } from './binding-store.ts'

/** The table of IPv6 leases. `ends_ms` NULL = for ever. */
export const BINDING_SCHEMA = `
  CREATE TABLE IF NOT EXISTS binding (
    address TEXT PRIMARY KEY NOT NULL,
    duid TEXT NOT NULL,
    iaid INTEGER NOT NULL,
    mac TEXT NOT NULL,
    hostname TEXT,
    state TEXT NOT NULL CHECK (state IN ('bound', 'released', 'declined')),
    starts_ms INTEGER NOT NULL,
    ends_ms INTEGER,
    preferred_s INTEGER NOT NULL,
    relay TEXT,
    reserved INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`

const REPLACE = `
  INSERT OR REPLACE INTO binding
    (address, duid, iaid, mac, hostname, state, starts_ms, ends_ms, preferred_s, relay, reserved)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** Keeps IPv6 leases in a table of the lease file. */
export class SqliteBindingStore implements BindingStore {
  readonly #database: DatabaseSync
  readonly #replace: StatementSync
  readonly #delete: StatementSync
  readonly #prove: StatementSync
  readonly #inTransaction: (work: () => void) => void

  /** @param database has the table, and that of the store; it is closed by whoever opened it */
  constructor(database: DatabaseSync) {
    this.#database = database
    this.#replace = database.prepare(REPLACE)
    this.#delete = database.prepare('DELETE FROM binding WHERE address = ?')
    this.#prove = database.prepare('UPDATE store SET proved_ms = ?')
    this.#inTransaction = makeTransaction(database)
  }

  /** Rows that cannot be understood are left out; they stay in the file. */
  load(): readonly Binding[] {
    const bindings: Binding[] = []
    for (const row of this.#database.prepare('SELECT * FROM binding').iterate()) bindings.push(...readBindingRow(row))
    return bindings
  }

  commit(bindings: readonly Binding[], forgotten: readonly bigint[]): void {
    this.#inTransaction(() => {
      for (const address of forgotten) this.#delete.run(formatIpv6(address))
      for (const binding of bindings) this.#write(binding)
    })
  }

  prove(wallMs: number): void {
    this.#prove.run(Math.round(wallMs))
  }

  #write({
    address,
    duid,
    iaid,
    mac,
    hostname,
    state,
    startsMs,
    endsMs,
    preferredSeconds,
    relay,
    reserved,
  }: Binding): void {
    this.#replace.run(
      formatIpv6(address),
      duid,
      iaid,
      mac,
      hostname,
      state,
      Math.round(startsMs),
      endsMs === Number.POSITIVE_INFINITY ? null : Math.round(endsMs),
      preferredSeconds,
      relay === 0n ? null : formatIpv6(relay),
      reserved ? 1 : 0,
    )
  }
}

/** Makes a lease of a row of the table; none when it cannot be understood. */
export function readBindingRow(row: Record<string, unknown>): Binding[] {
  const address = parseIpv6(String(row['address']))
  const state = row['state']
  if (address === null || (state !== 'bound' && state !== 'released' && state !== 'declined')) return []
  return [
    {
      address,
      duid: String(row['duid']),
      iaid: Number(row['iaid']),
      mac: String(row['mac']),
      hostname: row['hostname'] === null ? null : String(row['hostname']),
      state,
      startsMs: Number(row['starts_ms']),
      endsMs: row['ends_ms'] === null ? Number.POSITIVE_INFINITY : Number(row['ends_ms']),
      preferredSeconds: Number(row['preferred_s']),
      relay: row['relay'] === null ? 0n : (parseIpv6(String(row['relay'])) ?? 0n),
      reserved: row['reserved'] === 1,
    },
  ]
}
