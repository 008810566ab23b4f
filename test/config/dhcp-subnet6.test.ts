import { expect, test } from 'vitest'
import type { DhcpSection } from '../../daemons/dhcp/section.ts'
import { configOf, problemsOf, warningsOf } from './check-text.ts'

const HEAD = '[dhcp]\ninterfaces = ["eth1"]\n[[dhcp.subnet6]]\nsubnet = "fd00:50::/64"\n'

function sectionOf(text: string): DhcpSection {
  const dhcp = configOf(text).daemons.find(({ name }) => name === 'dhcp')
  if (dhcp?.name !== 'dhcp') throw new Error('no [dhcp]')
  return dhcp.section
}

test('an IPv6 subnet is enough for [dhcp], and says SLAAC without a default router when it says nothing', () => {
  const { subnets, subnets6 } = sectionOf(HEAD)
  expect(subnets).toEqual([])
  expect(subnets6).toEqual([
    {
      subnet: 'fd00:50::/64',
      interface: null,
      mode: 'slaac',
      advertise: { everySeconds: 600, routerLifetimeSeconds: 0, routerPreference: 'medium', mtu: null, nat64: null },
      pools: [],
      preferredSeconds: 3600,
      validSeconds: 7200,
      rapidCommit: false,
      dns: [],
      domainSearch: [],
      ntp: [],
      captivePortal: null,
      reservations: [],
    },
  ])
})

test('an IPv6 subnet is read with all of its keys', () => {
  const text = `[ntp]\n${HEAD}interface = "eth1"
mode = "stateful"
advertise_every = "1m"
router_lifetime = "30m"
router_preference = "high"
mtu = 1400
nat64 = "64:FF9B::/96"
pools = ["fd00:50::2000 - fd00:50::2fff", "fd00:50::1000-fd00:50::1fff", "fd00:50:0::7"]
preferred_lifetime = "2h"
valid_lifetime = "1d"
rapid_commit = true
dns = ["self", "2001:DB8::53"]
domain_search = ["lab.example"]
ntp = "self"
captive_portal = "https://portal.example/api"
[[dhcp.subnet6.reservation]]
duid = "00:01:00:01:2A:2a:2a:2a:52:54:00:aa:bb:cc"
mac = ["52:54:00:AA:BB:CC", "52-54-00-aa-bb-cd"]
address = "fd00:50::0:10"
hostname = "printer"
`
  expect(sectionOf(text).subnets6[0]).toEqual({
    subnet: 'fd00:50::/64',
    interface: 'eth1',
    mode: 'stateful',
    advertise: {
      everySeconds: 60,
      routerLifetimeSeconds: 1800,
      routerPreference: 'high',
      mtu: 1400,
      nat64: '64:ff9b::/96',
    },
    pools: [
      { first: 'fd00:50::7', last: 'fd00:50::7' },
      { first: 'fd00:50::1000', last: 'fd00:50::1fff' },
      { first: 'fd00:50::2000', last: 'fd00:50::2fff' },
    ],
    preferredSeconds: 7200,
    validSeconds: 86_400,
    rapidCommit: true,
    dns: ['self', '2001:db8::53'],
    domainSearch: ['lab.example'],
    ntp: ['self'],
    captivePortal: 'https://portal.example/api',
    reservations: [
      {
        duids: ['000100012a2a2a2a525400aabbcc'],
        macs: ['52:54:00:aa:bb:cc', '52:54:00:aa:bb:cd'],
        address: 'fd00:50::10',
        hostname: 'printer',
      },
    ],
  })
})

const OTHER = '[[dhcp.subnet6]]\nsubnet = '
const HOST = 'mode = "stateful"\n[[dhcp.subnet6.reservation]]\n'

test.each<[string, string, string]>([
  ['a prefix without its length', `${OTHER}"fd00:51::"`, 'f.toml:6: dhcp.subnet6[1].subnet: must be a prefix such as'],
  ['host bits', `${OTHER}"fd00:51::1/64"`, 'with all bits behind it zero'],
  ['a link-local subnet', `${OTHER}"fe80::/64"`, 'must be a network of hosts that others can reach'],
  ['a prefix that is too long', `${OTHER}"fd00:51::/127"`, 'must have a prefix length from 32 to 126, not 127'],
  ['a subnet twice', `${OTHER}"fd00:0050::/64"`, 'dhcp.subnet6[1].subnet: must not overlap the subnet fd00:50::/64'],
  ['a subnet in another', `mode = "stateful"\n${OTHER}"fd00:50::/48"`, 'must not overlap'],
  ['another interface', 'interface = "eth2"', 'interface: must be one of interfaces of [dhcp], not "eth2"'],
  ['SLAAC in a /60', `${OTHER}"fd00:51:0:10::/60"`, 'must have a prefix length of 64'],
  ['a rapid commit without DHCPv6', 'rapid_commit = true', 'rapid_commit: is for mode "stateful"'],
  ['pools without DHCPv6', 'pools = ["fd00:50::7"]', 'pools: is for mode "stateful"'],
  ['time servers without DHCPv6', 'ntp = ["fd00::1"]', 'ntp: is told by DHCPv6'],
  ['nothing to do', 'advertise = false', 'advertise: must not be false in mode "slaac"'],
  [
    'an MTU not advertised',
    'mode = "stateless"\nadvertise = false\nmtu = 1500',
    'mtu: is told by router advertisements',
  ],
  ['an IPv4 MTU', 'mtu = 1279', 'mtu: must be a whole number from 1280'],
  [
    'a NAT64 prefix of 80',
    'nat64 = "64:ff9b::/80"',
    'nat64: must have a prefix length of 32, 40, 48, 56, 64, 96, not 80',
  ],
  [
    'a pool outside',
    'mode = "stateful"\npools = ["fd00:51::1"]',
    'pools[0]: must lie within fd00:50::1-fd00:50::ffff:',
  ],
  ['the address of all routers', 'mode = "stateful"\npools = ["fd00:50::-fd00:50::1"]', 'pools[0]: must lie within'],
  [
    'pools that overlap',
    'mode = "stateful"\npools = ["fd00:50::1-fd00:50::9", "fd00:50::9"]',
    'pools[1]: must not overlap',
  ],
  ['a pool upside down', 'mode = "stateful"\npools = ["fd00:50::2-fd00:50::1"]', 'must start with the lower address'],
  ['an IPv4 pool', 'mode = "stateful"\npools = ["10.0.0.1-10.0.0.2"]', 'must be a range such as "fd00:50::1000'],
  ['an IPv4 name server', 'dns = ["10.0.0.1"]', 'dns[0]: must be an IPv6 address'],
  ['a name server on no link', 'dns = ["fe80::1"]', 'dns[0]: must be the address of one host that others can reach'],
  ['another word for it', 'dns = "me"', 'dns: must be "self" or a list of addresses, not "me"'],
  [
    'preferred after valid',
    'valid_lifetime = "30m"\npreferred_lifetime = "1h"',
    'must not be longer than valid_lifetime (1800s)',
  ],
  [
    'a router that is forgotten',
    'router_lifetime = "5m"',
    'router_lifetime: must not be shorter than advertise_every (600s)',
  ],
  [
    'a prefix that is forgotten',
    'preferred_lifetime = "5m"',
    'preferred_lifetime: must not be shorter than advertise_every',
  ],
  ['a router for a day', 'router_lifetime = "1d"', 'router_lifetime: must be from 0s to 9000s'],
  ['a portal without HTTP', 'captive_portal = "portal.example"', 'captive_portal: must be a URI such as'],
  [
    'a portal with a space',
    'captive_portal = "https://portal.example/a b"',
    'captive_portal: must have at most 255 characters',
  ],
  [
    'a reservation outside',
    `${HOST}mac = "52:54:00:aa:bb:cc"\naddress = "fd00:51::1"`,
    'reservation[0].address: must lie within',
  ],
  ['a reservation for nobody', `${HOST}address = "fd00:50::1"`, 'reservation[0]: must have one of duid, mac'],
  [
    'a reservation without DHCPv6',
    '[[dhcp.subnet6.reservation]]\nduid = "00"\naddress = "fd00:50::1"',
    'reservation: is for mode',
  ],
])('%s of an IPv6 subnet is told', (_, keys, problem) => {
  expect(problemsOf(HEAD + keys).join('\n')).toContain(problem)
})

test('two IPv6 reservations have neither the same address nor the same client', () => {
  const one = '[[dhcp.subnet6.reservation]]\nduid = "00:03"\naddress = "fd00:50::5"\n'
  expect(problemsOf(`${HEAD}mode = "stateful"\n${one}${one}`)).toEqual([
    'f.toml:10: dhcp.subnet6[0].reservation[1].duid: has an address already by reservation[0]',
    'f.toml:11: dhcp.subnet6[0].reservation[1].address: is reserved already by reservation[0]',
  ])
})

test('an IPv6 subnet needs an attached link, or a socket for relay agents and nothing to advertise', () => {
  const listening = (at: string) => HEAD.replace('interfaces = ["eth1"]', `listen = ["${at}"]`)
  expect(problemsOf(listening('udp://127.0.0.1:67')).join()).toContain('dhcp.subnet6[0]: needs a link')
  const relayed = `${listening('udp://[::1]:547')}mode = "stateful"\n`
  expect(problemsOf(relayed).join()).toContain('dhcp.subnet6[0].advertise: must be false')
  expect(problemsOf(`${relayed}advertise = false\n`)).toEqual([])
})

test('a socket at an IPv6 address needs a subnet for its relay agents, and is none for all addresses', () => {
  const text = (at: string) =>
    HEAD.replace('interfaces = ["eth1"]', `interfaces = ["eth1"]\nlisten = ["udp://[${at}]:1547"]`)
  expect(problemsOf(text('fd00::1')).join()).toContain('dhcp.listen[0]: must be an IPv4 address')
  expect(problemsOf(`${text('fd00::1')}mode = "stateless"`)).toEqual([])
  expect(problemsOf(`${text('::')}mode = "stateless"`).join()).toContain(
    'dhcp.listen[0]: must be the address that relays write to',
  )
})

test.each<[string, string, string]>([
  ['without addresses to give', 'mode = "stateful"', 'dhcp.subnet6[0]: has neither pools nor reservations'],
  ['with our time that is not served', 'mode = "stateless"\nntp = "self"', 'dhcp.subnet6[0].ntp: is left out'],
])('an IPv6 subnet %s is warned of', (_, keys, warning) => {
  expect(warningsOf(HEAD + keys).join('\n')).toContain(warning)
})
