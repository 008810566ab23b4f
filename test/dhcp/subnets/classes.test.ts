import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classify, planClass } from '../../../daemons/dhcp/decide/classify.ts'
import { textMatcher } from '../../../daemons/dhcp/message/text-pattern.ts'
import type { DhcpClass, DhcpSubnet } from '../../../daemons/dhcp/section.ts'
import { type ClientMessage, clientMessage } from '../client-message.ts'
import { DeskScenario, replyOption, replySeconds, SERVER } from '../desk-scenario.ts'
import { attachedSubnet, option, relayedSubnet, reservation } from '../fixture.ts'
import { dhcpClass, settings } from '../settings.ts'

const octets = (text: string): number[] => [...Buffer.from(text)]
const PHONE = '00:15:65:00:00:01'
const RANDOM = '06:11:22:33:44:55'
const PLAIN = '00:11:22:33:44:55'

describe('a client is in a class', () => {
  const rows: readonly (readonly [string, Partial<DhcpClass>, ClientMessage, boolean])[] = [
    [
      'of its vendor class',
      { vendorClasses: ['PXEClient*'] },
      { options: [[60, octets('PXEClient:Arch:00007')]] },
      true,
    ],
    ['whatever the case of it', { vendorClasses: ['msft 5.0'] }, { options: [[60, octets('MSFT 5.0')]] }, true],
    ['with a NUL at its end', { vendorClasses: ['udhcp'] }, { options: [[60, octets('udhcp\0')]] }, true],
    ['not when it has none', { vendorClasses: ['*'] }, {}, false],
    [
      'of its user class with a length',
      { userClasses: ['lab'] },
      { options: [[77, [3, ...octets('lab'), 2, 65, 66]]] },
      true,
    ],
    ['of its second user class', { userClasses: ['AB'] }, { options: [[77, [3, ...octets('lab'), 2, 65, 66]]] }, true],
    ['of its user class as plain text', { userClasses: ['iPXE'] }, { options: [[77, octets('iPXE')]] }, true],
    ['of its hardware address', { macs: ['001565', '00a0'] }, { mac: PHONE }, true],
    ['not of another', { macs: ['001566'] }, { mac: PHONE }, false],
    ['of those with made-up addresses', { randomMac: true }, { mac: RANDOM }, true],
    ['not of those without', { randomMac: true }, { mac: PLAIN }, false],
    ['of those with real addresses', { randomMac: false }, { mac: PLAIN }, true],
    ['of its architecture', { architectures: [7, 9] }, { options: [[93, [0, 9]]] }, true],
    ['of its second architecture', { architectures: [6] }, { options: [[93, [0, 7, 0, 6]]] }, true],
    ['not of a cut architecture', { architectures: [0] }, { options: [[93, [0]]] }, false],
    [
      'when all keys fit',
      { macs: ['001565'], vendorClasses: ['yealink*'] },
      { mac: PHONE, options: [[60, octets('yealink')]] },
      true,
    ],
    ['not when one does not', { macs: ['001565'], vendorClasses: ['yealink*'] }, { mac: PHONE }, false],
    ['not when it asks for nothing', {}, { mac: PHONE }, false],
  ]
  test.each(rows)('%s', (_title, parts, message, want) => {
    const mac = message.mac ?? PLAIN
    const traits = { message: clientMessage({ ...message, mac }), mac, circuitId: null, remoteId: null }
    expect(classify([planClass(dhcpClass('c', parts))], traits)).toEqual(want ? [0] : [])
  })

  test.each([
    ['6574', false],
    ['65746830', true],
    ['6574*', true],
  ])('by circuit and remote end %s: %s', (pattern, want) => {
    const traits = { message: clientMessage({}), mac: PLAIN, circuitId: '65746830', remoteId: '65746830' }
    expect(planClass(dhcpClass('c', { circuitIds: [pattern] })).fits(traits)).toBe(want)
    expect(planClass(dhcpClass('c', { remoteIds: [pattern] })).fits(traits)).toBe(want)
    expect(planClass(dhcpClass('c', { circuitIds: [pattern] })).fits({ ...traits, circuitId: null })).toBe(false)
  })

  test('patterns fit as regular expressions with .* in place of each star would', () => {
    const letters = (alphabet: string): fc.Arbitrary<string> =>
      fc.array(fc.constantFrom(...alphabet), { maxLength: 8 }).map((all) => all.join(''))
    fc.assert(
      fc.property(letters('ab*'), letters('ab'), (pattern, text) => {
        expect(textMatcher([pattern])(text)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text))
      }),
    )
  })
})

/** A subnet with a pool for phones, one for made-up addresses, and one for all others. */
function divided(changes: Partial<DhcpSubnet> = {}, classes: readonly DhcpClass[] = CLASSES): DeskScenario {
  const scenario = new DeskScenario()
  const subnet = {
    ...attachedSubnet,
    pools: [
      { first: '192.0.2.100', last: '192.0.2.101' },
      { first: '192.0.2.110', last: '192.0.2.111', classes: ['phones'], settings: settings({ leaseSeconds: 1800 }) },
      { first: '192.0.2.120', last: '192.0.2.120', classes: ['random'] },
    ],
    ...changes,
  }
  scenario.desk.replan({ classes, subnets: [subnet, relayedSubnet] })
  return scenario
}
const CLASSES = [
  dhcpClass('phones', { macs: ['001565'], settings: settings({ options: [option(66, '6162')] }) }),
  dhcpClass('random', { randomMac: true, settings: settings({ leaseSeconds: 300, maxLeaseSeconds: 300 }) }),
]

describe('a pool for classes', () => {
  test('gives to their clients, and the other pools to all others', () => {
    const scenario = divided()
    expect(scenario.send({ mac: PHONE }).address).toBe('192.0.2.110')
    expect(scenario.send({ mac: PLAIN }).address).toBe('192.0.2.100')
    expect(scenario.send({ mac: RANDOM }).address).toBe('192.0.2.120')
  })

  test('does not flow over into another when it is full', () => {
    const scenario = divided()
    scenario.lease(RANDOM)
    expect(scenario.send({ mac: '0a:00:00:00:00:02' }).outcome).toBe('pool_exhausted')
    scenario.passSeconds(301)
    expect(scenario.send({ mac: '0a:00:00:00:00:02' }).address).toBe('192.0.2.120')
  })

  test('is closed to others, whether they ask for it, take it, or had it before it was', () => {
    const scenario = divided()
    expect(scenario.send({ mac: PLAIN, requested: '192.0.2.110' }).address).toBe('192.0.2.100')
    const take = { mac: PLAIN, type: 'REQUEST', server: SERVER, requested: '192.0.2.111' } as const
    expect(scenario.send(take)).toMatchObject({ outcome: 'nak', reason: 'address is in a pool for other clients' })
    const before = new DeskScenario({ pools: [{ first: '192.0.2.110', last: '192.0.2.111' }] })
    const address = before.lease(PLAIN)
    before.desk.replan({
      classes: CLASSES,
      subnets: [{ ...attachedSubnet, pools: [{ first: '192.0.2.110', last: '192.0.2.111', classes: ['phones'] }] }],
    })
    expect(
      before.send({ mac: PLAIN, type: 'REQUEST', ciaddr: address }, { source: address, local: SERVER }),
    ).toMatchObject({ outcome: 'nak' })
  })

  test('of its circuit is kept by a client that renews without the relay', () => {
    const byCircuit = dhcpClass('hall', { circuitIds: ['6574*'] })
    const scenario = new DeskScenario()
    const pools = [{ first: '198.51.100.20', last: '198.51.100.29', classes: ['hall'] }]
    scenario.desk.replan({ classes: [byCircuit], subnets: [{ ...relayedSubnet, pools }] })
    const relayed = { mac: PLAIN, giaddr: '198.51.100.1', options: [[82, [1, 4, 0x65, 0x74, 0x68, 0x39]]] } as const
    const { address } = scenario.send(relayed)
    expect(address).toBe('198.51.100.20')
    scenario.send({ ...relayed, type: 'REQUEST', server: SERVER, requested: address })
    const renewal = { mac: PLAIN, type: 'REQUEST', ciaddr: address } as const
    expect(scenario.send(renewal, { source: address, local: SERVER, link: null })).toMatchObject({ outcome: 'ack' })
    expect(scenario.send({ mac: PLAIN, giaddr: '198.51.100.1' }).outcome).toBe('pool_exhausted')
  })
})

describe('settings of several levels', () => {
  const wishes = [66, 67, 15]
  const levels = (own: Parameters<typeof settings>[0] = {}): DeskScenario =>
    divided(
      {
        options: [option(66, '01'), option(67, '02'), option(15, '03')],
        reservations: [reservation({ macs: [PHONE], address: '192.0.2.50', settings: settings(own) })],
        pools: [
          {
            first: '192.0.2.100',
            last: '192.0.2.119',
            settings: settings({ options: [option(67, '22'), option(66, '21')] }),
          },
        ],
      },
      CLASSES,
    )

  test('lie over each other: reservation, class, pool, subnet', () => {
    const reserved = levels({ options: [option(15, 'aa')], leaseSeconds: 7000 }).send({ mac: PHONE, wishes })
    expect([15, 66, 67].map((code) => replyOption(reserved, code))).toEqual(['aa', '6162', '02'])
    expect(replySeconds(reserved)).toBe(7000)
    const pooled = levels().send({ mac: PLAIN, wishes })
    expect([15, 66, 67].map((code) => replyOption(pooled, code))).toEqual(['03', '21', '22'])
    expect(replySeconds(pooled)).toBe(3600)
  })

  test('an empty option of a higher level takes that of a lower one away', () => {
    const offer = levels({ options: [option(15, '')] }).send({ mac: PHONE, wishes })
    expect(replyOption(offer, 15)).toBeUndefined()
  })

  test('the longest lease of a class binds a client that asks for more', () => {
    expect(replySeconds(divided().send({ mac: RANDOM, leaseSeconds: 86_400 }))).toBe(300)
    expect(replySeconds(divided().send({ mac: PHONE, leaseSeconds: 86_400 }))).toBe(7200)
  })
})

describe('a client that is denied', () => {
  const denying = (deny: DhcpSubnet['deny'], classes = CLASSES): DeskScenario => divided({ deny }, classes)
  test.each([
    [
      'by its hardware address',
      denying({ macs: ['001565000001'], classes: [] }),
      'the hardware address is on the deny list',
    ],
    ['by its first bytes', denying({ macs: ['0015'], classes: [] }), 'the hardware address is on the deny list'],
    ['by its class', denying({ macs: [], classes: ['phones'] }), 'clients of class phones are not served'],
    [
      'by a class that denies all',
      denying({ macs: [], classes: [] }, [
        dhcpClass('phones', { macs: ['001565'], deny: true }),
        dhcpClass('random', { randomMac: true }),
      ]),
      'clients of class phones are not served',
    ],
  ])('%s gets silence, and others do not', (_title, scenario, reason) => {
    expect(scenario.send({ mac: PHONE })).toMatchObject({ outcome: 'denied', reason, to: null })
    const taken = { mac: PHONE, type: 'REQUEST', server: SERVER, requested: '192.0.2.110' } as const
    expect(scenario.send(taken)).toMatchObject({ outcome: 'denied', to: null, address: '192.0.2.110' })
    expect(scenario.send({ mac: PLAIN }).outcome).toBe('offer')
  })

  test('is heard when it gives an address back', () => {
    const scenario = divided()
    const address = scenario.lease(PHONE)
    scenario.desk.replan({
      classes: CLASSES,
      subnets: [{ ...attachedSubnet, deny: { macs: ['001565'], classes: [] } }],
    })
    expect(scenario.send({ mac: PHONE, type: 'RELEASE', ciaddr: address, server: SERVER }).outcome).toBe('released')
  })
})

describe('a reservation with several keys', () => {
  const host = reservation({
    macs: ['00:00:5e:00:53:01', '00:00:5e:00:53:02'],
    clientIds: ['0102'],
    remoteIds: ['aabb'],
    address: '192.0.2.50',
  })

  test('is one host, whichever card it asks with', () => {
    const scenario = new DeskScenario({ reservations: [host] })
    expect(scenario.lease('00:00:5e:00:53:01')).toBe('192.0.2.50')
    expect(scenario.lease('00:00:5e:00:53:02')).toBe('192.0.2.50')
    expect([...scenario.desk.book.leases()]).toHaveLength(1)
  })

  test('is found by its client identifier and its remote end as well', () => {
    expect(new DeskScenario({ reservations: [host] }).send({ mac: PLAIN, clientId: [1, 2] }).address).toBe('192.0.2.50')
    const scenario = new DeskScenario()
    scenario.desk.replan({
      classes: [],
      subnets: [{ ...relayedSubnet, reservations: [{ ...host, address: '198.51.100.50' }] }],
    })
    const relayed = { mac: PLAIN, giaddr: '198.51.100.1', options: [[82, [2, 2, 0xaa, 0xbb]]] } as const
    expect(scenario.send(relayed).address).toBe('198.51.100.50')
  })
})

test('the probe is in no class and on no deny list', () => {
  const scenario = divided({ deny: { macs: ['02'], classes: ['random'] } })
  expect(scenario.send({ mac: '02:00:00:00:00:01' }, { probe: true })).toMatchObject({ outcome: 'offer' })
})
