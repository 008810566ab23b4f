import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { PoolForecast, SAMPLE_MS } from '../../../daemons/dhcp/subnets/pool-forecast.ts'
import { poolUsage } from '../../../daemons/dhcp/subnets/pool-usage.ts'
import { fillingPools, PoolWatch } from '../../../daemons/dhcp/subnets/pool-watch.ts'
import { DeskScenario, SERVER } from '../desk-scenario.ts'

/** Notes taken at the usual distance; the last one is now. */
function noted(uses: readonly number[]): PoolForecast {
  const forecast = new PoolForecast()
  for (const [at, used] of uses.entries()) forecast.note('p', used, at * SAMPLE_MS)
  return forecast
}

const count = (number: number, use: (at: number) => number): number[] =>
  Array.from({ length: number }, (_, at) => use(at))

describe('PoolForecast', () => {
  test.each([
    ['a steady growth of 12 an hour', count(13, (at) => at), 120, 10],
    ['a growth with a burst that went away', count(13, (at) => (at === 6 ? 100 : at)), 120, 10],
    ['a growth with one fall', count(13, (at) => (at === 12 ? 0 : at)), 120, 10],
    ['no growth', count(30, () => 50), 120, null],
    ['a fall', count(30, (at) => 50 - at), 120, null],
    ['a class that came at once and stays', count(72, (at) => (at < 60 ? 0 : 40)), 120, null],
    ['too few notes', count(6, (at) => at), 120, null],
    ['a growth so slow that it says nothing', count(72, (at) => Math.floor(at / 36)), 100_000, null],
    ['a full pool', count(13, (at) => at), 0, 0],
  ])('foretells from %s', (_, uses, free, hours) => {
    expect(noted(uses).hoursUntilFull('p', free)).toBe(hours)
  })

  test('takes a note each five minutes, keeps those of six hours, and forgets pools that are gone', () => {
    const forecast = noted(count(100, (at) => (at < 28 ? 1000 - at : at)))
    expect(forecast.hoursUntilFull('p', 12)).toBe(1)
    forecast.note('p', 100_000, 99 * SAMPLE_MS + 1)
    expect(forecast.hoursUntilFull('p', 12)).toBe(1)
    forecast.keepOnly(new Set(['q']))
    expect(forecast.hoursUntilFull('p', 12)).toBeNull()
  })
})

test('PoolWatch tells in the log and in words that a pool will soon be full, once until that is long over', () => {
  const scenario = new DeskScenario({ pools: [{ first: '192.0.2.100', last: '192.0.2.199' }] })
  const lines: string[] = []
  const watch = new PoolWatch(pino({}, { write: (line: string) => lines.push(line) }), poolUsage)
  const mac = (number: number): string => `52:54:00:00:01:${number.toString(16).padStart(2, '0')}`
  const look = (): void => {
    scenario.passSeconds(SAMPLE_MS / 1000)
    // The leases of the test last: their clients renew.
    for (const lease of [...scenario.desk.book.leases()].filter(({ state }) => state === 'bound'))
      scenario.send({ mac: lease.mac, type: 'REQUEST', ciaddr: `192.0.2.${lease.address & 255}` })
    watch.look(scenario.desk.book, scenario.time.monotonic)
  }
  const said = (): number => lines.filter((line) => line.includes('soon be full')).length
  for (let at = 0; at < 12; at++) {
    scenario.lease(mac(at))
    look()
  }
  expect(said()).toBe(1)
  const [usage] = watch.usage(scenario.desk.book)
  expect(usage).toMatchObject({
    subnet: '192.0.2.0/24',
    pool: '192.0.2.100-192.0.2.199',
    addresses: 100,
    used: 12,
    free: 88,
  })
  expect(usage?.hours_until_full).toBeCloseTo(88 / 12, 0)
  expect(usage?.text).toBe('192.0.2.100-192.0.2.199: 12 of 100 used, 88 free, full in about 7 h')
  expect(fillingPools(watch.usage(scenario.desk.book))).toEqual(['192.0.2.100-192.0.2.199 is full in about 7 h'])
  for (let at = 0; at < 30; at++) look()
  expect(watch.usage(scenario.desk.book)[0]?.hours_until_full).toBeNull()
  expect(said()).toBe(1)
  scenario.send({ mac: mac(0), type: 'RELEASE', ciaddr: '192.0.2.100', server: SERVER })
  expect(watch.usage(scenario.desk.book)[0]?.used).toBe(11)
})

test('the usage of pools leaves out what is no one’s to have, and counts each pool alone', () => {
  const scenario = new DeskScenario({
    pools: [
      { first: '192.0.2.0', last: '192.0.2.9' },
      { first: '192.0.2.48', last: '192.0.2.57' },
    ],
  })
  expect(scenario.lease('52:54:00:00:00:99')).toBe('192.0.2.2')
  const usage = new PoolWatch(pino({ level: 'silent' }), poolUsage).usage(scenario.desk.book)
  expect(usage.slice(0, 2)).toMatchObject([
    { pool: '192.0.2.0-192.0.2.9', addresses: 8, used: 1 },
    { pool: '192.0.2.48-192.0.2.57', addresses: 7, used: 0 },
  ])
})
