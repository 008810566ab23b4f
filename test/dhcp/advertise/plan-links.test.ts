import { describe, expect, test } from 'vitest'
import type { AttachedLink } from '../../../daemons/dhcp/advertise/attached-link.ts'
import { prefixText } from '../../../daemons/dhcp/advertise/contradictions.ts'
import { planLinks } from '../../../daemons/dhcp/advertise/plan-links.ts'
import type { ToldPrefix } from '../../../daemons/dhcp/advertise/prefix-ledger.ts'
import type { PrefixInformation, RouterAdvertisement } from '../../../daemons/dhcp/advertise/router-advertisement.ts'
import type { DhcpSubnet6 } from '../../../daemons/dhcp/section.ts'
import { advertise, ip6, link, subnet6 } from './link.ts'

const NOW = 1_700_000_000_000
const PLAIN = subnet6('fd00:50::/64')
const ETH1 = link('eth1', 'fd00:50::1')

/** Links over time, as one daemon after the other sees them. */
class Box {
  records: readonly ToldPrefix[] = []

  see(links: readonly AttachedLink[], subnets: readonly DhcpSubnet6[], wallMs = NOW) {
    const { tellings, records } = planLinks(links, subnets, this.records, wallMs)
    this.records = records
    return (device: string): RouterAdvertisement | null => tellings.get(device)?.told ?? null
  }
}

/** A prefix as a line: its flags, and its lifetimes. */
function words(prefix: PrefixInformation): string {
  const { onLink, autonomous, preferredSeconds, validSeconds } = prefix
  return `${prefixText(prefix)} ${onLink ? 'L' : ''}${autonomous ? 'A' : ''} ${preferredSeconds}/${validSeconds}`
}

function prefixes(told: RouterAdvertisement | null): readonly string[] {
  return (told?.prefixes ?? []).map(words)
}

describe('planLinks', () => {
  test('tells each subnet where an interface has an address in it, or where it is said to be', () => {
    const eth2 = link('eth2', 'fd00:51::1')
    const told = new Box().see([ETH1, eth2], [PLAIN, subnet6('fd00:52::/64', { interface: 'eth2' })])
    expect(prefixes(told('eth1'))).toEqual(['fd00:50::/64 LA 3600/7200'])
    expect(prefixes(told('eth2'))).toEqual(['fd00:52::/64 LA 3600/7200'])
  })

  test('tells nothing where there is nothing to tell, or nobody who could', () => {
    expect(new Box().see([ETH1, link('eth2')], [PLAIN])('eth2')).toBeNull()
    expect(new Box().see([{ ...ETH1, linkLocal: null }], [PLAIN])('eth1')).toBeNull()
  })

  test.each<[DhcpSubnet6['mode'], string, boolean, boolean]>([
    ['slaac', 'fd00:50::/64 LA 3600/7200', false, false],
    ['stateless', 'fd00:50::/64 LA 3600/7200', false, true],
    ['stateful', 'fd00:50::/64 L 3600/7200', true, true],
  ])('mode %s is told as the prefix %s, M %s and O %s', (mode, prefix, managed, other) => {
    const told = new Box().see([ETH1], [subnet6('fd00:50::/64', { mode })])('eth1')
    expect(prefixes(told)).toEqual([prefix])
    expect(told).toMatchObject({ managed, other })
  })

  test('puts together what the subnets of one link say', () => {
    const first = subnet6('fd00:50::/64', {
      interface: 'eth1',
      advertise: { ...advertise, everySeconds: 60, mtu: 1500, routerPreference: 'low' },
      dns: ['self', 'fd00::53'],
      domainSearch: ['a.example', 'b.example'],
    })
    const second = subnet6('fd00:51::/64', {
      interface: 'eth1',
      advertise: {
        ...advertise,
        routerLifetimeSeconds: 1800,
        routerPreference: 'high',
        mtu: 1400,
        nat64: '64:ff9b::/96',
      },
      dns: ['fd00::53', 'self'],
      domainSearch: ['b.example'],
      captivePortal: 'https://portal.example/',
    })
    expect(new Box().see([ETH1], [first, second])('eth1')).toMatchObject({
      routerLifetimeSeconds: 1800,
      preference: 'high',
      mtu: 1400,
      nameServers: [ip6('fd00:50::1'), ip6('fd00::53'), ip6('fe80::1')],
      searchDomains: ['a.example', 'b.example'],
      namesSeconds: 180,
      captivePortal: 'https://portal.example/',
      nat64: [{ prefix: ip6('64:ff9b::'), bits: 96, lifetimeSeconds: 180 }],
    })
  })

  test('names and NAT64 last three times as long as the time between two advertisements, also the longest', () => {
    const rare = subnet6('fd00:50::/64', { advertise: { ...advertise, everySeconds: 1800 } })
    expect(new Box().see([ETH1], [rare])('eth1')?.namesSeconds).toBe(5400)
    const often = subnet6('fd00:51::/64', { interface: 'eth1', advertise: { ...advertise, everySeconds: 900 } })
    expect(new Box().see([ETH1], [rare, often])('eth1')?.namesSeconds).toBe(2700)
  })

  test('who is no default router has no preference (RFC 4191 section 2.2)', () => {
    const subnet = subnet6('fd00:50::/64', { advertise: { ...advertise, routerPreference: 'high' } })
    expect(new Box().see([ETH1], [subnet])('eth1')).toMatchObject({ routerLifetimeSeconds: 0, preference: 'medium' })
  })
})

describe('a prefix that went', () => {
  test('is outdated until its hosts have forgotten it, for two hours at most', () => {
    const box = new Box()
    const long = subnet6('fd00:50::/64', { validSeconds: 86_400 })
    box.see([ETH1], [long])
    const other = subnet6('fd00:51::/64', { interface: 'eth1' })
    expect(prefixes(box.see([ETH1], [other])('eth1'))).toEqual(['fd00:51::/64 LA 3600/7200', 'fd00:50::/64 LA 0/7200'])
    const later = box.see([ETH1], [other], NOW + 7_199_500)
    expect(prefixes(later('eth1'))).toEqual(['fd00:51::/64 LA 3600/7200', 'fd00:50::/64 LA 0/1'])
    expect(prefixes(box.see([ETH1], [other], NOW + 7_200_000)('eth1'))).toEqual(['fd00:51::/64 LA 3600/7200'])
  })

  test('is outdated also when it was the only one, and until its own valid lifetime', () => {
    const box = new Box()
    box.see([ETH1], [subnet6('fd00:50::/64', { preferredSeconds: 600, validSeconds: 900 })])
    expect(prefixes(box.see([ETH1], [])('eth1'))).toEqual(['fd00:50::/64 LA 0/900'])
    expect(box.see([ETH1], [], NOW + 900_000)('eth1')).toBeNull()
    expect(box.records).toEqual([])
  })

  test('is no more outdated when it is back', () => {
    const box = new Box()
    box.see([ETH1], [PLAIN])
    box.see([ETH1], [])
    expect(prefixes(box.see([ETH1], [PLAIN], NOW + 5000)('eth1'))).toEqual(['fd00:50::/64 LA 3600/7200'])
    expect(box.records).toHaveLength(1)
  })

  test('is not outdated while its interface lost its address, or another router tells of it', () => {
    const box = new Box()
    box.see([ETH1], [PLAIN])
    expect(box.see([link('eth1')], [PLAIN])('eth1')).toBeNull()
    expect(box.see([ETH1], [subnet6('fd00:50::/64', { mode: 'stateless', advertise: null })])('eth1')).toBeNull()
  })

  test('is outdated where it was when it moved to another link', () => {
    const box = new Box()
    box.see([ETH1, link('eth2')], [PLAIN])
    const told = box.see([link('eth1'), link('eth2', 'fd00:50::1')], [PLAIN])
    expect(prefixes(told('eth1'))).toEqual(['fd00:50::/64 LA 0/7200'])
    expect(prefixes(told('eth2'))).toEqual(['fd00:50::/64 LA 3600/7200'])
  })

  test('stays on the link when only its hosts get their addresses by DHCPv6 now', () => {
    const box = new Box()
    box.see([ETH1], [PLAIN])
    const told = box.see([ETH1], [subnet6('fd00:50::/64', { mode: 'stateful' })])
    expect(prefixes(told('eth1'))).toEqual(['fd00:50::/64 L 3600/7200', 'fd00:50::/64 A 0/7200'])
  })

  test('is outdated no longer than at first when the clock was set back', () => {
    const box = new Box()
    box.see([ETH1], [PLAIN])
    box.see([ETH1], [])
    expect(prefixes(box.see([ETH1], [], NOW - 86_400_000)('eth1'))).toEqual(['fd00:50::/64 LA 0/7200'])
  })

  test('leaves the records alone when nothing changed, so that nothing is written', () => {
    const box = new Box()
    box.see([ETH1], [PLAIN])
    const before = box.records
    box.see([ETH1], [PLAIN], NOW + 60_000)
    expect(box.records).toBe(before)
  })
})
