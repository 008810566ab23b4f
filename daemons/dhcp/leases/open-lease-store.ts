import { renameSync } from 'node:fs'
import type { LeaseStore } from './lease-store.ts'
import { SqliteLeaseStore } from './sqlite-lease-store.ts'

/** Results of SQLite that say the file is damaged or no database at all. */
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

/** An open store with what was made of the leases in it. */
export interface OpenedLeaseStore<Made> {
  readonly store: LeaseStore
  readonly made: Made
  /** Where a damaged file was put, so that the service could start without it; null when all is well. */
  readonly setAside: string | null
}

/**
 * Opens the lease file and has it read. A file that cannot be read is kept under another name and a new one begun:
 * clients that renew or start again can then be adopted.
 *
 * @param wallMs now: tells files set aside apart, and when a new one was begun
 * @param make reads what is in the store; it is done once more when that turns out to be damaged on the way
 * @throws Error when the folder cannot be written, or the file is of a newer version
 */
export function openLeaseStore<Made>(
  path: string,
  wallMs: number,
  make: (store: LeaseStore) => Made,
): OpenedLeaseStore<Made> {
  try {
    return { ...openAndRead(path, wallMs, make), setAside: null }
  } catch (error) {
    if (!isDamage(error)) throw error
  }
  const setAside = `${path}.damaged-${wallMs}`
  renameSync(path, setAside)
  for (const suffix of ['-wal', '-shm']) {
    try {
      renameSync(path + suffix, setAside + suffix)
    } catch {
      // Usually there is none.
    }
  }
  return { ...openAndRead(path, wallMs, make), setAside }
}

function openAndRead<Made>(
  path: string,
  wallMs: number,
  make: (store: LeaseStore) => Made,
): Omit<OpenedLeaseStore<Made>, 'setAside'> {
  const store = new SqliteLeaseStore(path, wallMs)
  try {
    return { store, made: make(store) }
  } catch (error) {
    store.close()
    throw error
  }
}

function isDamage(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null ? Reflect.get(error, 'errcode') : undefined
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}
