import { parseIpv4 } from '../../wire/address.ts'
import {
  type ForeignLease,
  type LeftOut,
  type ParsedLeaseFile,
  readHardware,
  readIdentifier,
  sortOut,
} from './foreign-lease.ts'

/** Kea's numbers for what became of a lease. */
const STATES = ['bound', 'declined', 'released', 'released'] as const
const NEVER_S = 0xffffffff

/**
 * Reads a memfile of Kea (`kea-leases4.csv`): columns by the names in its first line, a log in which the last row of an
 * address counts; a valid lifetime of 0 takes a lease out.
 *
 * @returns leases and what was left out; never throws
 */
export function readKeaLeases(file: string): ParsedLeaseFile {
  const [header = '', ...rows] = file.split('\n')
  const columns = header.trim().split(',')
  const newest = new Map<string, ForeignLease | LeftOut>()
  const leftOut: LeftOut[] = []
  for (const [index, text] of rows.entries()) {
    if (text.trim() === '') continue
    const cells = text.trim().split(',')
    const cell = (name: string): string => plainCell(cells[columns.indexOf(name)] ?? '')
    const address = cell('address')
    const line = index + 2
    const isRow = cells.length === columns.length && parseIpv4(address) !== null
    if (!isRow) leftOut.push({ line, what: text.trim().slice(0, 80), reason: 'it cannot be read' })
    else if (cell('valid_lifetime') === '0') newest.delete(address)
    else newest.set(address, readRow(cell, line))
  }
  const { kept: leases, refused } = sortOut(newest.values())
  return { format: 'kea', leases, hosts: [], leftOut: [...leftOut, ...refused] }
}

function readRow(cell: (name: string) => string, line: number): ForeignLease | LeftOut {
  const address = cell('address')
  const skip = (reason: string): LeftOut => ({ line, what: address, reason })
  const [lifetime, expire, state] = [
    Number(cell('valid_lifetime')),
    Number(cell('expire')),
    STATES[Number(cell('state'))],
  ]
  if (state === undefined || !Number.isSafeInteger(lifetime) || !Number.isSafeInteger(expire))
    return skip('it cannot be read')
  if (state === 'declined') return skip('declined there: it is looked at before it is given here')
  const mac = readHardware(cell('hwaddr')) ?? ''
  const clientId = cell('client_id') === '' ? null : readIdentifier(cell('client_id'))
  if (mac === '' && clientId === null) return skip('it does not tell whose it is')
  const hostname = cell('hostname').replace(/\.$/, '')
  return {
    address,
    mac,
    clientId,
    hostname: hostname === '' ? null : hostname,
    state,
    startsMs: (expire - lifetime) * 1000,
    endsMs: lifetime === NEVER_S ? null : expire * 1000,
  }
}

/** Kea writes what would part the columns as `&#x2c`. */
function plainCell(cell: string): string {
  return cell.replaceAll(/&#x([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
