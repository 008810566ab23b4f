import { DatabaseSync } from 'node:sqlite'
import { parseIpv4, parsePrefix } from '../../wire/address.ts'
import { leaseState } from '../lease.ts'
import { type LeaseRow, leaseRow } from '../lease-row.ts'
import { readUint32 } from '../message.ts'
import { readLeaseRow, selectLeases } from '../sqlite-lease-store.ts'

/**
 * Reads the lease file without its daemon, which may run meanwhile: the reader of a write-ahead log sees the last commit
 * and holds nobody up. Nothing is changed. Files that SQLite adds beside it belong to the owner of the lease file.
 *
 * @param subnets as configured: whose lease is whose
 * @returns every lease by address, over or not
 * @throws Error when it is not there or cannot be read
 */
export function readStoredLeases(path: string, nowMs: number, subnets: readonly string[]): LeaseRow[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    database.exec('PRAGMA busy_timeout = 2000')
    const leases = selectLeases(database).all().map(readLeaseRow)
    return leases
      .filter((lease) => lease !== null)
      .sort((one, other) => one.address - other.address)
      .map((lease) =>
        leaseRow(lease, subnets.find((subnet) => isIn(subnet, lease.address)) ?? null, leaseState(lease, nowMs)),
      )
  } finally {
    database.close()
  }
}

/** Whether an address lies in a network written with its prefix length, or is the address itself. */
export function isIn(network: string, address: number): boolean {
  if (!network.includes('/')) return parseIpv4(network) === address
  const prefix = parsePrefix(network)
  if (prefix === null || prefix.bytes.length !== 4) return false
  const size = 2 ** (32 - prefix.bits)
  return Math.floor(address / size) === Math.floor(readUint32(prefix.bytes, 0) / size)
}
