import { describe, expect, test } from 'vitest'
import { BROADCAST_FLAG } from '../../../daemons/dhcp/message/message.ts'
import { OPTION } from '../../../daemons/dhcp/message/option-code.ts'
import { DeskScenario, replyOption, replySeconds, SERVER, served } from '../desk-scenario.ts'
import { attachedSubnet } from '../fixture.ts'

const ONE = '52:54:00:00:00:01'
const TWO = '52:54:00:00:00:02'
const RESERVED = '52:54:00:00:00:52'

describe('decide offers for a DISCOVER', () => {
  test('an address of the pool, in a frame to the hardware address', () => {
    const scenario = new DeskScenario()
    const offer = scenario.send({ mac: ONE })
    expect(offer).toMatchObject({ outcome: 'offer', address: '192.0.2.100', to: 'frame 192.0.2.100' })
    expect(replySeconds(offer)).toBe(3600)
    expect(replyOption(offer, OPTION.serverIdentifier)).toBe('c0000201')
    expect(offer.decision.reply?.message).toMatchObject({
      op: 2,
      ciaddr: 0,
      siaddr: 0,
      hops: 0,
      secs: 0,
      xid: 0x12345678,
    })
  })

  test('by broadcast when the client asks for that or has no Ethernet address', () => {
    const scenario = new DeskScenario()
    const offer = scenario.send({ mac: ONE, broadcast: true })
    expect(offer.to).toBe('broadcast')
    expect(offer.decision.reply?.message.flags).toBe(BROADCAST_FLAG)
    expect(scenario.send({ mac: TWO, htype: 32, hlen: 0, clientId: [0, 1, 2] }).to).toBe('broadcast')
    expect(scenario.send({ mac: TWO, htype: 27, hlen: 8 }).to).toBe('broadcast')
  })

  test('straight to an address of IEEE 802 that is none of Ethernet', () => {
    expect(new DeskScenario().send({ mac: ONE, htype: 6 }).to).toBe('frame 192.0.2.100')
  })

  test('the same address again while it is held, and to nobody else', () => {
    const scenario = new DeskScenario({ pools: [{ first: '192.0.2.100', last: '192.0.2.100' }] })
    expect(scenario.send({ mac: ONE, xid: 1 }).address).toBe('192.0.2.100')
    expect(scenario.send({ mac: ONE, xid: 2 }).address).toBe('192.0.2.100')
    expect(scenario.send({ mac: TWO }).outcome).toBe('pool_exhausted')
    scenario.passSeconds(61)
    expect(scenario.send({ mac: TWO }).address).toBe('192.0.2.100')
  })

  test('the address that the client had, when it is still free', () => {
    const scenario = new DeskScenario()
    scenario.lease(TWO)
    const address = scenario.lease(ONE)
    scenario.passSeconds(4000)
    expect(scenario.send({ mac: ONE }).address).toBe(address)
    scenario.passSeconds(100)
    scenario.send({ type: 'REQUEST', mac: TWO, server: SERVER, requested: address })
    expect(scenario.send({ mac: ONE })).toMatchObject({ outcome: 'offer' })
    expect(scenario.send({ mac: ONE }).address).not.toBe(address)
  })

  test('addresses never used before those used longest ago', () => {
    const scenario = new DeskScenario({ pools: [{ first: '192.0.2.100', last: '192.0.2.102' }] })
    scenario.lease(ONE)
    scenario.passSeconds(1)
    scenario.lease(TWO)
    scenario.passSeconds(4000)
    const given = ['a1', 'a2', 'a3', 'a4'].map((last) => scenario.send({ mac: `52:54:00:00:00:${last}` }).address)
    expect(given).toEqual(['192.0.2.102', '192.0.2.100', '192.0.2.101', '0.0.0.0'])
  })

  test.each([
    ['the requested address when it is free', '192.0.2.107', '192.0.2.107'],
    ['another when the requested one is foreign', '10.1.2.3', '192.0.2.100'],
    ['another when the requested one is in no pool', '192.0.2.200', '192.0.2.100'],
    ['another when the requested one is reserved', '192.0.2.50', '192.0.2.100'],
  ])('%s', (_title, requested, want) => {
    expect(new DeskScenario().send({ mac: ONE, requested })).toMatchObject({ outcome: 'offer', address: want })
  })

  test('another when the requested one is leased to somebody else', () => {
    const scenario = new DeskScenario()
    const taken = scenario.lease(TWO, { requested: '192.0.2.107' })
    expect(taken).toBe('192.0.2.107')
    expect(scenario.send({ mac: ONE, requested: taken })).toMatchObject({ outcome: 'offer', address: '192.0.2.100' })
  })

  test.each([
    ['what the client asks for', 600, 600],
    ['the least that is allowed', 5, 60],
    ['the most that is allowed', 999_999, 7200],
  ])('a lease time of %s', (_title, leaseSeconds, want) => {
    expect(replySeconds(new DeskScenario().send({ mac: ONE, leaseSeconds }))).toBe(want)
  })

  test('no address of the server, a router, the network or all hosts', () => {
    const scenario = new DeskScenario({ pools: [{ first: '192.0.2.0', last: '192.0.2.255' }], routers: ['192.0.2.9'] })
    const given = new Set<string>()
    for (let number = 0; number < 300; number++) {
      const mac = `52:54:00:01:${(number >> 8).toString(16)}:${(number & 255).toString(16)}`
      const offer = scenario.send({ mac })
      if (offer.outcome === 'offer') given.add(offer.address)
    }
    expect(given.size).toBe(256 - 2 - 1 - 1 - 3)
    for (const last of [0, 1, 9, 50, 51, 52, 255]) expect(given).not.toContain(`192.0.2.${last}`)
  })

  test('no address of the relay agent that asks', () => {
    const relayed = { giaddr: '198.51.100.20', requested: '198.51.100.20' }
    const scenario = new DeskScenario()
    expect(scenario.send({ mac: ONE, ...relayed })).toMatchObject({ outcome: 'offer', address: '198.51.100.21' })
    const request = { mac: ONE, type: 'REQUEST', server: SERVER, ...relayed } as const
    expect(scenario.send(request)).toMatchObject({ outcome: 'nak', reason: 'address is that of the relay agent' })
  })

  test('the last address to the probe as to any client, though it asks from there as if it were a relay agent', () => {
    const scenario = new DeskScenario({ pools: [{ first: '192.0.2.2', last: '192.0.2.2' }] })
    const asking = { mac: ONE, giaddr: '192.0.2.2' }
    expect(scenario.send(asking, { probe: true })).toMatchObject({ outcome: 'offer', address: '192.0.2.2' })
    expect(scenario.send(asking)).toMatchObject({ outcome: 'pool_exhausted' })
  })

  test('field ciaddr 0 and never a reply to a ciaddr that no host has', () => {
    expect(new DeskScenario().send({ mac: ONE, ciaddr: '192.0.2.77' }).decision.reply?.message.ciaddr).toBe(0)
    expect(new DeskScenario().send({ mac: ONE, ciaddr: '255.255.255.255' }).to).toBe('frame 192.0.2.100')
  })

  test('the reserved address by hardware address, client identifier or circuit', () => {
    const scenario = new DeskScenario()
    expect(scenario.send({ mac: RESERVED, clientId: [1, 2, 3] }).address).toBe('192.0.2.50')
    expect(scenario.send({ mac: ONE, clientId: [255, 1, 2, 3, 4, 0, 1, 2, 3] }).address).toBe('192.0.2.51')
    const relayed = { giaddr: '198.51.100.1', options: [[82, [1, 5, 0x73, 0x65, 0x61, 0x74, 0x37]]] } as const
    expect(scenario.send({ mac: TWO, ...relayed }).address).toBe('198.51.100.77')
  })

  test('a free address to a client whose reservation is in use by another', () => {
    const scenario = new DeskScenario({ reservations: [] })
    scenario.desk.replan(
      served({ ...attachedSubnet, reservations: [], pools: [{ first: '192.0.2.50', last: '192.0.2.60' }] }),
    )
    expect(scenario.lease(ONE)).toBe('192.0.2.50')
    scenario.desk.replan(served(attachedSubnet))
    const offer = scenario.send({ mac: RESERVED })
    expect(offer).toMatchObject({ outcome: 'offer', address: '192.0.2.100' })
    expect(offer.reason).toContain('reserved address is taken')
  })

  test('an address of the selected subnet, and nothing for an unknown one', () => {
    const scenario = new DeskScenario()
    const selection = [...Buffer.from('c6336400', 'hex')]
    const bySubnet = scenario.send({ mac: ONE, giaddr: '10.9.9.9', options: [[118, selection]] })
    expect(bySubnet.address).toBe('198.51.100.20')
    expect(replyOption(bySubnet, OPTION.subnetSelection)).toBe('c6336400')
    const byLink = { giaddr: '10.9.9.9', options: [[82, [5, 4, ...selection]]] } as const
    expect(scenario.send({ mac: TWO, ...byLink })).toMatchObject({ address: '198.51.100.21', to: 'relay 10.9.9.9:67' })
    const unknown = { giaddr: '198.51.100.1', options: [[82, [5, 4, 10, 0, 0, 0]]] } as const
    expect(scenario.send({ mac: TWO, ...unknown }).outcome).toBe('ignored_no_subnet')
  })

  test.each([
    ['no link', [82, [5, 4, 0, 0, 0, 0]], [53, 54, 51, 82]],
    ['no subnet', [118, [0, 0, 0, 0]], [53, 54, 51]],
    ['nothing at all', [82, []], [53, 54, 51]],
  ] as const)('an address of the network of a relay that selects %s', (_title, selection, codes) => {
    const offer = new DeskScenario().send({ mac: ONE, giaddr: '198.51.100.1', wishes: [], options: [selection] })
    expect(offer).toMatchObject({ outcome: 'offer', address: '198.51.100.20' })
    expect([...(offer.decision.reply?.message.options.keys() ?? [])]).toEqual(codes)
  })

  test('our own address as server where a relay puts none in its place', () => {
    const none = { giaddr: '198.51.100.1', options: [[82, [11, 4, 0, 0, 0, 0]]] } as const
    expect(replyOption(new DeskScenario().send(none), OPTION.serverIdentifier)).toBe('c0000201')
  })

  test('an address of its own network to a host that selects another, and not a word about the selection', () => {
    const selecting = { mac: ONE, options: [[118, [198, 51, 100, 0]]] } as const
    const offer = new DeskScenario().send(selecting)
    expect(offer).toMatchObject({ outcome: 'offer', address: '192.0.2.100' })
    expect(replyOption(offer, OPTION.subnetSelection)).toBeUndefined()
    expect(new DeskScenario().send(selecting, { link: null, local: SERVER }).address).toBe('198.51.100.20')
  })

  test('each network its own address for one client on two', () => {
    const scenario = new DeskScenario()
    expect(scenario.send({ mac: ONE }).address).toBe('192.0.2.100')
    expect(scenario.send({ mac: ONE, giaddr: '198.51.100.1' }).address).toBe('198.51.100.20')
    expect(scenario.send({ mac: TWO }, { link: '203.0.113.1' }).outcome).toBe('ignored_no_subnet')
  })
})
