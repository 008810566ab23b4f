import type { LeaseRow } from '../leases/lease-row.ts'
import { parseHex } from '../message/hex.ts'
import { quoteIscText } from './isc-tokens.ts'
import {
  colons,
  dnsmasqEnd,
  ISC_STATES,
  iscEnd,
  iscMoment,
  KEA_STATES,
  keaCell,
  keaTerms,
  unixSeconds,
} from './row-text.ts'

/** A lease of DHCPv6. */
export type LeaseRow6 = LeaseRow & { readonly duid: string; readonly iaid: number }

/** What stands before the leases of `dhcpd6.leases`: without it IAIDs are read in the byte order of the machine. */
export const ISC6_HEADER = 'authoring-byte-order little-endian;\n'

/** Writes a lease as an `ia-na` of `dhcpd6.leases`; see `readIscAssociation`. */
export function iscAssociation(row: LeaseRow6): string {
  const iaid = Buffer.alloc(4)
  iaid.writeUInt32LE(row.iaid)
  const name = Buffer.concat([iaid, parseHex(row.duid) ?? Buffer.alloc(0)]).toString('latin1')
  const { lifetime } = keaTerms(row)
  const statements = [
    `binding state ${ISC_STATES[row.state]}`,
    `preferred-life ${preferredSeconds(row)}`,
    `max-life ${lifetime}`,
    `ends ${iscEnd(row)}`,
  ]
  const inner = statements.map((statement) => `    ${statement};\n`).join('')
  return `ia-na ${quoteIscText(name)} {\n  cltt ${iscMoment(row.starts)};\n  iaaddr ${row.address} {\n${inner}  }\n}\n`
}

/** Writes a lease as a line of `dnsmasq.leases`. */
export function dnsmasqLine6(row: LeaseRow6): string {
  return [dnsmasqEnd(row), row.iaid, row.address, row.hostname ?? '*', colons(row.duid)].join(' ')
}

/** The columns of `kea-leases6.csv`: those of Kea 1.8, which later ones take. */
export const KEA6_HEADER =
  'address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source'

const ETHERNET = 1
/** Kea's number for a hardware address from a place that is not told. */
const UNKNOWN_SOURCE = 0
const WHOLE_ADDRESS = 128

/** Writes a lease as a row of `kea-leases6.csv`; the number of its subnet is mended as in `kea-leases4.csv`. */
export function keaRow6(row: LeaseRow6): string {
  const { lifetime, expire } = keaTerms(row)
  const cells = [
    ...[row.address, colons(row.duid), lifetime, expire, 0, preferredSeconds(row), 0, row.iaid, WHOLE_ADDRESS, 0, 0],
    ...[keaCell(row.hostname ?? ''), row.mac, KEA_STATES[row.state], ''],
    ...(row.mac === '' ? ['', ''] : [ETHERNET, UNKNOWN_SOURCE]),
  ]
  return cells.join(',')
}

/** How long the address is preferred from the start of the lease on; of a lease that is over it does not matter. */
function preferredSeconds({ starts, preferred_until: until }: LeaseRow): number {
  return until === null ? 0 : unixSeconds(until) - unixSeconds(starts)
}
