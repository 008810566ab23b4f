import { expect, test } from 'vitest'
import type { ForeignLease6 } from '../../../daemons/dhcp/transfer/foreign-lease.ts'
import { importBindings } from '../../../daemons/dhcp/v6/import-bindings.ts'
import { address, duidLl } from './client-message.ts'
import { DeskScenario6, SERVER } from './desk-scenario.ts'

const HOUR_MS = 3_600_000
const NOW_MS = 1_800_000_000_000

function foreign(text: string, changes: Partial<ForeignLease6> = {}): ForeignLease6 {
  const whose = { address: text, duid: duidLl(1), iaid: 1, mac: '', hostname: null }
  return { ...whose, state: 'bound', startsMs: NOW_MS - HOUR_MS, endsMs: NOW_MS + HOUR_MS, ...changes }
}

function take(scenario: DeskScenario6, leases: readonly ForeignLease6[], dry = false): unknown {
  const own = { all: scenario.own, byDevice: new Map() }
  return importBindings({ desk: scenario.desk, own, server: Buffer.from(SERVER, 'hex'), devices: [] }, leases, dry)
}

test('importBindings takes over leases so that their clients go on, and stores them', () => {
  const scenario = new DeskScenario6()
  const leases = [
    foreign('fd00:50::1003', { hostname: 'desk' }),
    foreign('fd00:51::12', { duid: '00020a', iaid: 0xffffffff, endsMs: null, mac: '52:54:00:00:00:99' }),
    foreign('fd00:50::1004', { duid: '00020b', state: 'released', endsMs: NOW_MS - HOUR_MS / 2 }),
  ]
  expect(take(scenario, leases, true)).toEqual({ imported: 3, left_out: [] })
  expect(scenario.store.load()).toEqual([])
  expect(take(scenario, leases)).toEqual({ imported: 3, left_out: [] })
  expect(scenario.store.load()).toMatchObject([
    { address: address('fd00:50::1003'), mac: '52:54:00:00:00:01', hostname: 'desk', endsMs: NOW_MS + HOUR_MS },
    { address: address('fd00:51::12'), mac: '52:54:00:00:00:99', endsMs: Number.POSITIVE_INFINITY },
    { address: address('fd00:50::1004'), state: 'released' },
  ])
  expect(take(scenario, leases.slice(0, 2))).toMatchObject({ imported: 0 })
  const renewal = { type: 'RENEW', server: SERVER, duid: duidLl(1) } as const
  expect(scenario.send({ ...renewal, associations: [{ iaid: 1, addresses: ['fd00:50::1003'] }] })).toMatchObject({
    outcome: 'reply',
    reason: 'its lease goes on',
  })
  // The lease of the third is over: its client gets the address again.
  const again = scenario.send({ duid: '00020b', associations: [{ iaid: 1 }] })
  expect(again.associations[0]?.addresses[0]?.address).toBe('fd00:50::1004')
})

test.each([
  ['fd00:99::1', {}, 'it lies in no served subnet that addresses are given in'],
  ['here', {}, 'it lies in no served subnet that addresses are given in'],
  ['fd00:50::1005', {}, 'it is in no pool'],
  ['fd00:50::1', {}, 'it is an address of this machine'],
  ['fd00:50::1001', {}, 'the address is reserved for another'],
  ['fd00:50::1000', {}, 'the address is not free here'],
  ['fd00:50::1003', { duid: duidLl(2) }, 'its client has fd00:50::1000 here'],
  ['fd00:50::1003', { duid: '00' }, 'it does not tell whose it is'],
  ['fd00:50::1000', { duid: duidLl(2), endsMs: NOW_MS + 1000 }, 'the lease that is known here lasts as long'],
  ['fd00:50::1000', { duid: duidLl(2), state: 'released' }, 'the lease that is known here lasts as long'],
] as const)('importBindings leaves out %s of %j, with the reason', (text, changes, reason) => {
  const scenario = new DeskScenario6()
  take(scenario, [foreign('fd00:50::1000', { duid: duidLl(2) })])
  const before = scenario.store.load()
  expect(take(scenario, [foreign(text, changes)])).toEqual({ imported: 0, left_out: [{ what: text, reason }] })
  expect(scenario.store.load()).toEqual(before)
})

test('importBindings takes a reserved address for its host, and one of each association of a client', () => {
  const scenario = new DeskScenario6()
  const leases = [
    foreign('fd00:50::52', { mac: '52:54:00:00:00:52' }),
    ...Array.from({ length: 16 }, (_, at) => foreign(`fd00:51::1${at.toString(16)}`, { duid: '00020c', iaid: at })),
  ]
  expect(take(scenario, leases)).toEqual({ imported: 17, left_out: [] })
  expect(scenario.store.load()[0]).toMatchObject({ reserved: true, hostname: 'printer' })
})

test('importBindings lets no client have more leases than it could get', () => {
  const pools = [{ first: 'fd00:50::1000', last: 'fd00:50::10ff' }]
  const scenario = new DeskScenario6({ pools, reservations: [] })
  const leases = Array.from({ length: 17 }, (_, at) => foreign(`fd00:50::10${at + 10}`, { iaid: at }))
  expect(take(scenario, leases)).toEqual({
    imported: 16,
    left_out: [{ what: 'fd00:50::1026', reason: 'its client, or the subnet, has as many leases as may be' }],
  })
})

test('importBindings changes nothing when it cannot be stored', () => {
  const scenario = new DeskScenario6()
  scenario.store.failure = new Error('disk full')
  expect(() => take(scenario, [foreign('fd00:50::1003')])).toThrow('disk full')
  expect([...scenario.desk.book.bindings()]).toEqual([])
})
