import type { LeaseRow } from '../leases/lease-row.ts'
import { parseHex } from '../message/hex.ts'
import { quoteIscText } from './isc-tokens.ts'

export type ExportFormat = 'json' | 'csv' | 'isc' | 'dnsmasq' | 'kea'

/**
 * Leases in the form that another server or program reads. Offers are promises to nobody and are left out, and so are those
 * of IPv6 where the file is of a server of IPv4.
 */
export function formatLeases(rows: readonly LeaseRow[], format: ExportFormat): string {
  const leases = rows.filter(({ state }) => state !== 'offered')
  const leases4 = leases.filter(({ duid }) => duid === null)
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
    case 'dnsmasq':
      return lines(leases4.filter(({ state }) => state === 'bound').map(dnsmasqLine))
    case 'kea':
      return lines([KEA_HEADER, ...leases4.map(keaRow)])
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
] as const

/** @rfc 4180 section 2: quoted when it holds what parts cells or lines */
function csvCell(value: string | number | boolean | null): string {
  const text = String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const ISC_STATES = { bound: 'active', expired: 'expired', released: 'released', declined: 'abandoned', offered: 'free' }

function iscLease(row: LeaseRow): string {
  const clientId = octets(row.client_id)
  const statements = [
    `starts ${iscMoment(row.starts)}`,
    `ends ${isEndless(row) ? 'never' : iscMoment(row.ends)}`,
    `binding state ${ISC_STATES[row.state]}`,
    ...(row.mac === '' ? [] : [`hardware ethernet ${row.mac}`]),
    ...(clientId === '' ? [] : [`uid ${quoteIscText(clientId)}`]),
    ...(row.hostname === null ? [] : [`client-hostname ${quoteIscText(row.hostname)}`]),
  ]
  return `lease ${row.address} {\n${statements.map((statement) => `  ${statement};\n`).join('')}}\n`
}

/** The weekday counts from Sunday; times are UTC. */
function iscMoment(time: string): string {
  return `${new Date(time).getUTCDay()} ${time.slice(0, 10).replaceAll('-', '/')} ${time.slice(11, 19)}`
}

function dnsmasqLine(row: LeaseRow): string {
  const ends = isEndless(row) ? 0 : unixSeconds(row.ends)
  return [ends, row.mac === '' ? '*' : row.mac, row.address, row.hostname ?? '*', colons(row.client_id) || '*'].join(
    ' ',
  )
}

const KEA_HEADER =
  'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id'
const KEA_STATES = { bound: 0, expired: 2, released: 2, declined: 1, offered: 0 }

/** Kea finds the subnet by its number, which only its own configuration tells: 0 has it look by the address. */
function keaRow(row: LeaseRow): string {
  const lifetime = isEndless(row) ? 0xffffffff : Math.max(1, unixSeconds(row.ends) - unixSeconds(row.starts))
  const expire = unixSeconds(row.starts) + lifetime
  const name = (row.hostname ?? '').replaceAll(
    /[,&\r\n]/g,
    (char) => `&#x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  const cells = [
    row.address,
    row.mac,
    colons(row.client_id),
    lifetime,
    expire,
    0,
    0,
    0,
    name,
    KEA_STATES[row.state],
    '',
    0,
  ]
  return cells.join(',')
}

function unixSeconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000)
}

/** The year 9999 stands for a lease without an end. */
function isEndless({ ends }: LeaseRow): boolean {
  return ends.startsWith('9999-')
}

function colons(hex: string | null): string {
  return (hex?.match(/../g) ?? []).join(':')
}

function octets(hex: string | null): string {
  return Buffer.from(parseHex(hex ?? '') ?? []).toString('latin1')
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('')
}
