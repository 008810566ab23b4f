import { expect, test } from 'vitest'
import type { LeaseRow } from '../../../daemons/dhcp/leases/lease-row.ts'
import { formatLeases } from '../../../daemons/dhcp/transfer/format-leases.ts'
import { readLeaseFile } from '../../../daemons/dhcp/transfer/read-lease-file.ts'

const NOW_MS = Date.parse('2026-06-01T12:00:00Z')

function row(changes: Partial<LeaseRow>): LeaseRow {
  return {
    address: '192.0.2.100',
    mac: '52:54:00:00:00:01',
    client_id: null,
    hostname: null,
    subnet: '192.0.2.0/24',
    state: 'bound',
    starts: '2026-06-01T11:00:00.000Z',
    ends: '2026-06-01T13:00:00.000Z',
    relay: null,
    reserved: false,
    reason: null,
    duid: null,
    iaid: null,
    ...changes,
  }
}

const ROWS = [
  row({ client_id: '01005c22ff0a', hostname: 'desk' }),
  row({ address: '192.0.2.101', mac: '', client_id: 'ff00', ends: '9999-12-31T23:59:59.000Z' }),
  row({ address: '192.0.2.102', state: 'released' }),
  row({ address: '192.0.2.103', state: 'offered' }),
]

test.each([
  ['isc', ['192.0.2.100', '192.0.2.101', '192.0.2.102']],
  ['kea', ['192.0.2.100', '192.0.2.101', '192.0.2.102']],
  ['dnsmasq', ['192.0.2.100', '192.0.2.101']],
] as const)('formatLeases writes for %s what readLeaseFile reads back', (format, addresses) => {
  const parsed = readLeaseFile(formatLeases(ROWS, format), NOW_MS)
  expect(parsed?.format).toBe(format)
  expect(parsed?.leases.map(({ address }) => address)).toEqual(addresses)
  const [first, second] = parsed?.leases ?? []
  expect(first).toMatchObject({ mac: '52:54:00:00:00:01', clientId: '01005c22ff0a', hostname: 'desk', state: 'bound' })
  expect(first?.endsMs).toBe(Date.parse('2026-06-01T13:00:00Z'))
  expect(second).toMatchObject({ mac: '', clientId: 'ff00', hostname: null, endsMs: null })
})

test('formatLeases writes CSV cells that a quote or comma does not part', () => {
  const [header, line] = formatLeases([row({ hostname: 'a,"b' })], 'csv').split('\n')
  expect(header).toBe('address,mac,client_id,hostname,subnet,state,starts,ends,relay,reserved,duid,iaid')
  expect(line).toContain(',"a,""b",192.0.2.0/24,bound,')
})

test('formatLeases writes the rows themselves as JSON, without offers', () => {
  expect(JSON.parse(formatLeases(ROWS, 'json'))).toEqual(ROWS.slice(0, 3))
})
