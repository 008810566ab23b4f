import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { detectLeaseFormat, readLeaseFile } from '../../../daemons/dhcp/transfer/read-lease-file.ts'

const NOW_MS = Date.parse('2026-06-01T12:00:00Z')

const ISC = String.raw`# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;
server-duid "\000\001\000\001";

lease 192.0.2.10 {
  starts 1 2026/06/01 10:00:00;
  ends 1 2026/06/01 11:00:00;
  binding state active;
  hardware ethernet 52:54:00:00:00:0a;
}
lease 192.0.2.10 {
  starts 1 2026/06/01 11:00:00;
  ends 1 2026/06/01 23:00:00;
  cltt 1 2026/06/01 11:00:00;
  binding state active;
  next binding state free;
  rewind binding state free;
  hardware ethernet 52:54:0:0:0:A;
  uid "\001RT\000\000\"\\";
  set vendor-class-identifier = "MSFT 5.0";
  client-hostname "desk { } ; \"x\"";
  on expiry { set a = "}"; }
}
lease 192.0.2.11 {
  starts epoch 1780308000; # Mon Jun 01
  ends never;
  binding state active;
  hardware ethernet 52:54:00:00:00:0b;
  uid 01:52:54:00:00:00:0b;
}
lease 192.0.2.12 {
  starts 1 2026/06/01 09:00:00;
  ends 1 2026/06/01 09:30:00;
  binding state free;
  hardware ethernet 52:54:00:00:00:0c;
}
lease 192.0.2.13 { starts 1 2026/06/01 09:00:00; ends 1 2026/06/01 09:30:00; binding state abandoned; }
lease 192.0.2.14 { starts tomorrow; ends never; binding state active; hardware ethernet 52:54:00:00:00:0e; }
lease 192.0.2.15 { starts 1 2026/06/01 09:00:00; ends never; binding state backup; }
host printer { dynamic; hardware ethernet 52:54:00:00:00:50; fixed-address 192.0.2.50; }
ia-na "\000" { cltt 1 2026/06/01 09:00:00; iaaddr 2001:db8::1 { binding state active; } }
`

const DNSMASQ = `1780358400 52:54:00:00:00:0a 192.0.2.10 desk 01:52:54:00:00:00:0a
0 52:54:00:00:00:0b 192.0.2.11 * *
1780358400 06-00:0c:00:00:00:00:00:0c 192.0.2.12 ring ff:00:01
nonsense
duid 00:01:00:01:2a
1780358400 123 2001:db8::17 six 00:01
`

const KEA = `address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
192.0.2.10,52:54:00:00:00:0a,,3600,1780312000,1,0,0,old,0,,0
192.0.2.10,52:54:00:00:00:0a,01:52:54:00:00:00:0a,3600,1780315600,1,0,0,desk&#x2cone.,0,,0
192.0.2.11,52:54:00:00:00:0b,,4294967295,1780315600,1,0,0,,0,,0
192.0.2.12,52:54:00:00:00:0c,,3600,1780315600,1,0,0,,2,,0
192.0.2.13,,,86400,1780315600,1,0,0,,1,,0
192.0.2.14,52:54:00:00:00:0e,,3600,1780315600,1,0,0,gone,0,,0
192.0.2.14,52:54:00:00:00:0e,,0,1780315600,1,0,0,gone,0,,0
192.0.2.15,52:54:00:00:00:0f
`

/** What a test compares: leases as short lines. */
function brief(file: string): { leases: string[]; leftOut: string[] } {
  const parsed = readLeaseFile(file, NOW_MS)
  if (parsed === null) return { leases: [], leftOut: ['unknown form'] }
  const moment = (ms: number | null): string => (ms === null ? 'never' : new Date(ms).toISOString().slice(5, 16))
  return {
    leases: parsed.leases.map(
      ({ address, mac, clientId, hostname, state, startsMs, endsMs }) =>
        `${address} ${mac} ${clientId} ${hostname} ${state} ${moment(startsMs)} ${moment(endsMs)}`,
    ),
    leftOut: parsed.leftOut.map(({ line, what, reason }) => `${line}: ${what}: ${reason}`),
  }
}

describe('readLeaseFile', () => {
  test('reads the hosts of dhcpd, among its leases and in its configuration', () => {
    const hosts = (file: string): string[] =>
      readLeaseFile(file, NOW_MS)?.hosts.map(
        ({ address, mac, clientId, hostname }) => `${address} ${mac} ${clientId} ${hostname}`,
      ) ?? []
    expect(hosts(ISC)).toEqual(['192.0.2.50 52:54:00:00:00:50 null printer'])
    const configuration = String.raw`option domain-name "x";
subnet 192.0.2.0 netmask 255.255.255.0 {
  range 192.0.2.100 192.0.2.199;
  group { next-server 192.0.2.1;
    host one { hardware ethernet 52:54:0:0:0:1; fixed-address 192.0.2.11, 192.0.2.12; option host-name "desk.x"; }
    host two { option dhcp-client-identifier "\001ab"; fixed-address 192.0.2.13; }
  }
}
host three { hardware ethernet 52:54:00:00:00:03; }
host four { hardware ethernet 52:54:00:00:00:04; fixed-address four.x; }
host five { fixed-address 192.0.2.15; }
host six { hardware ethernet 52:54:00:00:00:06; fixed-address 192.0.2.16; }
host six { dynamic; deleted; }`
    expect(hosts(configuration)).toEqual(['192.0.2.11 52:54:00:00:00:01 null desk.x', '192.0.2.13  016162 two'])
    expect(brief(configuration).leftOut).toEqual([
      '9: host three: it has no address of its own',
      '10: host four: its address is the name "four.x"',
      '11: host five: it does not tell whose it is',
    ])
  })

  test('reads the hosts of a configuration of dnsmasq', () => {
    const file = `# dhcp-host=52:54:00:00:00:01,192.0.2.9
host-record=a.example,192.0.2.1
dhcp-host=52:54:00:00:00:01,set:lab,192.0.2.11,desk,12h # a comment
dhcp-host=52:54:00:00:00:02,52:54:00:00:00:03,192.0.2.12
 dhcp-host = id:01:52:54:00:00:00:04 , 192.0.2.13 , infinite
dhcp-host=id:seat,192.0.2.14,[fd00::14],seat-4
dhcp-host=52:54:00:00:00:05,id:*,192.0.2.15
dhcp-host=52:54:00:*:*:*,set:lab
dhcp-host=52:54:00:00:00:06,ignore
dhcp-host=52:54:00:00:00:07,tablet
dhcp-host=printer,192.0.2.16
`
    const parsed = readLeaseFile(file, NOW_MS)
    expect(
      parsed?.hosts.map(({ address, mac, clientId, hostname }) => `${address} ${mac} ${clientId} ${hostname}`),
    ).toEqual([
      '192.0.2.11 52:54:00:00:00:01 null desk',
      '192.0.2.12 52:54:00:00:00:02 null null',
      '192.0.2.13  01525400000004 null',
      '192.0.2.14  73656174 seat-4',
      '192.0.2.15 52:54:00:00:00:05 null null',
    ])
    expect(brief(file).leftOut).toEqual([
      '4: 52:54:00:00:00:03: one of several cards: add it in the configuration',
      '6: [fd00::14]: it does not tell whose it is',
      '8: 52:54:00:*:*:*,set:lab: it is for many hosts: make a class of it',
      '9: 52:54:00:00:00:06,ignore: it is not to be served: put it on a deny list',
      '10: 52:54:00:00:00:07,tablet: it has no address of its own',
      '11: printer,192.0.2.16: it does not tell whose it is',
    ])
  })

  test('tells of a lease in the middle of which the file ends', () => {
    const cut = ISC.slice(0, ISC.indexOf('  uid 01:52'))
    expect(brief(cut).leftOut).toContain('24: lease 192.0.2.11: the file ends before it does')
  })

  test('reads leases of a dnsmasq without a clock, which tells how long they last', () => {
    const file = '43200 52:54:00:00:00:0a 192.0.2.10 * *\n4294967295 52:54:00:00:00:0b 192.0.2.11 * *\n'
    expect(brief(file).leases).toEqual([
      '192.0.2.10 52:54:00:00:00:0a null null bound 06-01T12:00 06-02T00:00',
      '192.0.2.11 52:54:00:00:00:0b null null bound 06-01T12:00 never',
    ])
  })

  test('reads dhcpd.leases: the last entry of an address counts, texts and blocks within do not end it', () => {
    expect(detectLeaseFormat(ISC)).toBe('isc')
    expect(brief(ISC)).toEqual({
      leases: [
        '192.0.2.10 52:54:00:00:00:0a 0152540000225c desk { } ; "x" bound 06-01T11:00 06-01T23:00',
        '192.0.2.11 52:54:00:00:00:0b 0152540000000b null bound 06-01T10:00 never',
        '192.0.2.12 52:54:00:00:00:0c null null released 06-01T09:00 06-01T09:30',
      ],
      leftOut: [
        '37: 192.0.2.13: abandoned there: it is looked at before it is given here',
        '38: lease 192.0.2.14: it cannot be read',
        '39: 192.0.2.15: "backup": it belonged to nobody',
        '41: 2001:db8::1: it does not tell whose it is',
      ],
    })
  })

  test('reads dnsmasq.leases: 0 is for ever, a star is nothing, a type may stand before the address', () => {
    expect(detectLeaseFormat(DNSMASQ)).toBe('dnsmasq')
    expect(brief(DNSMASQ)).toEqual({
      leases: [
        '192.0.2.10 52:54:00:00:00:0a 0152540000000a desk bound 06-01T12:00 06-02T00:00',
        '192.0.2.11 52:54:00:00:00:0b null null bound 06-01T12:00 never',
        '192.0.2.12 00:0c:00:00:00:00:00:0c ff0001 ring bound 06-01T12:00 06-02T00:00',
      ],
      leftOut: [
        '4: nonsense: it cannot be read',
        '6: 1780358400 123 2001:db8::17 six 00:01: it does not tell whose it is',
      ],
    })
  })

  test('reads a memfile of Kea: the last row counts, a lifetime of 0 takes the lease out', () => {
    expect(detectLeaseFormat(KEA)).toBe('kea')
    expect(brief(KEA)).toEqual({
      leases: [
        '192.0.2.10 52:54:00:00:00:0a 0152540000000a desk,one bound 06-01T11:06 06-01T12:06',
        `192.0.2.11 52:54:00:00:00:0b null null bound ${keaStart()} never`,
        '192.0.2.12 52:54:00:00:00:0c null null released 06-01T11:06 06-01T12:06',
      ],
      leftOut: [
        '9: 192.0.2.15,52:54:00:00:00:0f: it cannot be read',
        '6: 192.0.2.13: declined there: it is looked at before it is given here',
      ],
    })
  })

  test.each(['', '\n\n', 'hello', '{}', '<html>', 'lease', '1 2 3'])(
    'knows that %j is of no known form, or has no lease',
    (file) => {
      expect(readLeaseFile(file, NOW_MS)?.leases ?? []).toEqual([])
    },
  )

  test.each([
    ['isc', ISC],
    ['dnsmasq', DNSMASQ],
    ['kea', KEA],
  ])('never throws over a damaged file of %s, and gives only addresses', (_, file) => {
    fc.assert(
      fc.property(fc.nat(file.length), fc.nat(40), fc.string(), (at, cut, put) => {
        const parsed = readLeaseFile(file.slice(0, at) + put + file.slice(at + cut), NOW_MS)
        for (const { address, mac } of parsed?.leases ?? []) expect(`${address} ${mac}`).toMatch(/^[0-9.]+ [0-9a-f:]*$/)
      }),
    )
  })

  test('reads a file whose text does not end in bounded time', () => {
    expect(brief(`lease 192.0.2.10 { uid "${'\\'.repeat(200_001)}`).leases).toEqual([])
  })
})

/** 2026-06-01T12:06:40Z less the longest lifetime that the file can tell. */
function keaStart(): string {
  return new Date((1780315600 - 0xffffffff) * 1000).toISOString().slice(5, 16)
}
