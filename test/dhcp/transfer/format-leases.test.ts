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
    preferred_until: null,
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
  expect(header).toBe(
    'address,mac,client_id,hostname,subnet,state,starts,ends,relay,reserved,duid,iaid,preferred_until',
  )
  expect(line).toContain(',"a,""b",192.0.2.0/24,bound,')
})

test('formatLeases writes the rows themselves as JSON, without offers', () => {
  expect(JSON.parse(formatLeases(ROWS, 'json'))).toEqual(ROWS.slice(0, 3))
})

const ROWS6 = [
  row({
    ...{ address: 'fd00::9', subnet: 'fd00::/64', mac: '52:54:00:00:00:01', hostname: 'desk' },
    ...{ duid: '0003000152540000225c', iaid: 0x01020304, preferred_until: '2026-06-01T11:30:00.000Z' },
  }),
  row({ address: 'fd00::a', mac: '', duid: '00020a', iaid: 0xffffffff, ends: '9999-12-31T23:59:59.000Z' }),
  row({ address: 'fd00::b', state: 'released', duid: '00020b', iaid: 1 }),
  row({ address: 'fd00::c', state: 'declined', duid: '00020c', iaid: 1 }),
]

test.each([
  ['isc6', 'isc', ['fd00::9', 'fd00::a', 'fd00::b']],
  ['kea6', 'kea', ['fd00::9', 'fd00::a', 'fd00::b']],
  ['dnsmasq', 'dnsmasq', ['fd00::9', 'fd00::a']],
] as const)(
  'formatLeases writes leases of IPv6 for %s so that readLeaseFile reads them back',
  (format, name, addresses) => {
    const parsed = readLeaseFile(formatLeases([...ROWS, ...ROWS6], format), NOW_MS)
    expect(parsed?.format).toBe(name)
    expect(parsed?.leases6.map(({ address }) => address)).toEqual(addresses)
    expect(parsed?.leases.map(({ address }) => address)).toEqual(
      format === 'dnsmasq' ? ['192.0.2.100', '192.0.2.101'] : [],
    )
    const [first, second] = parsed?.leases6 ?? []
    expect(first).toMatchObject({ duid: '0003000152540000225c', iaid: 0x01020304, state: 'bound' })
    expect(first?.hostname).toBe(format === 'isc6' ? null : 'desk')
    expect(first?.endsMs).toBe(Date.parse('2026-06-01T13:00:00Z'))
    expect(second).toMatchObject({ duid: '00020a', iaid: 0xffffffff, endsMs: null })
  },
)

test('formatLeases tells Kea and dhcpd how long an address is preferred', () => {
  expect(formatLeases(ROWS6, 'kea6').split('\n')[1]).toBe(
    'fd00::9,00:03:00:01:52:54:00:00:22:5c,7200,1780318800,0,1800,0,16909060,128,0,0,desk,52:54:00:00:00:01,0,,1,0',
  )
  expect(formatLeases(ROWS6, 'isc6')).toContain('    preferred-life 1800;\n    max-life 7200;\n')
})
