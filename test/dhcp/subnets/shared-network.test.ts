import { describe, expect, test } from 'vitest'
import type { DhcpSubnet } from '../../../daemons/dhcp/section.ts'
import { DeskScenario, replyOption, SERVER } from '../desk-scenario.ts'
import { attachedSubnet, option, reservation } from '../fixture.ts'

const first: DhcpSubnet = {
  ...attachedSubnet,
  network: 'hall',
  reservations: [],
  pools: [{ first: '192.0.2.100', last: '192.0.2.101' }],
}
const second: DhcpSubnet = {
  ...first,
  subnet: '203.0.113.0/24',
  routers: ['203.0.113.9'],
  options: [option(3, 'cb007109')],
  pools: [{ first: '203.0.113.100', last: '203.0.113.101' }],
}
const mac = (last: number): string => `52:54:00:00:00:0${last}`

function hall(...subnets: readonly DhcpSubnet[]): DeskScenario {
  const scenario = new DeskScenario({}, { own: new Set() })
  scenario.desk.replan({ classes: [], subnets: subnets.length === 0 ? [first, second] : subnets })
  return scenario
}

describe('two subnets on one link', () => {
  test('give from the first until it is full, then from the second, with its own router', () => {
    const scenario = hall()
    expect([1, 2, 3, 4].map((last) => scenario.lease(mac(last)))).toEqual([
      '192.0.2.100',
      '192.0.2.101',
      '203.0.113.100',
      '203.0.113.101',
    ])
    const offer = scenario.send({ mac: mac(3) })
    expect(replyOption(offer, 1)).toBe('ffffff00')
    expect(replyOption(offer, 3)).toBe('cb007109')
    expect(scenario.send({ mac: mac(5) }).outcome).toBe('pool_exhausted')
  })

  test('let a client go on with its address in the second', () => {
    const scenario = hall()
    for (const last of [1, 2]) scenario.lease(mac(last))
    const address = scenario.lease(mac(3))
    scenario.send({ mac: mac(1), type: 'RELEASE', ciaddr: '192.0.2.100', server: SERVER })
    expect(scenario.send({ mac: mac(3) }).address).toBe(address)
    expect(scenario.send({ mac: mac(3), type: 'REQUEST', requested: address })).toMatchObject({
      outcome: 'ack',
      address,
    })
    const unicast = { source: address, local: SERVER }
    expect(scenario.send({ mac: mac(3), type: 'REQUEST', ciaddr: address }, unicast)).toMatchObject({ outcome: 'ack' })
    expect(scenario.send({ mac: mac(3), type: 'REQUEST', ciaddr: address })).toMatchObject({ outcome: 'ack' })
    expect(scenario.send({ mac: mac(3), type: 'RELEASE', ciaddr: address, server: SERVER }).outcome).toBe('released')
  })

  test('refuse a client that has an address in the second any other', () => {
    const scenario = hall()
    for (const last of [1, 2, 3]) scenario.lease(mac(last))
    scenario.send({ mac: mac(1), type: 'RELEASE', ciaddr: '192.0.2.100', server: SERVER })
    const request = { mac: mac(3), type: 'REQUEST' } as const
    for (const wrong of ['192.0.2.100', '203.0.113.101', '10.0.0.1'])
      expect(scenario.send({ ...request, requested: wrong }).outcome).toBe('nak')
    expect(scenario.send({ ...request, ciaddr: '192.0.2.100' }).outcome).toBe('nak')
    const stranger = { ...request, mac: mac(4) }
    expect(scenario.send({ ...stranger, requested: '192.0.2.100' }).outcome).toBe('ignored_unknown_client')
    expect(scenario.send({ ...stranger, ciaddr: '192.0.2.100' }).outcome).toBe('ignored_unknown_client')
  })

  test('let a client that is reserved an address in both have the one that it names', () => {
    const reservedIn = (subnet: DhcpSubnet, address: string): DhcpSubnet => ({
      ...subnet,
      reservations: [reservation({ macs: [mac(1)], address })],
    })
    const scenario = hall(reservedIn(first, '192.0.2.50'), reservedIn(second, '203.0.113.50'))
    expect(scenario.send({ mac: mac(1) }).address).toBe('192.0.2.50')
    expect(scenario.send({ mac: mac(1), requested: '203.0.113.50' }).address).toBe('203.0.113.50')
    const request = { mac: mac(1), type: 'REQUEST' } as const
    expect(scenario.send({ ...request, server: SERVER, requested: '203.0.113.50' }).outcome).toBe('ack')
    expect(scenario.send({ ...request, ciaddr: '203.0.113.50' }).outcome).toBe('ack')
    expect(scenario.send({ ...request, server: SERVER, requested: '192.0.2.50' }).outcome).toBe('ack')
  })

  test('give the address that a client asks for, in whichever it lies', () => {
    expect(hall().send({ mac: mac(1), requested: '203.0.113.101' }).address).toBe('203.0.113.101')
    expect(hall().lease(mac(1), { requested: '203.0.113.101' })).toBe('203.0.113.101')
  })

  test('free the address in the one when its client is reserved another in the other', () => {
    const scenario = hall()
    const before = scenario.lease(mac(1))
    const reserved = { ...second, reservations: [reservation({ macs: [mac(1)], address: '203.0.113.50' })] }
    scenario.desk.replan({ classes: [], subnets: [first, reserved] })
    const renewal = { mac: mac(1), type: 'REQUEST', ciaddr: before } as const
    expect(scenario.send(renewal, { source: before, local: SERVER })).toMatchObject({ outcome: 'nak' })
    expect(scenario.lease(mac(1))).toBe('203.0.113.50')
    const left = scenario.desk.book.subnets[0]?.leaseAt(0xc0000264)
    expect(left).toMatchObject({ state: 'released' })
    expect(scenario.store.load().find(({ address }) => address === 0xc0000264)).toMatchObject({ state: 'released' })
  })

  test('refuse an address of neither, and know one of either', () => {
    const scenario = hall()
    const request = { mac: mac(1), type: 'REQUEST', server: SERVER } as const
    expect(scenario.send({ ...request, requested: '198.51.100.1' })).toMatchObject({ outcome: 'nak' })
    expect(scenario.send({ ...request, requested: '203.0.113.100' })).toMatchObject({ outcome: 'ack' })
    const declined = { mac: mac(1), type: 'DECLINE', server: SERVER, requested: '203.0.113.100' } as const
    expect(scenario.send(declined).outcome).toBe('declined')
    expect(scenario.send({ mac: mac(1), type: 'INFORM', ciaddr: '203.0.113.77' }).outcome).toBe('ack')
  })

  test('are not mixed with a subnet of another link', () => {
    const scenario = hall({ ...first, network: 'one' }, { ...second, network: 'other' })
    for (const last of [1, 2]) scenario.lease(mac(last))
    expect(scenario.send({ mac: mac(3) }).outcome).toBe('pool_exhausted')
  })
})
