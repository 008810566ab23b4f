import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { SqliteLeaseStore } from '../../../daemons/dhcp/leases/sqlite-lease-store.ts'
import { readStoredLeases } from '../../../daemons/dhcp/transfer/read-stored-leases.ts'
import { bindingNames, listBindings } from '../../../daemons/dhcp/v6/binding-row.ts'
import { duidLl } from './client-message.ts'
import { DeskScenario6 } from './desk-scenario.ts'

/** Leases of three clients: one behind a relay agent, one reserved, one that is over. */
function threeLeases(): { readonly scenario: DeskScenario6; readonly over: string } {
  const scenario = new DeskScenario6()
  const over = scenario.lease(3)
  scenario.passSeconds(2001)
  scenario.lease(1, 7, { fqdn: 'camera' }, { device: null, relays: [{ link: 'fd00:51::1' }] })
  scenario.lease(0x52)
  return { scenario, over }
}

test('listBindings tells of each lease what INTERFACE section 7 has, and whose association it is of', () => {
  const { scenario, over } = threeLeases()
  const { book, clock } = scenario.desk
  const rows = listBindings(book, clock, scenario.desk.nowMs(), false)
  expect(rows).toEqual([
    {
      ...{ address: 'fd00:50::52', mac: '52:54:00:00:00:52', client_id: null, hostname: 'printer' },
      ...{
        subnet: 'fd00:50::/64',
        state: 'bound',
        starts: '2027-01-15T08:33:21.000Z',
        ends: '2027-01-15T09:06:41.000Z',
      },
      ...{ relay: null, reserved: true, reason: null, duid: duidLl(0x52), iaid: 1 },
      preferred_until: '2027-01-15T08:50:01.000Z',
    },
    {
      ...{ address: expect.stringMatching(/^fd00:51::1[0-9a-f]$/), mac: '52:54:00:00:00:01', client_id: null },
      ...{ hostname: 'camera', subnet: 'fd00:51::/64', state: 'bound' },
      ...{ starts: '2027-01-15T08:33:21.000Z', ends: '2027-01-15T09:06:41.000Z', relay: 'fd00:51::1' },
      ...{ reserved: false, reason: null, duid: duidLl(1), iaid: 7, preferred_until: '2027-01-15T08:50:01.000Z' },
    },
  ])
  const all = listBindings(book, clock, scenario.desk.nowMs(), true)
  expect(all.find(({ address }) => address === over)?.state).toBe('expired')
})

test('bindingNames tells the names of leases that run, of all or of some addresses', () => {
  const { scenario } = threeLeases()
  const { book } = scenario.desk
  const nowMs = scenario.desk.nowMs()
  expect(
    bindingNames(book, nowMs, null)
      .map(({ hostname }) => hostname)
      .sort(),
  ).toEqual(['camera', 'printer'])
  const printer = { address: 'fd00:50::52', mac: '52:54:00:00:00:52', hostname: 'printer' }
  expect(bindingNames(book, nowMs, ['fd00:50:0:0::52', 'fd00:50::9', '192.0.2.1', 7])).toEqual([printer])
})

test('readStoredLeases reads IPv6 leases behind those of IPv4, and a file without any', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-rows-'))
  const path = join(folder, 'leases.sqlite')
  const { scenario, over } = threeLeases()
  const store = new SqliteLeaseStore(path, 0)
  store.bindings.commit(scenario.store.load(), [])
  store.close()
  const rows = readStoredLeases(path, scenario.time.wall, ['192.0.2.0/24', 'fd00:50::/64'])
  expect(rows.map(({ address, subnet, state }) => [address, subnet, state])).toEqual([
    ['fd00:50::52', 'fd00:50::/64', 'bound'],
    [over, 'fd00:50::/64', 'expired'],
    [expect.stringMatching(/^fd00:51::/), null, 'bound'],
  ])
  using database = new DatabaseSync(path)
  database.exec('DROP TABLE binding')
  expect(readStoredLeases(path, scenario.time.wall, [])).toEqual([])
  rmSync(folder, { recursive: true })
})
