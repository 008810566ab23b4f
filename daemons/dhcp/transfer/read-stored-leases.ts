import { DatabaseSync } from 'node:sqlite'
import { parseIpv4, parsePrefix } from '../../wire/address.ts'
import { readUint32 } from '../../wire/octets.ts'
import { leaseState } from '../leases/lease.ts'
import { type LeaseRow, leaseRow } from '../leases/lease-row.ts'
import { readLeaseRow, selectLeases } from '../leases/sqlite-lease-store.ts'
import { bindingRow } from '../v6/binding-row.ts'
import { readBindingRow } from '../v6/sqlite-binding-store.ts'
import { isIn as isIn6, rangeOf } from '../v6/subnet-plan.ts'

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
    const rows6 = readBindings(database, nowMs, subnets)
    const leases = selectLeases(database).all().map(readLeaseRow)
    const rows = leases
      .filter((lease) => lease !== null)
      .sort((one, other) => one.address - other.address)
      .map((lease) =>
        leaseRow(lease, subnets.find((subnet) => isIn(subnet, lease.address)) ?? null, leaseState(lease, nowMs)),
      )
    return [...rows, ...rows6]
  } finally {
    database.close()
  }
}

/** A file of a version without DHCPv6 has no such table. */
function readBindings(database: DatabaseSync, nowMs: number, subnets: readonly string[]): LeaseRow[] {
  const isThere = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'binding'").get() !== undefined
  if (!isThere) return []
  const ranges = subnets.flatMap((name) => (name.includes(':') ? [{ name, range: rangeOf(name) }] : []))
  return database
    .prepare('SELECT * FROM binding')
    .all()
    .flatMap(readBindingRow)
    .sort((one, other) => (one.address < other.address ? -1 : 1))
    .map((binding) => {
      const subnet = ranges.find(({ range }) => isIn6(range, binding.address))?.name ?? null
      return bindingRow(binding, subnet, leaseState(binding, nowMs))
    })
}

/** Whether an address lies in a network written with its prefix length, or is the address itself. */
export function isIn(network: string, address: number): boolean {
  if (!network.includes('/')) return parseIpv4(network) === address
  const prefix = parsePrefix(network)
  if (prefix === null || prefix.bytes.length !== 4) return false
  const size = 2 ** (32 - prefix.bits)
  return Math.floor(address / size) === Math.floor(readUint32(prefix.bytes, 0) / size)
}
