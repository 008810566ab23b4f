import type { LeaseRow } from '../leases/lease-row.ts'
import { parseHex } from '../message/hex.ts'
import { dnsmasqLine6, ISC6_HEADER, iscAssociation, KEA6_HEADER, keaRow6, type LeaseRow6 } from './format-leases6.ts'
import { quoteIscText } from './isc-tokens.ts'
import { colons, dnsmasqEnd, ISC_STATES, iscEnd, iscMoment, KEA_STATES, keaCell, keaTerms } from './row-text.ts'

export type ExportFormat = 'json' | 'csv' | 'isc' | 'isc6' | 'dnsmasq' | 'kea' | 'kea6'

/**
 * Leases in the form that another server or program reads. Offers are promises to nobody and are left out, and so are those
 * of the protocol that the file is not of.
 */
export function formatLeases(rows: readonly LeaseRow[], format: ExportFormat): string {
  const leases = rows.filter(({ state }) => state !== 'offered')
  const leases4 = leases.filter(({ duid }) => duid === null)
  const leases6 = leases.filter(isRow6)
  switch (format) {
    case 'json':
      return `${JSON.stringify(leases, null, 2)}\n`
    case 'csv':
      return lines([
        CSV_COLUMNS.join(','),
        ...leases.map((row) => CSV_COLUMNS.map((name) => csvCell(row[name])).join(',')),
      ])
    case 'isc':
      return leases4.map(iscLease).join('')
    case 'isc6':
      return ISC6_HEADER + leases6.map(iscAssociation).join('')
    case 'dnsmasq':
      return lines([...leases4.filter(isBound).map(dnsmasqLine), ...leases6.filter(isBound).map(dnsmasqLine6)])
    case 'kea':
      return lines([KEA_HEADER, ...leases4.map(keaRow)])
    case 'kea6':
      return lines([KEA6_HEADER, ...leases6.map(keaRow6)])
  }
}

const CSV_COLUMNS = [
  'address',
  'mac',
  'client_id',
  'hostname',
  'subnet',
  'state',
  'starts',
  'ends',
  'relay',
  'reserved',
  'duid',
  'iaid',
  'preferred_until',
] as const

/** @rfc 4180 section 2: quoted when it holds what parts cells or lines */
function csvCell(value: string | number | boolean | null): string {
  const text = String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function isRow6(row: LeaseRow): row is LeaseRow6 {
  // Without a DUID it is an address that a stranger was found to use.
  return row.duid !== null && row.duid !== '' && row.iaid !== null
}

function isBound({ state }: LeaseRow): boolean {
  return state === 'bound'
}

function iscLease(row: LeaseRow): string {
  const clientId = octets(row.client_id)
  const statements = [
    `starts ${iscMoment(row.starts)}`,
    `ends ${iscEnd(row)}`,
    `binding state ${ISC_STATES[row.state]}`,
    ...(row.mac === '' ? [] : [`hardware ethernet ${row.mac}`]),
    ...(clientId === '' ? [] : [`uid ${quoteIscText(clientId)}`]),
    ...(row.hostname === null ? [] : [`client-hostname ${quoteIscText(row.hostname)}`]),
  ]
  return `lease ${row.address} {\n${statements.map((statement) => `  ${statement};\n`).join('')}}\n`
}

function dnsmasqLine(row: LeaseRow): string {
  return [
    dnsmasqEnd(row),
    row.mac === '' ? '*' : row.mac,
    row.address,
    row.hostname ?? '*',
    colons(row.client_id) || '*',
  ].join(' ')
}

const KEA_HEADER =
  'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id'

/** Kea finds the subnet by its number, which only its own configuration tells: with `lease-checks` = `fix` it mends the 0. */
function keaRow(row: LeaseRow): string {
  const { lifetime, expire } = keaTerms(row)
  const cells = [
    row.address,
    row.mac,
    colons(row.client_id),
    lifetime,
    expire,
    0,
    0,
    0,
    keaCell(row.hostname ?? ''),
    KEA_STATES[row.state],
    '',
    0,
  ]
  return cells.join(',')
}

function octets(hex: string | null): string {
  return Buffer.from(parseHex(hex ?? '') ?? []).toString('latin1')
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('')
}
