import { expect, test } from 'vitest'
import { type ExaminedLink, linkFaults } from '../../../daemons/dhcp/advertise/link-faults.ts'
import type { DhcpSubnet6 } from '../../../daemons/dhcp/section.ts'
import { advertise, link, subnet6 } from './link.ts'

const WELL: ExaminedLink = { link: link('eth1', 'fd00:50::1'), state: 'running', forwards: false }
const PLAIN = subnet6('fd00:50::/64')
const ROUTER = subnet6('fd00:50::/64', { advertise: { ...advertise, routerLifetimeSeconds: 1800 } })

test.each<[string, Partial<ExaminedLink>, DhcpSubnet6, readonly RegExp[]]>([
  ['all is well', {}, PLAIN, []],
  ['it forwards', { forwards: true }, ROUTER, []],
  ['it does not forward', {}, ROUTER, [/^hosts on eth1 send through this machine, which forwards no IPv6/]],
  ['it is unplugged', { state: 'unplugged', link: link('eth1') }, PLAIN, []],
  ['it has no address there', { link: link('eth1') }, PLAIN, [/^no interface has an address in fd00:50::\/64/]],
  [
    'IPv6 is off there',
    { link: { ...link('eth1'), linkLocal: null } },
    PLAIN,
    [/^eth1 has no link-local IPv6 address: see net\.ipv6\.conf\.eth1\.disable_ipv6/],
  ],
  [
    'a subnet is advertised by another router',
    { link: link('eth1') },
    subnet6('fd00:50::/64', { advertise: null }),
    [],
  ],
  ['a subnet is elsewhere', {}, subnet6('fd00:51::/64', { interface: 'eth2' }), []],
])('the faults of a link are told when %s', (_title, parts, subnet, want) => {
  const faults = linkFaults([{ ...WELL, ...parts }], [subnet])
  expect(faults).toHaveLength(want.length)
  for (const [at, words] of want.entries()) expect(faults[at]).toMatch(words)
})
