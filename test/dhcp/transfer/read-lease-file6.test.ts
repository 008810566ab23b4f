import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readLeaseFile } from '../../../daemons/dhcp/transfer/read-lease-file.ts'

const NOW_MS = Date.parse('2026-11-26T05:00:00Z')

/** As ISC dhcpd 4.4.3 wrote it for dhclient; the entries from the second of the IA_NA on are made up. */
const ISC = String.raw`# The format of this file is documented in the dhcpd.leases(5) manual page.
# This lease file was written by isc-dhcp-4.4.3-P1

# authoring-byte-order entry is generated, DO NOT DELETE
authoring-byte-order little-endian;

server-duid "\000\001\000\0012\232y\000R\230\357\022A\270";

ia-na "\001\273\252\000\000\003\000\001RT\000\252\273\001" {
  cltt 4 2026/11/26 03:58:43;
  iaaddr fd00:50::2ba8 {
    binding state active;
    preferred-life 1800;
    max-life 3600;
    ends 4 2026/11/26 04:58:43;
  }
}

ia-ta "\001\273\252\000\000\003\000\001RT\000\252\273\001" {
  cltt 4 2026/11/26 04:58:44;
  iaaddr fd00:50::8000:fbbf:4b06:b008 {
    binding state active;
    preferred-life 1800;
    max-life 3600;
    ends 4 2026/11/26 05:58:44;
  }
}

ia-na "\001\273\252\000\000\003\000\001RT\000\252\273\001" {
  cltt 4 2026/11/26 04:58:43;
  iaaddr fd00:50::2ba9 {
    binding state active;
    preferred-life 1800;
    max-life 3600;
    ends 4 2026/11/26 05:58:43;
  }
}
ia-na "\002\000\000\000\000\002{;" {
  cltt epoch 1795669100; # a comment
  iaaddr fd00:50::2001 { binding state expired; preferred-life 0; max-life 0; ends epoch 1795669200; }
  iaaddr fd00:50::2002 { binding state abandoned; ends never; }
  iaaddr fd00:50::2003 { binding state active; ends never; }
  iaaddr fd00:50::2004 { binding state busy; ends never; }
  iaaddr lan { binding state active; ends never; }
}
ia-na "\002\000\000\000x" { iaaddr fd00:50::2005 { binding state active; ends never; } }
ia-pd "\001\000\000\000\000\003\000\001RT\000\252\273\001" { iaprefix fd00:60::/64 { binding state active; } }
`

/** As dnsmasq 2.90 wrote it; the lines from the third on are made up. */
const DNSMASQ = `duid 00:01:00:01:32:9a:78:fb:52:98:ef:12:41:b8
1795672719 11188993 fd00:50::1d37 desk 00:03:00:01:52:54:00:aa:bb:01
0 4294967295 fd00:50::1d38 * 00:03:00:01:52:54:00:aa:bb:02
3600 7 fd00:50::1d39 * 00:03:00:01:52:54:00:aa:bb:03
1795672719 T7 fd00:50::1d3a * 00:03:00:01:52:54:00:aa:bb:03
1795672719 4294967296 fd00:50::1d3b * 00:03:00:01:52:54:00:aa:bb:03
soon 7 fd00:50::1d3c * 00:03:00:01:52:54:00:aa:bb:03
`

/** As Kea 2.2 wrote it for dhclient and perfdhcp, with a release in between; the rows of other kinds and states are made up. */
const KEA = `address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source
fd00:50::3000,00:03:00:01:52:54:00:aa:bb:01,3600,1795672771,1,1800,0,11188993,128,0,0,desk.,52:54:00:aa:bb:01,0,,1,2
fd00:50::3001,00:01:00:01:32:9a:79:33:00:0c:01:02:03:04,3600,1795672771,1,1800,0,1,128,0,0,,00:0c:01:02:03:04,0,,1,2
fd00:50::3000,00:03:00:01:52:54:00:aa:bb:01,0,1795669171,1,0,0,11188993,128,0,0,desk.,52:54:00:aa:bb:01,0,,1,2
fd00:50::3000,00:03:00:01:52:54:00:aa:bb:01,3600,1795672774,1,1800,0,11188993,128,0,0,desk.,52:54:00:aa:bb:01,0,,1,2
fd00:50::3002,00:03:00:01:52:54:00:aa:bb:02,4294967295,1795672774,1,1800,0,2,128,0,0,,,0,,,
fd00:50::3003,00:03:00:01:52:54:00:aa:bb:03,3600,1795669000,1,1800,0,3,128,0,0,,,2,,,
fd00:60::,00:03:00:01:52:54:00:aa:bb:01,3600,1795672774,1,1800,2,1,56,0,0,,,0,,,
fd00:50::3004,00:03:00:01:52:54:00:aa:bb:01,3600,1795672774,1,1800,1,1,128,0,0,,,0,,,
fd00:50::3005,00:00:00,86400,1795672774,1,0,0,0,128,0,0,,,1,,,
fd00:50::3006,00,3600,1795672774,1,0,0,0,128,0,0,,,0,,,
192.0.2.1,00:00:00,3600,1795672774,1,0,0,0,128,0,0,,,0,,,
`

function brief(file: string): { leases: string[]; leftOut: string[] } {
  const parsed = readLeaseFile(file, NOW_MS)
  const moment = (ms: number | null): string => (ms === null ? 'never' : new Date(ms).toISOString().slice(11, 19))
  return {
    leases: (parsed?.leases6 ?? []).map(
      ({ address, duid, iaid, mac, hostname, state, startsMs, endsMs }) =>
        `${address} ${duid} ${iaid} ${mac} ${hostname} ${state} ${moment(startsMs)} ${moment(endsMs)}`,
    ),
    leftOut: (parsed?.leftOut ?? []).map(({ line, what, reason }) => `${line}: ${what}: ${reason}`),
  }
}

test('readLeaseFile reads dhcpd6.leases: the last entry of an association counts with all that is in it', () => {
  expect(brief(ISC)).toEqual({
    leases: [
      'fd00:50::2ba9 00030001525400aabb01 11188993  null bound 04:58:43 05:58:43',
      'fd00:50::2001 00027b3b 2  null released 04:58:20 05:00:00',
      'fd00:50::2003 00027b3b 2  null bound 04:58:20 never',
    ],
    leftOut: [
      `19: ia-ta ${String.fromCharCode(1, 0xbb, 0xaa, 0, 0, 3, 0, 1)}RT\0${String.fromCharCode(0xaa, 0xbb, 1)}: a temporary address: none is given here`,
      `47: ia-pd ${String.fromCharCode(1, 0, 0, 0, 0, 3, 0, 1)}RT\0${String.fromCharCode(0xaa, 0xbb, 1)}: a delegated prefix: none is given here`,
      '41: fd00:50::2002: abandoned there',
      '43: fd00:50::2004: it cannot be read',
      '44: lan: it cannot be read',
      '46: fd00:50::2005: it does not tell whose it is',
    ],
  })
})

test('readLeaseFile reads the IAID of dhcpd6.leases in the byte order of the machine that wrote it', () => {
  expect(brief(ISC.replace('little-endian', 'big-endian')).leases[0]).toContain(` ${0x01bbaa00} `)
})

test('readLeaseFile reads the part of dnsmasq.leases that is of IPv6', () => {
  expect(brief(DNSMASQ)).toEqual({
    leases: [
      'fd00:50::1d37 00030001525400aabb01 11188993  desk bound 05:00:00 05:58:39',
      'fd00:50::1d38 00030001525400aabb02 4294967295  null bound 05:00:00 never',
      'fd00:50::1d39 00030001525400aabb03 7  null bound 05:00:00 06:00:00',
    ],
    leftOut: [
      '5: 1795672719 T7 fd00:50::1d3a * 00:03:00:01:52:54:00:aa:bb:03: a temporary address: none is given here',
      '6: 1795672719 4294967296 fd00:50::1d3b * 00:03:00:01:52:54:00:aa:bb:03: it does not tell whose it is',
      '7: soon 7 fd00:50::1d3c * 00:03:00:01:52:54:00:aa:bb:03: it cannot be read',
    ],
  })
})

test('readLeaseFile reads kea-leases6.csv: the last row counts, a lifetime of 0 takes the lease out', () => {
  expect(brief(KEA)).toEqual({
    leases: [
      'fd00:50::3001 00010001329a7933000c01020304 1 00:0c:01:02:03:04 null bound 04:59:31 05:59:31',
      'fd00:50::3000 00030001525400aabb01 11188993 52:54:00:aa:bb:01 desk bound 04:59:34 05:59:34',
      `fd00:50::3002 00030001525400aabb02 2  null bound ${new Date((1795672774 - 0xffffffff) * 1000).toISOString().slice(11, 19)} never`,
      'fd00:50::3003 00030001525400aabb03 3  null released 03:56:40 04:56:40',
    ],
    leftOut: [
      '12: 192.0.2.1,00:00:00,3600,1795672774,1,0,0,0,128,0,0,,,0,,,: it cannot be read',
      '8: fd00:60::: a delegated prefix: none is given here',
      '9: fd00:50::3004: a temporary address: none is given here',
      '10: fd00:50::3005: declined there',
      '11: fd00:50::3006: it does not tell whose it is',
    ],
  })
})

test.each([
  ['isc', ISC],
  ['dnsmasq', DNSMASQ],
  ['kea', KEA],
])('readLeaseFile never throws over a damaged file of IPv6 of %s, and gives only whole leases', (_, file) => {
  fc.assert(
    fc.property(fc.nat(file.length), fc.nat(40), fc.string(), (at, cut, put) => {
      const parsed = readLeaseFile(file.slice(0, at) + put + file.slice(at + cut), NOW_MS)
      for (const { address, duid, iaid } of parsed?.leases6 ?? [])
        expect(`${address} ${duid} ${iaid}`).toMatch(/^[0-9a-fA-F:.]+ ([0-9a-f]{2}){3,130} [0-9]{1,10}$/)
    }),
  )
})

function hosts6(file: string): { hosts: string[]; leftOut: string[] } {
  const parsed = readLeaseFile(file, NOW_MS)
  return {
    hosts: (parsed?.hosts6 ?? []).map(({ address, mac, duid, hostname }) => `${address} ${mac} ${duid} ${hostname}`),
    leftOut: (parsed?.leftOut ?? []).map(({ line, what, reason }) => `${line}: ${what}: ${reason}`),
  }
}

test('readLeaseFile reads the hosts of a dhcpd6.conf', () => {
  const file = `subnet6 fd00:50::/64 {
  range6 fd00:50::1000 fd00:50::1fff;
  host one { host-identifier option dhcp6.client-id 00:03:00:01:52:54:0:0:0:1; fixed-address6 fd00:50::11; }
  host two { hardware ethernet 52:54:0:0:0:2; fixed-address6 fd00:50::12, fd00:50::13; option host-name "desk"; }
}
host three { fixed-address6 fd00:50::14; }
host four { hardware ethernet 52:54:00:00:00:04; fixed-address6 four.lab; }
host five { host-identifier option dhcp6.client-id 00; fixed-address6 fd00:50::15; }
host six { hardware ethernet 52:54:00:00:00:06; fixed-address 192.0.2.6; }
`
  expect(hosts6(file)).toEqual({
    hosts: ['fd00:50::11  00030001525400000001 one', 'fd00:50::12 52:54:00:00:00:02 null desk'],
    leftOut: [
      '6: host three: it does not tell whose it is',
      '7: host four: its address is the name "four.lab"',
      '8: host five: it does not tell whose it is',
    ],
  })
  expect(readLeaseFile(file, NOW_MS)?.hosts.map(({ address }) => address)).toEqual(['192.0.2.6'])
})

test('readLeaseFile reads the IPv6 addresses of the hosts in a configuration of dnsmasq', () => {
  const file = `dhcp-host=52:54:00:00:00:01,192.0.2.11,[fd00:50::11],desk,12h
dhcp-host=id:00:03:00:01:52:54:00:00:00:02,[fd00:50::12],[fd00:50::13]
dhcp-host=52:54:00:00:00:03,[::3],three
dhcp-host=52:54:00:00:00:04,[fd00:50::40/124]
`
  expect(hosts6(file)).toEqual({
    hosts: [
      'fd00:50::11 52:54:00:00:00:01 null desk',
      'fd00:50::12  00030001525400000002 null',
      'fd00:50::13  00030001525400000002 null',
    ],
    leftOut: ['3: [::3]: it has no network: write it whole', '4: [fd00:50::40/124]: it is not one IPv6 address'],
  })
  expect(readLeaseFile(file, NOW_MS)?.hosts.map(({ address }) => address)).toEqual(['192.0.2.11'])
})
