import { renameSync } from 'node:fs'
import type { Lease } from './lease.ts'
import type { LeaseStore } from './lease-store.ts'
import { SqliteLeaseStore } from './sqlite-lease-store.ts'

/** Results of SQLite that say the file is damaged or no database at all. */
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

/** An open store with the leases that were in it. */
export interface OpenedLeaseStore {
  readonly store: LeaseStore
  readonly leases: readonly Lease[]
  /** Where a damaged file was put, so that the service could start without it; null when all is well. */
  readonly setAside: string | null
}

/**
 * Opens the lease file and reads it. A file that cannot be read is kept under another name and a new one begun:
 * clients that renew or start again can then be adopted.
 *
 * @param wallMs now: tells files set aside apart, and when a new one was begun
 * @throws Error when the folder cannot be written, or the file is of a newer version
 */
export function openLeaseStore(path: string, wallMs: number): OpenedLeaseStore {
  try {
    return { ...openAndLoad(path, wallMs), setAside: null }
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
  return { ...openAndLoad(path, wallMs), setAside }
}

function openAndLoad(path: string, wallMs: number): { store: LeaseStore; leases: readonly Lease[] } {
  const store = new SqliteLeaseStore(path, wallMs)
  try {
    return { store, leases: store.load() }
  } catch (error) {
    store.close()
    throw error
  }
}

function isDamage(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null ? Reflect.get(error, 'errcode') : undefined
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}
