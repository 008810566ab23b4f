import { describe, expect, test } from 'vitest'
import { findContradictions } from '../../../daemons/dhcp/advertise/contradictions.ts'
import { ForeignRouters } from '../../../daemons/dhcp/advertise/foreign-routers.ts'
import { planAdvertisement } from '../../../daemons/dhcp/advertise/plan-advertisement.ts'
import type { RouterAdvertisement } from '../../../daemons/dhcp/advertise/router-advertisement.ts'
import { advertise, advertisement, ip6, link, subnet6 } from './link.ts'

const DAY_MS = 24 * 3600 * 1000
const ours = planAdvertisement(link('eth1', 'fd00:50::1'), [
  subnet6('fd00:50::/64', { advertise: { ...advertise, mtu: 1400 } }),
])
const [prefix = ours.prefixes[0]] = ours.prefixes

function changed(parts: Partial<typeof prefix>): Partial<RouterAdvertisement> {
  if (prefix === undefined) throw new Error('no prefix')
  return { prefixes: [{ ...prefix, ...parts }] }
}

describe('findContradictions', () => {
  test.each<[string, Partial<RouterAdvertisement>, readonly string[]]>([
    ['the same', ours, []],
    ['nothing', {}, []],
    ['that it is a default router', { routerLifetimeSeconds: 1800, preference: 'high' }, []],
    ['another prefix', changed({ prefix: ip6('2001:db8::') }), []],
    ['DHCPv6', { managed: true, other: true }, [/^flag M .* set in place of clear$/, /^flag O/].map(String)],
    ['another MTU', { mtu: 1500 }, ['MTU 1500 in place of 1400']],
    ['another hop limit', { hopLimit: 32 }, ['hop limit 32 in place of 64']],
    ['no hop limit', { hopLimit: 0 }, []],
    ['no addresses', changed({ autonomous: false }), ['hosts do not make themselves addresses in fd00:50::/64']],
    [
      'that our prefix is outdated',
      changed({ preferredSeconds: 0 }),
      ['addresses in fd00:50::/64 are called outdated'],
    ],
    [
      'other lifetimes',
      changed({ validSeconds: 86_400 }),
      ['lifetimes of fd00:50::/64 are 3600 s/86400 s in place of 3600 s/7200 s'],
    ],
  ])('finds in another router that tells %s', (_title, theirs, want) => {
    const found = findContradictions(advertisement(theirs), ours, true)
    expect(found).toHaveLength(want.length)
    for (const [at, words] of want.entries())
      if (words.startsWith('/')) expect(found[at]).toMatch(new RegExp(words.slice(1, -1)))
      else expect(found[at]).toBe(words)
  })

  test('asks of a router that tells for us no more than that hosts come to us', () => {
    const subnet = subnet6('fd00:50::/64', { mode: 'stateful', advertise: null })
    const wanted = planAdvertisement(link('eth1', 'fd00:50::1'), [subnet])
    const right = advertisement({ managed: true, hopLimit: 32, mtu: 1480 })
    expect(findContradictions(right, wanted, false)).toEqual([])
    expect(findContradictions(advertisement({ other: true }), wanted, false)).toHaveLength(1)
    const making = { ...right, ...changed({ autonomous: true, validSeconds: 60 }) }
    expect(findContradictions(making, wanted, false)).toEqual(['hosts make themselves addresses in fd00:50::/64'])
  })
})

describe('ForeignRouters', () => {
  const told = advertisement({ routerLifetimeSeconds: 1800, prefixes: ours.prefixes })
  const sighting = { told, router: 'fe80::2', mac: null, interface: 'eth1', contradictions: [] }

  test('tells of a router once, and again when it contradicts us in another way', () => {
    const routers = new ForeignRouters()
    expect(routers.notice(sighting, 0)).toMatchObject({
      router: 'fe80::2',
      lifetime_s: 1800,
      prefixes: ['fd00:50::/64'],
    })
    expect(routers.notice(sighting, 1000)).toBeNull()
    expect(routers.notice({ ...sighting, contradictions: ['a'] }, 2000)).toMatchObject({
      seen: 3,
      contradictions: ['a'],
    })
    expect(routers.notice({ ...sighting, contradictions: ['a'] }, 3000)).toBeNull()
    expect(routers.list(3000)).toHaveLength(1)
  })

  test('forgets one that was not heard for a day', () => {
    const routers = new ForeignRouters()
    routers.notice(sighting, 0)
    expect(routers.list(DAY_MS - 1)).toHaveLength(1)
    expect(routers.list(DAY_MS)).toEqual([])
  })

  test('keeps no more than 64 of them', () => {
    const routers = new ForeignRouters()
    for (let host = 0; host < 200; host++) routers.notice({ ...sighting, router: `fe80::${host}` }, host)
    expect(routers.list(200)).toHaveLength(64)
    expect(routers.list(200).at(-1)?.router).toBe('fe80::199')
  })
})
