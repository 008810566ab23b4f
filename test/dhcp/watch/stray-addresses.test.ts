import { expect, test } from 'vitest'
import { StrayAddresses, type StrayPlace } from '../../../daemons/dhcp/watch/stray-addresses.ts'
import { formatIpv4 } from '../../../daemons/wire/address.ts'
import { ip } from '../client-message.ts'
import { DeskScenario, SERVER } from '../desk-scenario.ts'

const CLIENT = '52:54:00:00:00:01'
const OTHER = '52:54:00:00:00:02'
const DAY_MS = 24 * 3600 * 1000

/** A desk and what is seen on its link. */
class Seen {
  readonly scenario = new DeskScenario()
  readonly strays = new StrayAddresses()

  place(): StrayPlace {
    return { book: this.scenario.desk.book, own: this.scenario.site.own, nowMs: this.scenario.desk.nowMs() }
  }

  use(address: string, mac: string): string | null {
    return this.strays.notice(ip(address), mac, 'lan0', this.place(), this.scenario.time.wall)?.what ?? null
  }

  list(): readonly string[] {
    return this.strays
      .list(this.place(), this.scenario.time.wall)
      .map(({ address, mac, what, leased_to: owner }) => `${address} ${mac} ${what} ${owner}`)
  }
}

test('StrayAddresses tells of an address of a pool without a lease, once', () => {
  const seen = new Seen()
  expect(seen.use('192.0.2.105', OTHER)).toBe('no lease')
  expect(seen.use('192.0.2.105', OTHER)).toBeNull()
  expect(seen.list()).toEqual([`192.0.2.105 ${OTHER} no lease null`])
  seen.scenario.passSeconds(DAY_MS / 1000)
  expect(seen.list()).toEqual([])
  expect(seen.use('192.0.2.105', OTHER)).toBe('no lease')
})

test('StrayAddresses tells of a lease used by another, and of our own address', () => {
  const seen = new Seen()
  expect(seen.scenario.lease(CLIENT)).toBe('192.0.2.100')
  expect(seen.use('192.0.2.100', CLIENT)).toBeNull()
  expect(seen.use('192.0.2.100', OTHER)).toBe('leased to another')
  expect(seen.use(SERVER, OTHER)).toBe('our own address')
  expect(seen.list()).toEqual([
    `192.0.2.1 ${OTHER} our own address null`,
    `192.0.2.100 ${OTHER} leased to another ${CLIENT}`,
  ])
})

test('StrayAddresses passes over those offered just now, outside of pools, and of no subnet', () => {
  const seen = new Seen()
  const offered = formatIpv4(seen.scenario.send({ mac: CLIENT }).decision.address)
  for (const address of [offered, '192.0.2.9', '192.0.2.50', '10.0.0.1']) expect(seen.use(address, OTHER)).toBeNull()
})

test('StrayAddresses no longer lists one who got the lease, and lists one whose lease ended', () => {
  const seen = new Seen()
  expect(seen.use('192.0.2.100', CLIENT)).toBe('no lease')
  seen.scenario.lease(CLIENT)
  expect(seen.list()).toEqual([])
  seen.scenario.passSeconds(3601)
  expect(seen.use('192.0.2.100', CLIENT)).toBeNull()
  expect(seen.list()).toEqual([`192.0.2.100 ${CLIENT} no lease null`])
})

test('StrayAddresses keeps 256 of a flood', () => {
  const seen = new Seen()
  for (let number = 0; number < 1000; number++)
    seen.use('192.0.2.105', `02:00:00:00:${(number >> 8).toString(16)}:${(number & 255).toString(16)}`)
  expect(seen.list()).toHaveLength(256)
})
