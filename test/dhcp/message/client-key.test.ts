import { describe, expect, test } from 'vitest'
import { identifyClient, keyIn } from '../../../daemons/dhcp/message/client-key.ts'
import { planSubnet } from '../../../daemons/dhcp/subnets/subnet-plan.ts'
import { type ClientMessage, clientMessage, ip } from '../client-message.ts'
import { DeskScenario } from '../desk-scenario.ts'
import { attachedSubnet, reservation } from '../fixture.ts'

const ONE = '52:54:00:00:00:01'
const TWO = '52:54:00:00:00:02'
/** Of ONE: hardware type and address. */
const ETHERNET_ID = [1, 0x52, 0x54, 0, 0, 0, 1]
const OTHER_ID = [255, 0, 0, 0, 1, 0, 2, 9]

const keyOf = (parts: ClientMessage): string | undefined => identifyClient(clientMessage({ mac: ONE, ...parts }))?.key

describe('identifyClient', () => {
  test.each([
    ['its Ethernet address as identifier and none', { clientId: ETHERNET_ID }, {}],
    ['that identifier from another card', { clientId: ETHERNET_ID, mac: TWO }, {}],
    ['an identifier of one octet and none', { clientId: [7] }, {}],
    ['one identifier from two cards', { clientId: OTHER_ID }, { clientId: OTHER_ID, mac: TWO }],
  ] as const)('takes for one client: %s', (_title, one, other) => {
    expect(keyOf(one)).toBe(keyOf(other))
  })

  test.each([
    ['two cards without identifiers', {}, { mac: TWO }],
    ['an identifier and none', { clientId: OTHER_ID }, {}],
    ['an Ethernet address and one of another kind of hardware', { clientId: [6, ...ETHERNET_ID.slice(1)] }, {}],
    ['an identifier that begins like an Ethernet address', { clientId: [...ETHERNET_ID, 0] }, {}],
    ['one address of two kinds of hardware', { htype: 6 }, {}],
  ] as const)('tells apart %s', (_title, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other))
  })

  test('knows nobody without hardware address and identifier', () => {
    expect(keyOf({ hlen: 0 })).toBeUndefined()
    expect(keyOf({ hlen: 0, clientId: OTHER_ID })).toBe(keyOf({ clientId: OTHER_ID }))
  })
})

describe('a client that names its Ethernet address now and then', () => {
  test('has one address, and may give it back', () => {
    const scenario = new DeskScenario()
    const address = scenario.lease(ONE)
    expect(scenario.lease(ONE, { clientId: ETHERNET_ID })).toBe(address)
    expect(scenario.lease(ONE)).toBe(address)
    const release = { mac: ONE, type: 'RELEASE', ciaddr: address, server: '192.0.2.1', clientId: ETHERNET_ID } as const
    expect(scenario.send(release).outcome).toBe('released')
  })

  test('has what is reserved for its identifier, also while it does not send it', () => {
    const reserved = reservation({ clientIds: ['01525400000001'], address: '192.0.2.60' })
    const scenario = new DeskScenario({ reservations: [reserved] })
    expect(scenario.lease(ONE)).toBe('192.0.2.60')
    expect(scenario.lease(ONE, { clientId: ETHERNET_ID })).toBe('192.0.2.60')
    expect(scenario.lease(ONE, { clientId: OTHER_ID })).toBe('192.0.2.100')
    expect(scenario.lease(TWO)).toBe('192.0.2.101')
  })

  test('is known by what an earlier version stored of it', () => {
    const clientId = '01525400000001'
    const plan = planSubnet({ ...attachedSubnet, reservations: [] }, [])
    expect(keyIn(plan, { key: `i${clientId}`, mac: ONE, clientId })).toBe(keyOf({}))
    const scenario = new DeskScenario()
    scenario.lease(ONE, { clientId: ETHERNET_ID })
    scenario.store.commit([...scenario.store.load()].map((lease) => ({ ...lease, client: `i${clientId}` })))
    scenario.desk = scenario.open({ classes: [], subnets: [scenario.subnet] })
    expect(scenario.desk.book.subnetOf(ip('192.0.2.100'))?.leaseOf(keyOf({}) ?? '')?.address).toBe(ip('192.0.2.100'))
  })
})
