import { pino } from 'pino'
import { expect, test } from 'vitest'
import { PoolForecast, SAMPLE_MS } from '../../../daemons/dhcp/subnets/pool-forecast.ts'
import { exhaustedPools, fillingPools, PoolWatch, scarcePools } from '../../../daemons/dhcp/subnets/pool-watch.ts'
import type { Binding } from '../../../daemons/dhcp/v6/binding.ts'
import { BindingNames } from '../../../daemons/dhcp/v6/binding-names.ts'
import { poolUsage6 } from '../../../daemons/dhcp/v6/pool-usage.ts'
import { SubnetBindings } from '../../../daemons/dhcp/v6/subnet-bindings.ts'
import { MOST_LEASES, planSubnet6 } from '../../../daemons/dhcp/v6/subnet-plan.ts'
import { DeskScenario6 } from './desk-scenario.ts'
import { attached6 } from './fixture.ts'

test('poolUsage6 counts leases of each pool without the reserved addresses, and exhaustedPools tells of a full subnet', () => {
  const scenario = new DeskScenario6()
  const usage = () => poolUsage6(scenario.desk.book, new PoolForecast())
  for (let client = 1; client <= 8; client++) scenario.lease(client)
  expect(usage().reduce((sum, { used }) => sum + used, 0)).toBe(8)
  expect(exhaustedPools(scenario.desk.book)).toEqual([])
  expect(scarcePools(scenario.desk.book)).toEqual([])
  scenario.lease(9)
  expect(usage().map(({ used }) => used)).toEqual([4, 5, 0])
  expect(usage()[0]).toMatchObject({ pool: 'fd00:50::1000-fd00:50::1004', addresses: 4, free: 0 })
  expect(exhaustedPools(scenario.desk.book)).toEqual(['no address of fd00:50::/64 is free'])
})

test('PoolWatch foretells when a pool of 50 IPv6 addresses is full, and says once that it runs out and that it is full', () => {
  const scenario = new DeskScenario6({
    ...{ pools: [{ first: 'fd00:50::1000', last: 'fd00:50::1031' }], reservations: [] },
    ...{ preferredSeconds: 86_400, validSeconds: 86_400 },
  })
  const lines: string[] = []
  const watch = new PoolWatch(pino({}, { write: (line: string) => lines.push(line) }), poolUsage6)
  const book = () => scenario.desk.book
  for (let client = 1; client <= 50; client++) {
    scenario.lease(client)
    scenario.passSeconds(SAMPLE_MS / 1000)
    watch.look(book(), scenario.time.monotonic)
    if (client === 20) {
      // One lease each five minutes, 30 addresses left.
      expect(watch.usage(book())[0]).toMatchObject({ used: 20, free: 30, hours_until_full: 2.5 })
      expect(fillingPools(watch.usage(book()))).toEqual(['fd00:50::1000-fd00:50::1031 is full in about 3 h'])
    }
    if (client === 45) expect(scarcePools(book())).toEqual(['only 5 of 50 addresses of fd00:50::/64 are free'])
  }
  const said = lines.map((line): Record<string, unknown> => JSON.parse(line))
  expect(said.map(({ free, msg }) => `${free} ${msg}`)).toEqual([
    '42 at the growth of the last hours this pool will soon be full',
    '5 addresses run out',
    '0 no address is free: new clients get none',
  ])
})

test('nothing is foretold of a pool that is never full; its subnet is full when it has as many leases as may be', () => {
  const plan = planSubnet6({ ...attached6, pools: [{ first: 'fd00:50::1', last: 'fd00:50::ffff:ffff:ffff' }] })
  const binding = (at: number): Binding => ({
    ...{ address: plan.first + 0x10000n + BigInt(at), duid: `0002${at}`, iaid: 1, mac: '', hostname: null },
    ...{ state: 'bound', startsMs: 0, endsMs: 1e15, preferredSeconds: 1, relay: 0n, reserved: false },
  })
  const few = new SubnetBindings(plan, [binding(0)], new BindingNames(() => false), 0)
  expect(few.freeCount()).toBe(MOST_LEASES - 1)
  const scenario = new DeskScenario6({ pools: [{ first: 'fd00:50::1', last: 'fd00:50::ffff:ffff:ffff' }] })
  scenario.lease(1)
  expect(poolUsage6(scenario.desk.book, new PoolForecast())[0]).toMatchObject({
    text: 'fd00:50::1-fd00:50::ffff:ffff:ffff: 1 of about 2^48 used',
    hours_until_full: null,
  })
  const all = Array.from({ length: MOST_LEASES }, (_, at) => binding(at))
  const full = new SubnetBindings(plan, all, new BindingNames(() => false), 0)
  expect(full.hasRoomFor('000277', 0)).toBe(false)
  expect(exhaustedPools({ subnets: [full] })).toEqual(['no address of fd00:50::/64 is free'])
})
