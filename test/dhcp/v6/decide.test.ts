import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatIpv6 } from '../../../daemons/dhcp/v6/address.ts'
import { OPTION } from '../../../daemons/dhcp/v6/codes.ts'
import { findOption } from '../../../daemons/dhcp/v6/options-codec.ts'
import { duidLl } from './client-message.ts'
import { Clients6, happening6 } from './clients.ts'
import { DeskScenario6, SERVER } from './desk-scenario.ts'
import { attached6, relayed6, reservation6 } from './fixture.ts'

const IA = { iaid: 1 } as const
const HELD = { iaid: 1, addresses: ['fd00:50::1000'] } as const
const POOLS = /^fd00:50::[12]00[0-4]$/

describe('decide6 discards', () => {
  test.each([
    ['a SOLICIT without a DUID', { duid: null }, {}, 'ignored_no_client_id'],
    ['a SOLICIT that names a server', { server: SERVER }, {}, 'ignored_server_id'],
    ['a SOLICIT to one address', {}, { unicast: true }, 'ignored_unicast'],
    ['a REQUEST that names no server', { type: 'REQUEST' }, {}, 'ignored_no_server_id'],
    ['a REQUEST for another server', { type: 'REQUEST', server: duidLl(9) }, {}, 'ignored_other_server'],
    ['a RENEW for another server', { type: 'RENEW', server: duidLl(9) }, {}, 'ignored_other_server'],
    ['a REBIND that names a server', { type: 'REBIND', server: SERVER }, {}, 'ignored_server_id'],
    ['a CONFIRM that names a server', { type: 'CONFIRM', server: SERVER }, {}, 'ignored_server_id'],
    ['a CONFIRM without an address', { type: 'CONFIRM', associations: [IA] }, {}, 'ignored_no_address'],
    ['a RELEASE that names no server', { type: 'RELEASE' }, {}, 'ignored_no_server_id'],
    ['an ADVERTISE', { type: 'ADVERTISE', server: SERVER }, {}, 'ignored_reply'],
    ['a REPLY', { type: 'REPLY', server: SERVER }, {}, 'ignored_reply'],
    ['a RECONFIGURE', { type: 'RECONFIGURE', server: SERVER }, {}, 'ignored_reply'],
    [
      'an INFORMATION-REQUEST for another server',
      { type: 'INFORMATION-REQUEST', server: duidLl(9) },
      {},
      'ignored_other_server',
    ],
    [
      'an INFORMATION-REQUEST that asks for an address',
      { type: 'INFORMATION-REQUEST', associations: [IA] },
      {},
      'ignored_association',
    ],
    ['what comes from a link without DHCPv6', {}, { device: 'wan0' }, 'ignored_no_subnet'],
    ['what comes by no link', {}, { device: null }, 'ignored_no_subnet'],
    [
      'what comes through a relay agent of an unknown link',
      {},
      { relays: [{ link: 'fd00:99::1' }] },
      'ignored_no_subnet',
    ],
    [
      'a REBIND about addresses of the link that another server may give',
      { type: 'REBIND', associations: [{ iaid: 1, addresses: ['fd00:50::9'] }] },
      {},
      'ignored_unknown_binding',
    ],
  ] as const)('%s', (_title, message, from, outcome) => {
    expect(new DeskScenario6().send(message, from)).toMatchObject({ outcome, type: null, decision: { changes: [] } })
  })
})

test.each(['REQUEST', 'RENEW', 'RELEASE', 'DECLINE'] as const)(
  'decide6 tells who sends a %s to one address to send it to all',
  (type) => {
    const seen = new DeskScenario6().send({ type, server: SERVER, associations: [HELD] }, { unicast: true })
    expect(seen).toMatchObject({ outcome: 'use_multicast', type: 'REPLY', status: 'useMulticast', associations: [] })
    expect(seen.decision.changes).toEqual([])
  },
)

describe('a SOLICIT', () => {
  test('is offered an address, with lifetimes, T1 and T2, and nothing is kept', () => {
    const scenario = new DeskScenario6()
    const seen = scenario.send({ associations: [IA] })
    expect(seen).toMatchObject({ outcome: 'advertise', type: 'ADVERTISE', status: null })
    expect(seen.associations).toEqual([
      {
        code: 3,
        iaid: 1,
        t1: 500,
        t2: 800,
        status: null,
        addresses: [{ address: expect.stringMatching(POOLS), preferred: 1000, valid: 2000 }],
      },
    ])
    expect([...scenario.desk.book.bindings()]).toEqual([])
    expect(scenario.send({ associations: [IA] }).associations).toEqual(seen.associations)
  })

  test('gets the address that it asks for, where that is free', () => {
    const asked = { associations: [{ iaid: 1, addresses: ['fd00:99::1', 'fd00:50::2003'] }] }
    expect(new DeskScenario6().send(asked).associations[0]?.addresses[0]?.address).toBe('fd00:50::2003')
  })

  test('gets an address for each association, and is told of the kinds that are not given', () => {
    const { associations } = new DeskScenario6().send({
      associations: [{ iaid: 1 }, { iaid: 2 }, { kind: 'iaTa', iaid: 1 }, { kind: 'iaPd', iaid: 1 }],
    })
    const given = associations.flatMap(({ addresses }) => addresses.map(({ address }) => address))
    expect(new Set(given).size).toBe(2)
    expect(associations.map(({ status }) => status)).toEqual([null, null, 'noAddrsAvail', 'noPrefixAvail'])
  })

  test('is answered by a lease where both sides want that', () => {
    const scenario = new DeskScenario6({ rapidCommit: true })
    const seen = scenario.send({ associations: [IA], rapidCommit: true })
    expect(seen).toMatchObject({ outcome: 'reply', type: 'REPLY' })
    expect(findOption(seen.options, OPTION.rapidCommit)).toEqual(new Uint8Array(0))
    expect([...scenario.store.load()].length).toBe(1)
    expect(scenario.send({ duid: duidLl(2), associations: [IA] }).type).toBe('ADVERTISE')
    expect(new DeskScenario6().send({ associations: [IA], rapidCommit: true }).type).toBe('ADVERTISE')
    const none = scenario.send({ duid: duidLl(3), associations: [{ kind: 'iaPd', iaid: 1 }], rapidCommit: true })
    expect(none).toMatchObject({ outcome: 'no_addresses', type: 'ADVERTISE' })
    expect(findOption(none.options, OPTION.rapidCommit)).toBe(null)
  })

  test('is told that there is none when all are taken, and may come back', () => {
    const scenario = new DeskScenario6()
    for (let client = 1; client <= 9; client++) scenario.lease(client)
    const seen = scenario.send({ duid: duidLl(0x99), associations: [IA] })
    expect(seen).toMatchObject({
      outcome: 'no_addresses',
      type: 'ADVERTISE',
      associations: [{ status: 'noAddrsAvail', addresses: [] }],
    })
    scenario.passSeconds(2001)
    expect(scenario.send({ duid: duidLl(0x99), associations: [IA] }).outcome).toBe('advertise')
  })

  test('gets none where DHCPv6 gives none, and is told to ask rarely', () => {
    const scenario = new DeskScenario6({ mode: 'stateless', pools: [], reservations: [] })
    const seen = scenario.send({ associations: [IA], requested: [OPTION.solMaxRt, OPTION.dnsServers] })
    expect(seen).toMatchObject({
      outcome: 'no_addresses',
      type: 'ADVERTISE',
      associations: [{ status: 'noAddrsAvail' }],
    })
    expect(findOption(seen.options, OPTION.solMaxRt)).toEqual(Uint8Array.of(0, 1, 0x51, 0x80))
    expect(findOption(seen.options, OPTION.dnsServers)?.length).toBe(32)
  })
})

describe('a REQUEST', () => {
  test('gets what was offered, which is stored', () => {
    const scenario = new DeskScenario6()
    const got = scenario.lease(1)
    expect(
      scenario.store.load().map(({ address, duid, iaid, mac, state }) => [formatIpv6(address), duid, iaid, mac, state]),
    ).toEqual([[got, duidLl(1), 1, '52:54:00:00:00:01', 'bound']])
  })

  test('about an address of another link is told so', () => {
    const request = {
      type: 'REQUEST',
      server: SERVER,
      associations: [{ iaid: 1, addresses: ['fd00:99::1'] }, { iaid: 2 }],
    } as const
    const seen = new DeskScenario6().send(request)
    expect(seen.associations.map(({ status, addresses }) => [status, addresses.length])).toEqual([
      ['notOnLink', 0],
      [null, 1],
    ])
  })

  test('gets another address when the one it asks for is taken meanwhile', () => {
    const scenario = new DeskScenario6()
    const taken = scenario.lease(1)
    const seen = scenario.send({
      duid: duidLl(2),
      type: 'REQUEST',
      server: SERVER,
      associations: [{ iaid: 1, addresses: [taken] }],
    })
    expect(seen.associations[0]?.addresses[0]?.address).not.toBe(taken)
    expect(seen.outcome).toBe('reply')
  })

  test('is not answered when it cannot be stored, and the address is free again', () => {
    const scenario = new DeskScenario6()
    scenario.store.failure = new Error('disk full')
    const seen = scenario.send({ type: 'REQUEST', server: SERVER, associations: [HELD] })
    expect(seen.outcome).toBe('store_failed')
    expect(scenario.desk.fault).toContain('disk full')
    scenario.store.failure = null
    const other = scenario.send({ duid: duidLl(2), type: 'REQUEST', server: SERVER, associations: [HELD] })
    expect(other.associations[0]?.addresses[0]?.address).toBe('fd00:50::1000')
    expect(scenario.desk.fault).toBe(null)
  })

  test('leases at most sixteen addresses to one client', () => {
    const scenario = new DeskScenario6({ pools: [{ first: 'fd00:50::1000', last: 'fd00:50::1fff' }], reservations: [] })
    const many = Array.from({ length: 20 }, (_, iaid) => ({ iaid }))
    const seen = scenario.send({ type: 'REQUEST', server: SERVER, associations: many })
    expect(seen.associations.filter(({ addresses }) => addresses.length > 0).length).toBe(16)
    expect(scenario.send({ type: 'REQUEST', server: SERVER, associations: [{ iaid: 99 }] }).outcome).toBe(
      'no_addresses',
    )
    expect(
      scenario.send({ duid: duidLl(2), type: 'REQUEST', server: SERVER, associations: [{ iaid: 1 }] }).outcome,
    ).toBe('reply')
  })
})

describe('a client that comes back', () => {
  test('gets the address that it had, after a restart and when the lease is over', () => {
    const scenario = new DeskScenario6()
    const got = scenario.lease(1)
    scenario.desk = scenario.open()
    scenario.passSeconds(5000)
    expect(scenario.lease(1)).toBe(got)
  })

  test('gets the address that it had when nothing is remembered any more', () => {
    const pools = [{ first: 'fd00:50::1000', last: 'fd00:50:0:0:ffff:ffff:ffff:ffff' }]
    expect(new DeskScenario6({ pools }).lease(1)).toBe(new DeskScenario6({ pools }).lease(1))
    expect(new DeskScenario6({ pools }).lease(1)).not.toBe(new DeskScenario6({ pools }).lease(2))
  })
})

describe('a reservation', () => {
  test('is given by hardware address and by DUID, and to nobody else', () => {
    const scenario = new DeskScenario6()
    expect(scenario.lease(0x52)).toBe('fd00:50::52')
    const byDuid = scenario.send({ duid: '0002000000090c', associations: [IA] })
    expect(byDuid.associations[0]?.addresses[0]?.address).toBe('fd00:50::1001')
    const wish = { type: 'REQUEST', server: SERVER, associations: [{ iaid: 1, addresses: ['fd00:50::1001'] }] } as const
    expect(scenario.send(wish).associations[0]?.addresses[0]?.address).not.toBe('fd00:50::1001')
  })

  test('is given by the hardware address that a relay agent tells, and that a link-local address tells', () => {
    const random = '00040102030405060708090a0b0c0d0e0f10'
    const scenario = new DeskScenario6({}, [])
    scenario.subnets = [
      {
        ...scenario.subnets[0],
        reservations: [reservation6({ macs: ['52:54:00:00:00:52'], address: 'fd00:50::52' })],
      } as never,
    ]
    scenario.desk = scenario.open()
    const relays = [{ link: 'fd00:50::9', mac: '525400000052' }]
    expect(scenario.send({ duid: random, associations: [IA] }, { relays }).associations[0]?.addresses[0]?.address).toBe(
      'fd00:50::52',
    )
    const source = 'fe80::5054:ff:fe00:52'
    expect(scenario.send({ duid: random, associations: [IA] }, { source }).associations[0]?.addresses[0]?.address).toBe(
      'fd00:50::52',
    )
    expect(scenario.send({ duid: random, associations: [IA] }).associations[0]?.addresses[0]?.address).not.toBe(
      'fd00:50::52',
    )
  })

  test('passes from the firmware of a host to its system, which has a DUID of its own', () => {
    const scenario = new DeskScenario6()
    expect(scenario.lease(0x52)).toBe('fd00:50::52')
    const source = 'fe80::5054:ff:fe00:52'
    const seen = scenario.send({ duid: '0004aa', type: 'REQUEST', server: SERVER, associations: [IA] }, { source })
    expect(seen.associations[0]?.addresses[0]?.address).toBe('fd00:50::52')
  })

  test('made after a lease is given at the next renewal, and the old address ends', () => {
    const scenario = new DeskScenario6()
    const got = scenario.lease(1)
    scenario.subnets = [
      {
        ...scenario.subnets[0],
        reservations: [reservation6({ macs: ['52:54:00:00:00:01'], address: 'fd00:50::77' })],
      } as never,
    ]
    scenario.desk.replan(scenario.subnets)
    const seen = scenario.send({ type: 'RENEW', server: SERVER, associations: [{ iaid: 1, addresses: [got] }] })
    expect(seen.associations[0]?.addresses).toEqual([
      { address: 'fd00:50::77', preferred: 1000, valid: 2000 },
      { address: got, preferred: 0, valid: 0 },
    ])
  })

  test('that a client has is not exchanged for its other one in another subnet of the link', () => {
    const scenario = new DeskScenario6()
    const macs = ['52:54:00:00:00:01']
    scenario.subnets = [
      { ...attached6, reservations: [reservation6({ macs, address: 'fd00:50::77' })] },
      { ...relayed6, interface: 'lan0', reservations: [reservation6({ macs, address: 'fd00:51::77' })] },
    ]
    scenario.desk.replan(scenario.subnets)
    const got = scenario.lease(1)
    expect(got).toBe('fd00:50::77')
    const seen = scenario.send({ type: 'RENEW', server: SERVER, associations: [{ iaid: 1, addresses: [got] }] })
    expect(seen.associations[0]?.addresses).toEqual([{ address: got, preferred: 1000, valid: 2000 }])
  })
})

describe('a RENEW', () => {
  test('goes on with the lease, and ends addresses that are none of its', () => {
    const scenario = new DeskScenario6()
    const got = scenario.lease(1)
    scenario.passSeconds(1500)
    const seen = scenario.send({
      type: 'RENEW',
      server: SERVER,
      associations: [{ iaid: 1, addresses: [got, 'fd00:99::1'] }],
    })
    expect(seen).toMatchObject({ outcome: 'reply', reason: 'its lease goes on' })
    expect(seen.associations[0]?.addresses).toEqual([
      { address: got, preferred: 1000, valid: 2000 },
      { address: 'fd00:99::1', preferred: 0, valid: 0 },
    ])
    scenario.passSeconds(1500)
    expect(
      scenario.send({ type: 'RENEW', server: SERVER, associations: [{ iaid: 1, addresses: [got] }] }).outcome,
    ).toBe('reply')
  })

  test('about a lease that is not on record is taken over where the address is free, else unknown', () => {
    const scenario = new DeskScenario6()
    const renew = { type: 'RENEW', server: SERVER, associations: [HELD] } as const
    expect(scenario.send({ ...renew, duid: duidLl(1) })).toMatchObject({
      outcome: 'reply',
      associations: [{ addresses: [{ address: 'fd00:50::1000' }] }],
    })
    expect(scenario.send({ ...renew, duid: duidLl(2) })).toMatchObject({
      outcome: 'no_binding',
      associations: [{ status: 'noBinding', addresses: [] }],
    })
  })

  test('about an association without an address gets one', () => {
    const seen = new DeskScenario6().send({ type: 'RENEW', server: SERVER, associations: [{ iaid: 7 }] })
    expect(seen.associations[0]?.addresses.length).toBe(1)
  })
})

describe('a REBIND', () => {
  test('goes on with the lease', () => {
    const scenario = new DeskScenario6()
    const got = scenario.lease(1)
    expect(scenario.send({ type: 'REBIND', associations: [{ iaid: 1, addresses: [got] }] })).toMatchObject({
      outcome: 'reply',
      associations: [{ addresses: [{ address: got, valid: 2000 }] }],
    })
  })

  test('about addresses of another link, or that others have, is told to stop', () => {
    const scenario = new DeskScenario6()
    const taken = scenario.lease(1)
    for (const address of [taken, 'fd00:99::1'])
      expect(
        scenario.send({ duid: duidLl(2), type: 'REBIND', associations: [{ iaid: 1, addresses: [address] }] }),
      ).toMatchObject({
        outcome: 'no_addresses',
        associations: [{ addresses: [{ address, valid: 0 }] }],
      })
  })
})

test('a REBIND about a kind that is not given is for the server that gives it', () => {
  const scenario = new DeskScenario6()
  const got = scenario.lease(1)
  const others = [{ kind: 'iaPd', iaid: 1 } as const, { kind: 'iaTa', iaid: 1 } as const]
  expect(scenario.send({ type: 'REBIND', associations: others })).toMatchObject({
    outcome: 'ignored_unknown_binding',
    type: null,
  })
  const seen = scenario.send({ type: 'REBIND', associations: [...others, { iaid: 1, addresses: [got] }] })
  expect(seen.associations.map(({ code }) => code)).toEqual([OPTION.iaNa])
})

describe('a CONFIRM', () => {
  test.each([
    ['of this link', ['fd00:50::1000', 'fd00:50::9999'], 'confirmed', 'success'],
    ['of another link', ['fd00:50::1000', 'fd00:99::1'], 'not_on_link', 'notOnLink'],
  ])('about addresses %s', (_title, addresses, outcome, status) => {
    expect(new DeskScenario6().send({ type: 'CONFIRM', associations: [{ iaid: 1, addresses }] })).toMatchObject({
      outcome,
      status,
      type: 'REPLY',
    })
  })
})

describe('what is given back', () => {
  test('is free after a RELEASE, and whoever has no such lease is told', () => {
    const scenario = new DeskScenario6()
    const got = scenario.lease(1)
    const release = { type: 'RELEASE', server: SERVER, associations: [{ iaid: 1, addresses: [got] }] } as const
    expect(scenario.send({ ...release, duid: duidLl(2) })).toMatchObject({
      outcome: 'no_binding',
      status: 'success',
      associations: [{ iaid: 1, status: 'noBinding' }],
    })
    expect(scenario.send(release)).toMatchObject({ outcome: 'released', status: 'success', associations: [] })
    expect(
      scenario.send({ duid: duidLl(3), type: 'REQUEST', server: SERVER, associations: [{ iaid: 1, addresses: [got] }] })
        .associations[0]?.addresses[0]?.address,
    ).toBe(got)
  })

  test('is set aside for a day after a DECLINE, a fifth of the pools at the most', () => {
    const scenario = new DeskScenario6({ reservations: [] })
    const decline = (client: number) =>
      scenario.send({
        duid: duidLl(client),
        type: 'DECLINE',
        server: SERVER,
        associations: [{ iaid: 1, addresses: [scenario.lease(client)] }],
      })
    expect([1, 2, 3].map((client) => decline(client).decision.changes[0]?.state)).toEqual([
      'declined',
      'declined',
      'released',
    ])
    expect(scenario.desk.book.subnets[0]?.freeCount()).toBe(8)
    scenario.passSeconds(86_401)
    scenario.desk.book.sweep(scenario.desk.nowMs())
    expect(scenario.desk.book.subnets[0]?.freeCount()).toBe(10)
  })
})

test('one DECLINE of many addresses sets aside no more than a fifth of the pools', () => {
  const scenario = new DeskScenario6({ reservations: [] })
  const associations = [1, 2, 3, 4, 5].map((iaid) => ({ iaid, addresses: [scenario.lease(1, iaid)] }))
  const seen = scenario.send({ type: 'DECLINE', server: SERVER, associations })
  const states = seen.decision.changes.map(({ state }) => state)
  expect(states).toEqual(['declined', 'declined', 'released', 'released', 'released'])
})

describe('through relay agents', () => {
  test('the link address nearest to the client tells the subnet', () => {
    const relays = [{ link: '::' }, { link: 'fd00:51::1' }, { link: 'fd00:50::1' }]
    const seen = new DeskScenario6().send({ associations: [IA] }, { device: null, relays })
    expect(seen.associations[0]?.addresses[0]?.address).toMatch(/^fd00:51::1[0-9a-f]$/)
  })

  test('a lease is known by the link address that told its subnet', () => {
    const scenario = new DeskScenario6()
    scenario.lease(1, 1, {}, { device: null, relays: [{ link: '::' }, { link: 'fd00:51::1' }] })
    expect([...scenario.desk.book.bindings()].map(({ relay }) => formatIpv6(relay))).toEqual(['fd00:51::1'])
  })

  test('an address of an attached network tells of all subnets that are there', () => {
    const scenario = new DeskScenario6({ pools: [], reservations: [] })
    const second = {
      ...attached6,
      subnet: 'fd00:60::/64',
      pools: [{ first: 'fd00:60::1', last: 'fd00:60::1' }],
      reservations: [],
    }
    scenario.subnets = [...scenario.subnets, second]
    scenario.desk = scenario.open()
    const relays = [{ link: 'fd00:50::9' }]
    expect(scenario.lease(1, 1, {}, { device: null, relays })).toBe('fd00:60::1')
  })

  test('one that tells no link address is of the link that it is on', () => {
    const seen = new DeskScenario6().send({ associations: [IA] }, { relays: [{ link: '::' }] })
    expect(seen.associations[0]?.addresses[0]?.address).toMatch(POOLS)
  })
})

describe('settings', () => {
  test('are told as far as the client asks for them', () => {
    const scenario = new DeskScenario6()
    const all = [
      OPTION.dnsServers,
      OPTION.domainList,
      OPTION.sntpServers,
      OPTION.ntpServer,
      OPTION.captivePortal,
      OPTION.informationRefreshTime,
      OPTION.solMaxRt,
    ]
    const seen = scenario.send({ type: 'INFORMATION-REQUEST', duid: null, requested: all })
    expect(seen).toMatchObject({ outcome: 'information', type: 'REPLY', status: null })
    const hex = (code: number) => Buffer.from(findOption(seen.options, code) ?? []).toString('hex')
    expect(hex(OPTION.dnsServers)).toBe('fd000050000000000000000000000001fd000050000000000000000000000053')
    expect(hex(OPTION.domainList)).toBe(Buffer.from('\x03lab\x07example\0\x07example\0', 'latin1').toString('hex'))
    expect(hex(OPTION.sntpServers)).toBe('fd000050000000000000000000000001')
    expect(hex(OPTION.ntpServer)).toBe('00010010fd000050000000000000000000000001')
    expect(hex(OPTION.captivePortal)).toBe(Buffer.from('https://portal.example/api').toString('hex'))
    expect(hex(OPTION.informationRefreshTime)).toBe('000003e8')
    expect(scenario.send({ type: 'INFORMATION-REQUEST' }).options.map(({ code }) => code)).toEqual([
      OPTION.clientId,
      OPTION.serverId,
    ])
  })
})

test('settings that do not exist are not told, and no client is asked to be patient where addresses are given', () => {
  const scenario = new DeskScenario6({ dns: [], ntp: [], domainSearch: [], captivePortal: null })
  const { dnsServers, domainList, sntpServers, ntpServer, captivePortal, solMaxRt } = OPTION
  const requested = [dnsServers, domainList, sntpServers, ntpServer, captivePortal, solMaxRt]
  expect(scenario.send({ associations: [IA], requested }).options.map(({ code }) => code)).toEqual([
    OPTION.clientId,
    OPTION.serverId,
    OPTION.iaNa,
  ])
})

describe('names', () => {
  test('are told to nobody who does not ask for them', () => {
    const seen = new DeskScenario6().send({ type: 'REQUEST', server: SERVER, associations: [IA], fqdn: 'Lab' })
    expect(findOption(seen.options, OPTION.clientFqdn)).toBe(null)
  })

  test('are unique among clients, shared by the leases of one, and answered to who asks', () => {
    const scenario = new DeskScenario6()
    const named = (client: number, iaid: number) =>
      scenario.send({
        duid: duidLl(client),
        type: 'REQUEST',
        server: SERVER,
        associations: [{ iaid }],
        fqdn: 'Lab',
        requested: [OPTION.clientFqdn],
      })
    const hostnames = [named(1, 1), named(1, 2), named(2, 1)].map(({ decision }) => decision.changes[0]?.hostname)
    expect(hostnames).toEqual(['Lab', 'Lab', 'Lab-2'])
    expect(Buffer.from(findOption(named(2, 1).options, OPTION.clientFqdn) ?? []).toString('latin1')).toBe(
      '\x06\x05Lab-2\0',
    )
  })

  test('of another device in IPv4, or of a reservation, are not given', () => {
    const scenario = new DeskScenario6()
    scenario.isTaken = (name) => name === 'camera'
    const name = (fqdn: string) =>
      scenario.send({ type: 'REQUEST', server: SERVER, associations: [IA], fqdn }).decision.changes[0]?.hostname
    expect([name('camera'), name('printer')]).toEqual(['camera-2', 'printer-2'])
  })
})

describe('an address is not given', () => {
  const only = { pools: [{ first: 'fd00:50::1000', last: 'fd00:50::1000' }], reservations: [] }

  test('while it is one of ours', () => {
    const wish = { associations: [{ iaid: 1, addresses: ['fd00:50::1000'] }] }
    expect(new DeskScenario6(only, ['fd00:50::1000']).send(wish).outcome).toBe('no_addresses')
  })

  test('to two associations of one message', () => {
    const addresses = ['fd00:50::1000']
    const seen = new DeskScenario6(only).send({
      associations: [
        { iaid: 1, addresses },
        { iaid: 2, addresses },
      ],
    })
    expect(seen.associations.map(({ status }) => status)).toEqual([null, 'noAddrsAvail'])
  })

  test('to the second of two hosts of one reservation, unless both are one by their hardware address', () => {
    const [one, other] = ['0004aa', '0004bb']
    const address = 'fd00:50::77'
    const scenario = new DeskScenario6({ reservations: [reservation6({ duids: [one, other], address })] })
    const ask = (duid: string, iaid: number, source: string) =>
      scenario.send({ duid, type: 'REQUEST', server: SERVER, associations: [{ iaid }] }, { source }).associations[0]
        ?.addresses[0]?.address
    expect(ask(one, 1, 'fe80::1')).toBe(address)
    expect(ask(other, 1, 'fe80::1')).not.toBe(address)
    expect(ask(one, 1, 'fe80::5054:ff:fe00:9')).toBe(address)
    expect(ask(one, 2, 'fe80::5054:ff:fe00:9')).not.toBe(address)
    expect(ask(other, 2, 'fe80::5054:ff:fe00:9')).toBe(address)
  })

  test('though it is reserved, for ten minutes after a DECLINE', () => {
    const scenario = new DeskScenario6()
    const address = scenario.lease(0x52)
    scenario.send({
      duid: duidLl(0x52),
      type: 'DECLINE',
      server: SERVER,
      associations: [{ iaid: 1, addresses: [address] }],
    })
    const system = { duid: '0004aa', type: 'SOLICIT', associations: [IA] } as const
    const asks = () => scenario.send(system, { source: 'fe80::5054:ff:fe00:52' }).associations[0]?.addresses[0]?.address
    expect(asks()).not.toBe(address)
    scenario.passSeconds(601)
    expect(asks()).toBe(address)
  })

  test('to a client that has sixteen, though it says that it had it', () => {
    const scenario = new DeskScenario6({ pools: [{ first: 'fd00:50::1000', last: 'fd00:50::1fff' }], reservations: [] })
    for (let iaid = 1; iaid <= 16; iaid++) scenario.lease(1, iaid)
    const renew = { type: 'RENEW', server: SERVER, associations: [{ iaid: 99, addresses: ['fd00:50::1abc'] }] } as const
    expect(scenario.send(renew).outcome).toBe('no_binding')
  })
})

describe('a RELEASE ends nothing', () => {
  const release = { type: 'RELEASE', server: SERVER } as const

  test('of a lease that is over', () => {
    const scenario = new DeskScenario6()
    const addresses = [scenario.lease(1)]
    scenario.passSeconds(2001)
    expect(scenario.send({ ...release, associations: [{ iaid: 1, addresses }] }).outcome).toBe('no_binding')
  })

  test('of an association of another kind', () => {
    const scenario = new DeskScenario6()
    const addresses = [scenario.lease(1)]
    const seen = scenario.send({ ...release, associations: [{ kind: 'iaTa', iaid: 1, addresses }] })
    expect(seen).toMatchObject({ outcome: 'no_binding', associations: [{ code: OPTION.iaTa, status: 'noBinding' }] })
    expect(scenario.desk.book.subnets[0]?.boundCount()).toBe(1)
  })
})

test('a step of the clock moves all leases on disk with it', () => {
  const scenario = new DeskScenario6()
  scenario.lease(1)
  const endsMs = () => scenario.store.load().find(({ duid }) => duid === duidLl(1))?.endsMs ?? 0
  const before = endsMs()
  scenario.time.wall += 3_600_000
  scenario.lease(2)
  scenario.lease(3)
  expect(endsMs() - before).toBe(3_600_000)
})

test('a name is free when its lease was given back', () => {
  const scenario = new DeskScenario6()
  const named = { fqdn: 'Lab' } as const
  const addresses = [scenario.lease(1, 1, named)]
  scenario.send({ type: 'RELEASE', server: SERVER, associations: [{ iaid: 1, addresses }] })
  scenario.lease(2, 1, named)
  expect(scenario.store.load().find(({ duid }) => duid === duidLl(2))?.hostname).toBe('Lab')
})

test('no address is given to two, whatever happens in between', () => {
  fc.assert(
    fc.property(fc.array(happening6, { maxLength: 60, size: 'max' }), (story) => {
      const clients = new Clients6()
      for (const what of story) clients.live(what)
    }),
    { numRuns: 200 },
  )
})
