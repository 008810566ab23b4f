import { expect, test } from 'vitest'
import type { DhcpSection } from '../../daemons/dhcp/section.ts'
import { configOf, problemsOf, warningsOf } from './check-text.ts'

const HEAD = '[dhcp]\ninterfaces = ["eth1"]\n'
const SUBNET = '[[dhcp.subnet]]\nsubnet = "10.0.0.0/24"\n'

function sectionOf(text: string): DhcpSection {
  const dhcp = configOf(text).daemons.find(({ name }) => name === 'dhcp')
  if (dhcp?.name !== 'dhcp') throw new Error('no [dhcp]')
  return dhcp.section
}

test('a subnet takes from its shared network and from the section what it does not say', () => {
  const section = sectionOf(`${HEAD}lease_time = "2h"
max_lease_time = "2d"
dns = ["10.9.9.9"]
domain = "lab.example"
bootp = "dynamic"
deny = ["52:54:00"]
options = [{ name = "interface-mtu", value = 1400 }, { name = "mud-url", value = "a" }]
boot_file = "low"
next_server = "10.9.9.9"
[[dhcp.shared_network]]
name = "hall"
subnets = ["10.0.0.0/24"]
lease_time = "3h"
options = [{ name = "mud-url", value = "b" }]
[[dhcp.class]]
name = "lamps"
mac = "00:15:65"
${SUBNET}dns = ["10.0.0.1"]
routers = []
authoritative = false
deny = ["lamps"]
boot_files = { uefi-x64 = "x.efi", ipxe = "m.ipxe" }
[[dhcp.subnet]]
subnet = "10.0.1.0/24"
dns = []
`)
  expect(section.subnets[0]).toMatchObject({
    network: 'hall',
    leaseSeconds: 10_800,
    maxLeaseSeconds: 172_800,
    authoritative: false,
    bootp: 'dynamic',
    routers: [],
    deny: { macs: ['525400'], classes: ['lamps'] },
    options: [
      { code: 3, hex: '' },
      { code: 6, hex: '0a000001' },
      { code: 161, hex: '62' },
      { code: 15, hex: '6c61622e6578616d706c65' },
      { code: 26, hex: '0578' },
    ],
    boots: [
      {
        nextServer: null,
        file: null,
        files: [
          { architecture: 'ipxe', file: 'm.ipxe' },
          { architecture: 7, file: 'x.efi' },
        ],
      },
      { nextServer: '10.9.9.9', file: 'low', files: [] },
    ],
  })
  expect(section.subnets[1]).toMatchObject({ network: null, leaseSeconds: 7200, authoritative: true })
  expect(section.subnets[1]?.options[0]).toEqual({ code: 6, hex: '', always: false })
})

test('pools, classes and reservations keep settings of their own', () => {
  const section = sectionOf(`${HEAD}[[dhcp.class]]
name = "guests"
vendor_class = ["android*", "dhcpcd*"]
random_mac = true
mac = ["00-15-65", "02:aa:*"]
architecture = ["uefi-x64", 31]
circuit_id = ["text:eth0*", "0a:0b"]
lease_time = "10m"
${SUBNET}pools = ["10.0.0.9", { range = "10.0.0.20-10.0.0.30", class = "guests", lease_time = "5m", dns = ["10.0.0.2"] }]
[[dhcp.subnet.reservation]]
mac = ["52:54:00:aa:bb:cc", "52-54-00-AA-BB-CD"]
client_id = "01"
remote_id = "02"
address = "10.0.0.10"
boot_file = "own"
lease_time = "infinite"
`)
  expect(section.classes).toEqual([
    {
      name: 'guests',
      vendorClasses: ['android*', 'dhcpcd*'],
      userClasses: [],
      macs: ['001565', '02aa'],
      randomMac: true,
      architectures: [7, 31],
      circuitIds: ['65746830*', '0a0b'],
      remoteIds: [],
      deny: false,
      settings: { leaseSeconds: 600, minLeaseSeconds: null, maxLeaseSeconds: 600, options: [], boots: [] },
    },
  ])
  expect(section.subnets[0]?.pools).toEqual([
    { first: '10.0.0.9', last: '10.0.0.9' },
    {
      first: '10.0.0.20',
      last: '10.0.0.30',
      classes: ['guests'],
      settings: {
        leaseSeconds: 300,
        minLeaseSeconds: null,
        maxLeaseSeconds: 300,
        options: [{ code: 6, hex: '0a000002', always: false }],
        boots: [],
      },
    },
  ])
  expect(section.subnets[0]?.reservations).toMatchObject([
    {
      macs: ['52:54:00:aa:bb:cc', '52:54:00:aa:bb:cd'],
      clientIds: ['01'],
      circuitIds: [],
      remoteIds: ['02'],
      settings: { leaseSeconds: 0xffffffff, maxLeaseSeconds: 0xffffffff, boots: [{ file: 'own' }] },
    },
  ])
})

test('"self" names this machine only for what it serves', () => {
  const self = 'ntp = "self"\nlog = "self"\n'
  const codes = (text: string): number[] => sectionOf(text).subnets[0]?.options.map(({ code }) => code) ?? []
  expect(codes(`[ntp]\n[syslog]\n${HEAD}${SUBNET}${self}`)).toEqual([42, 7])
  expect(codes(`[ntp]\nenabled = false\n[syslog]\n${HEAD}${SUBNET}${self}`)).toEqual([7])
  expect(codes(`[syslog]\n${HEAD}${self}${SUBNET}`)).toEqual([7])
})

test.each<[string, string, string]>([
  [
    'a class without a name',
    '[[dhcp.class]]\nmac = "00"\n',
    'dhcp.class[0].name: is missing: name by which pools and deny lists refer to it',
  ],
  [
    'a class of nobody',
    '[[dhcp.class]]\nname = "a"\n',
    'dhcp.class[0]: must say who is in it; give one of vendor_class, user_class, mac, random_mac, architecture, circuit_id, remote_id',
  ],
  [
    'a class twice',
    '[[dhcp.class]]\nname = "a"\nmac = "00"\n[[dhcp.class]]\nname = "a"\nmac = "00"\n',
    'dhcp.class[1].name: "a" is given twice',
  ],
  [
    'a list that nobody fits',
    '[[dhcp.class]]\nname = "a"\nmac = []\n',
    'dhcp.class[0].mac: must not be empty: nobody fits an empty list',
  ],
  [
    'an unknown architecture',
    '[[dhcp.class]]\nname = "a"\narchitecture = "x86"\n',
    'dhcp.class[0].architecture: must be a number or one of bios, uefi-ia32',
  ],
  [
    'half a byte',
    '[[dhcp.class]]\nname = "a"\nmac = "0"\n',
    'dhcp.class[0].mac: must be an Ethernet address or its first bytes such as "52:54:00", not "0"',
  ],
  [
    'a pattern of no bytes',
    '[[dhcp.class]]\nname = "a"\ncircuit_id = "eth0"\n',
    'dhcp.class[0].circuit_id: must be bytes in hex such as "0a01", or text such as "text:eth0/1"',
  ],
  [
    'a mistyped key of a class',
    '[[dhcp.class]]\nname = "a"\nmac = "00"\nvendor_clas = "x"\n',
    'dhcp.class[0].vendor_clas: is not a known key; did you mean "vendor_class"?',
  ],
  [
    'a denied class that is none',
    'deny = ["52:54:00", "lamps"]\n',
    'dhcp.deny[1]: "lamps" is not the name of a class; give a [[dhcp.class]] of this name',
  ],
  [
    'a denied address that is none',
    'deny = ["52:54:zz"]\n',
    'dhcp.deny[0]: must be an Ethernet address, its first bytes such as "52:54:00", or the name of a class, not "52:54:zz"',
  ],
  [
    'an option twice at the top',
    'options = [{ code = 26, value = 1 }, { name = "interface-mtu", value = 2 }]\n',
    'dhcp.options[1]: option 26 is given twice',
  ],
  [
    'times at the top',
    'lease_time = "1h"\nmax_lease_time = "30m"\n',
    'dhcp.lease_time: must not be longer than max_lease_time (1800s)',
  ],
  [
    'a shortest lease without end',
    'lease_time = "1h"\nmin_lease_time = "infinite"\nmax_lease_time = "infinite"\n',
    'dhcp.lease_time: must not be shorter than min_lease_time (infinite)',
  ],
  [
    'a shared network of a subnet that is none',
    '[[dhcp.shared_network]]\nname = "a"\nsubnets = ["10.1.0.0/24"]\n',
    'dhcp.shared_network[0].subnets[0]: 10.1.0.0/24 is no [[dhcp.subnet]] of this file',
  ],
  [
    'a subnet in two of them',
    '[[dhcp.shared_network]]\nname = "a"\nsubnets = ["10.0.0.0/24"]\n[[dhcp.shared_network]]\nname = "b"\nsubnets = ["10.0.0.0/24"]\n',
    'dhcp.shared_network[1].subnets[0]: 10.0.0.0/24 belongs to "a" already',
  ],
  ['BOOTP for some', 'bootp = "some"\n', 'dhcp.bootp: must be one of "off", "static", "dynamic", not "some"'],
  ['a boot server by name', 'next_server = "tftp"\n', 'dhcp.next_server: must be "self" or an address, not "tftp"'],
  [
    'a boot server that is no address',
    'next_server = "10.0.0"\n',
    'dhcp.next_server: must be an IPv4 address such as "192.168.50.1", not "10.0.0"',
  ],
  ['a file for an unknown kind', 'boot_files = { uefi = "x" }\n', 'dhcp.boot_files.uefi: is not a known key; '],
])('%s is told with its place', (_title, text, message) => {
  const [problem = '', ...others] = problemsOf(`${HEAD}${text}${SUBNET}`)
  expect(problem.replace(/^f\.toml:\d+: /, '').slice(0, message.length)).toBe(message)
  expect(others).toEqual([])
})

test.each<[string, string, string]>([
  [
    'a pool of an unknown class',
    'pools = [{ range = "10.0.0.9", class = ["a"] }]',
    'pools[0].class: "a" is not the name of a class; give a [[dhcp.class]] of this name',
  ],
  ['a pool without a range', 'pools = [{ class = "a" }]', 'pools[0].range: is missing'],
  [
    'a mistyped key of a pool',
    'pools = [{ range = "10.0.0.9", clas = "a" }]',
    'pools[0].clas: is not a known key; did you mean "class"?',
  ],
  [
    'times of a pool',
    'pools = [{ range = "10.0.0.9", lease_time = "1m", min_lease_time = "2m" }]',
    'pools[0].lease_time: must not be shorter than min_lease_time (120s)',
  ],
  [
    'a reservation with a card of another',
    '[[dhcp.subnet.reservation]]\nmac = ["00:00:5e:00:53:01", "00:00:5e:00:53:02"]\naddress = "10.0.0.1"\n[[dhcp.subnet.reservation]]\nmac = "00:00:5e:00:53:02"\naddress = "10.0.0.2"',
    'reservation[1].mac: has an address already by reservation[0]',
  ],
  [
    'a mistyped key of a reservation',
    '[[dhcp.subnet.reservation]]\nmac = "00:00:5e:00:53:01"\naddress = "10.0.0.1"\nboot_fil = "x"',
    'reservation[0].boot_fil: is not a known key; did you mean "boot_file"?',
  ],
])('%s is told with its place', (_title, text, message) => {
  const [problem = '', ...others] = problemsOf(`${HEAD}${SUBNET}${text}\n`)
  expect(problem.replace(/^f\.toml:\d+: dhcp\.subnet\[0\]\./, '').slice(0, message.length)).toBe(message)
  expect(others).toEqual([])
})

test('routers that nobody heeds are warned of', () => {
  const routes = (value: string): string =>
    `${HEAD}${SUBNET}pools = ["10.0.0.9"]\nrouters = ["10.0.0.1"]\noptions = [{ name = "classless-static-routes", value = [${value}] }]\n`
  expect(warningsOf(routes('"10.0.0.0/8 via 10.0.0.2"'))).toEqual([
    'f.toml:6: dhcp.subnet[0].routers: do not reach clients that take classless-static-routes (RFC 3442): add "default via …" to those',
  ])
  expect(warningsOf(routes('"10.0.0.0/8 via 10.0.0.2", "default via 10.0.0.1"'))).toEqual([])
})

test('boot files without a machine to fetch them from are warned of, URLs are not', () => {
  const files = 'boot_file = "k"\nboot_files = { bios = "http://10.0.0.2/b", uefi-x64 = "e" }\n'
  const message = 'has no next_server beside it or below: clients do not learn where it lies'
  expect(warningsOf(`${HEAD}${files}${SUBNET}pools = ["10.0.0.9"]\n`)).toEqual([
    `f.toml:3: dhcp.boot_file: ${message}`,
    `f.toml:4: dhcp.boot_files.uefi-x64: ${message}`,
  ])
  expect(warningsOf(`${HEAD}next_server = "self"\n${SUBNET}pools = ["10.0.0.9"]\n${files}`)).toEqual([])
})
