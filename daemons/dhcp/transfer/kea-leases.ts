import { parseIpv4 } from '../../wire/address.ts'
import {
  type ForeignLease,
  type LeftOut,
  type ParsedLeaseFile,
  readHardware,
  readIdentifier,
  sortOut,
} from './foreign-lease.ts'
import { type KeaRow, readKeaHostname, readKeaRows, readKeaTerms } from './kea-rows.ts'

/** Reads `kea-leases4.csv`, a memfile of Kea. @returns leases and what was left out; never throws */
export function readKeaLeases(file: string): ParsedLeaseFile {
  const { newest, unread } = readKeaRows(file, (text) => parseIpv4(text) !== null, readRow)
  const { kept: leases, refused } = sortOut(newest.values())
  return { format: 'kea', leases, leases6: [], hosts: [], hosts6: [], leftOut: [...unread, ...refused] }
}

function readRow(row: KeaRow): ForeignLease | LeftOut {
  const { line, cell } = row
  const address = cell('address')
  const skip = (reason: string): LeftOut => ({ line, what: address, reason })
  const terms = readKeaTerms(row)
  if (terms === null) return skip('it cannot be read')
  const { state, startsMs, endsMs } = terms
  if (state === 'declined') return skip('declined there: it is looked at before it is given here')
  const mac = readHardware(cell('hwaddr')) ?? ''
  const clientId = cell('client_id') === '' ? null : readIdentifier(cell('client_id'))
  if (mac === '' && clientId === null) return skip('it does not tell whose it is')
  return { address, mac, clientId, hostname: readKeaHostname(row), state, startsMs, endsMs }
}
