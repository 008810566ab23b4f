import { parseIpv6 } from '../v6/address.ts'
import {
  type ForeignLease6,
  type LeftOut,
  type ParsedLeaseFile,
  readDuid,
  readHardware,
  readIaid,
  sortOut,
} from './foreign-lease.ts'
import { type KeaRow, readKeaHostname, readKeaRows, readKeaTerms } from './kea-rows.ts'

/** Kea's numbers for kinds of leases. */
const KINDS = ['an address', 'a temporary address', 'a delegated prefix'] as const

/** Reads `kea-leases6.csv`, a memfile of Kea. @returns leases and what was left out; never throws */
export function readKeaLeases6(file: string): ParsedLeaseFile {
  const { newest, unread } = readKeaRows(file, (text) => parseIpv6(text) !== null, readRow)
  const { kept: leases6, refused } = sortOut(newest.values())
  return { format: 'kea', leases: [], leases6, hosts: [], hosts6: [], leftOut: [...unread, ...refused] }
}

function readRow(row: KeaRow): ForeignLease6 | LeftOut {
  const { line, cell } = row
  const address = cell('address')
  const skip = (reason: string): LeftOut => ({ line, what: address, reason })
  const kind = KINDS[Number(cell('lease_type'))]
  if (kind !== 'an address') return skip(kind === undefined ? 'it cannot be read' : `${kind}: none is given here`)
  const terms = readKeaTerms(row)
  if (terms === null) return skip('it cannot be read')
  const { state, startsMs, endsMs } = terms
  if (state === 'declined') return skip('declined there')
  const [duid, iaid] = [readDuid(cell('duid')), readIaid(cell('iaid'))]
  if (duid === null || iaid === null) return skip('it does not tell whose it is')
  const mac = readHardware(cell('hwaddr')) ?? ''
  return { address, mac, duid, iaid, hostname: readKeaHostname(row), state, startsMs, endsMs }
}
