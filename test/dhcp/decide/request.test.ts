import { describe, expect, test } from 'vitest'
import { BROADCAST_FLAG } from '../../../daemons/dhcp/message/message.ts'
import { OPTION } from '../../../daemons/dhcp/message/option-code.ts'
import type { ClientMessage } from '../client-message.ts'
import { DeskScenario, type From, replyOption, replySeconds, SERVER, served } from '../desk-scenario.ts'
import { attachedSubnet, reservation } from '../fixture.ts'

const ONE = '52:54:00:00:00:01'
const TWO = '52:54:00:00:00:02'
const unicast: From = { source: '192.0.2.100', local: SERVER }

type Row = readonly [title: string, message: ClientMessage, outcome: string, to: string | null, from?: From]

/** `.100` is leased to client one, `.101` to client two. */
function leased(authoritative = false): DeskScenario {
  const scenario = new DeskScenario({ authoritative })
  expect([scenario.lease(ONE), scenario.lease(TWO)]).toEqual(['192.0.2.100', '192.0.2.101'])
  return scenario
}

const request = (parts: ClientMessage): ClientMessage => ({ mac: ONE, type: 'REQUEST', ...parts })

describe('decide about a REQUEST that takes an offer', () => {
  const rows: readonly Row[] = [
    ['confirms the address', request({ server: SERVER, requested: '192.0.2.100' }), 'ack', 'frame 192.0.2.100'],
    [
      'accepts any address of ours',
      request({ server: '203.0.113.1', requested: '192.0.2.100' }),
      'ack',
      'frame 192.0.2.100',
    ],
    [
      'is silent when another server is meant',
      request({ server: '192.0.2.9', requested: '192.0.2.100' }),
      'ignored_other_server',
      null,
    ],
    ['refuses what is leased to another', request({ server: SERVER, requested: '192.0.2.101' }), 'nak', 'broadcast'],
    ['refuses what is in no pool', request({ server: SERVER, requested: '192.0.2.200' }), 'nak', 'broadcast'],
    ['refuses a missing address', request({ server: SERVER }), 'nak', 'broadcast'],
    [
      'confirms a free address without an offer',
      request({ server: SERVER, requested: '192.0.2.105' }),
      'ack',
      'frame 192.0.2.105',
    ],
    [
      'refuses towards an unknown relay',
      request({ server: SERVER, requested: '192.0.2.100', giaddr: '10.0.0.1' }),
      'nak',
      'relay 10.0.0.1:67',
    ],
    ['refuses what is reserved for another', request({ server: SERVER, requested: '192.0.2.50' }), 'nak', 'broadcast'],
    ['refuses our own address', request({ server: SERVER, requested: SERVER }), 'nak', 'broadcast'],
  ]
  for (const [title, message, outcome, to, from] of rows) {
    test(title, () => {
      expect(leased().send(message, from)).toMatchObject({ outcome, to })
    })
  }

  test('confirms the address of a router to the router itself, and to nobody else', () => {
    const router = [reservation({ macs: [ONE], address: '192.0.2.9' })]
    const scenario = new DeskScenario({ routers: ['192.0.2.9'], reservations: router })
    expect(scenario.lease(ONE)).toBe('192.0.2.9')
    expect(scenario.send(request({ ciaddr: '192.0.2.9' }), { source: '192.0.2.9', local: SERVER })).toMatchObject({
      outcome: 'ack',
      to: 'unicast 192.0.2.9',
    })
    expect(scenario.send(request({ mac: TWO, server: SERVER, requested: '192.0.2.9' })).outcome).toBe('nak')
  })

  test('drops the hold when the client chose another server', () => {
    const scenario = new DeskScenario({ pools: [{ first: '192.0.2.100', last: '192.0.2.100' }] })
    scenario.send({ mac: ONE })
    expect(scenario.send({ mac: TWO }).outcome).toBe('pool_exhausted')
    scenario.send(request({ server: '192.0.2.9', requested: '192.0.2.30' }))
    expect(scenario.send({ mac: TWO }).address).toBe('192.0.2.100')
  })

  test('frees the address that the client had before', () => {
    const scenario = leased()
    expect(scenario.send(request({ server: SERVER, requested: '192.0.2.107' })).outcome).toBe('ack')
    expect(scenario.send({ mac: TWO, type: 'REQUEST', server: SERVER, requested: '192.0.2.100' }).outcome).toBe('ack')
  })

  test('is confirmed when the hold is over and the address still free', () => {
    const scenario = new DeskScenario()
    const offer = scenario.send({ mac: ONE })
    scenario.passSeconds(3600)
    expect(scenario.send(request({ server: SERVER, requested: offer.address })).outcome).toBe('ack')
  })

  test('confirms nothing that could not be stored, and recovers by itself', () => {
    const scenario = new DeskScenario({ pools: [{ first: '192.0.2.100', last: '192.0.2.100' }] })
    scenario.send({ mac: ONE })
    scenario.store.failure = new Error('database or disk is full')
    expect(scenario.send(request({ server: SERVER, requested: '192.0.2.100' })).outcome).toBe('store_failed')
    expect(scenario.desk.fault).toBe('cannot store leases: database or disk is full')
    expect([...scenario.desk.book.leases()]).toEqual([])
    expect(scenario.send({ mac: TWO }).outcome).toBe('pool_exhausted')
    scenario.store.failure = null
    expect(scenario.send(request({ server: SERVER, requested: '192.0.2.100' })).outcome).toBe('ack')
    expect(scenario.desk.fault).toBeNull()
    expect(scenario.store.load()).toHaveLength(1)
  })

  test('a refusal carries its reason and nothing else', () => {
    const refused = leased().send(
      request({ server: SERVER, requested: '192.0.2.101', clientId: [1, 9, 9], wishes: [1, 3, 6] }),
    )
    const message = refused.decision.reply?.message
    expect([...(message?.options.keys() ?? [])].sort((a, b) => a - b)).toEqual([53, 54, 56, 61])
    expect(message).toMatchObject({ yiaddr: 0, siaddr: 0, ciaddr: 0 })
  })
})

describe('decide about a REQUEST of a client that starts again', () => {
  const rows: readonly Row[] = [
    ['confirms what it has', request({ requested: '192.0.2.100' }), 'ack', 'frame 192.0.2.100'],
    ['refuses what it does not have', request({ requested: '192.0.2.103' }), 'nak', 'broadcast'],
    ['is silent about 0.0.0.0', request({ requested: '0.0.0.0' }), 'ignored_incomplete', null],
    [
      'is silent to an unknown client',
      request({ mac: '52:54:00:00:00:99', requested: '192.0.2.103' }),
      'ignored_unknown_client',
      null,
    ],
    [
      'is silent to an unknown client of another network',
      request({ mac: '52:54:00:00:00:99', requested: '10.0.0.3' }),
      'ignored_unknown_client',
      null,
    ],
    [
      'confirms a reserved address',
      request({ mac: '52:54:00:00:00:52', requested: '192.0.2.50' }),
      'ack',
      'frame 192.0.2.50',
    ],
    [
      'confirms with ciaddr filled in too',
      request({ requested: '192.0.2.100', ciaddr: '192.0.2.100' }),
      'ack',
      'unicast 192.0.2.100',
    ],
  ]
  for (const [title, message, outcome, to] of rows) {
    test(title, () => {
      expect(leased().send(message)).toMatchObject({ outcome, to })
    })
  }

  const authoritative: readonly Row[] = [
    [
      'adopts a free address',
      request({ mac: '52:54:00:00:00:99', requested: '192.0.2.103' }),
      'ack',
      'frame 192.0.2.103',
    ],
    ['refuses a leased address', request({ mac: '52:54:00:00:00:99', requested: '192.0.2.101' }), 'nak', 'broadcast'],
    ['refuses the wrong network', request({ mac: '52:54:00:00:00:99', requested: '10.0.0.3' }), 'nak', 'broadcast'],
    [
      'refuses the wrong network behind a relay',
      request({ requested: '192.0.2.100', giaddr: '198.51.100.1' }),
      'nak',
      'relay 198.51.100.1:67',
    ],
  ]
  for (const [title, message, outcome, to] of authoritative) {
    test(`where we are authoritative it ${title}`, () => {
      const seen = leased(true).send(message)
      expect(seen).toMatchObject({ outcome, to })
      if (message.giaddr !== undefined) expect(seen.decision.reply?.message.flags).toBe(BROADCAST_FLAG)
    })
  }

  test('an unknown client is met with silence once every lease that runs must be on record', () => {
    const scenario = leased(true)
    scenario.passSeconds(attachedSubnet.maxLeaseSeconds - 1)
    const stranger = request({ mac: '52:54:00:00:00:98', requested: '192.0.2.104' })
    expect(scenario.send(stranger).outcome).toBe('ack')
    scenario.passSeconds(1)
    const other = request({ mac: '52:54:00:00:00:99', requested: '192.0.2.103' })
    expect(scenario.send(other)).toMatchObject({ outcome: 'ignored_unknown_client', to: null })
    expect(scenario.send({ ...other, requested: '10.0.0.3' })).toMatchObject({ outcome: 'nak', to: 'broadcast' })
    expect(scenario.send({ ...other, requested: '192.0.2.104' })).toMatchObject({ outcome: 'nak', to: 'broadcast' })
    expect(scenario.send({ ...stranger }).outcome).toBe('ack')
  })

  test('leaves a client whose lease here is over to the server that it went to, unless we are the only one', () => {
    for (const [authoritative, outcome] of [
      [false, 'ignored_unknown_client'],
      [true, 'nak'],
    ] as const) {
      const scenario = leased(authoritative)
      scenario.passSeconds(7201)
      expect(scenario.send(request({ requested: '192.0.2.200' })).outcome).toBe(outcome)
      expect(scenario.send(request({ requested: '192.0.2.100' })).outcome).toBe('ack')
    }
  })

  test('confirms a lease that is over with a new term', () => {
    const scenario = leased()
    scenario.passSeconds(5000)
    const seen = scenario.send(request({ requested: '192.0.2.100' }))
    expect(seen.outcome).toBe('ack')
    expect(replySeconds(seen)).toBe(3600)
  })
})

describe('decide about a REQUEST that renews', () => {
  const own = request({ ciaddr: '192.0.2.100' })
  const unknown = request({ mac: '52:54:00:00:00:99', ciaddr: '192.0.2.103' })
  const rows: readonly Row[] = [
    ['extends the lease by unicast', own, 'ack', 'unicast 192.0.2.100', unicast],
    ['extends the lease for a broadcast', own, 'ack', 'unicast 192.0.2.100'],
    ['extends although 54 names us', { ...own, server: SERVER }, 'ack', 'unicast 192.0.2.100', unicast],
    ['is silent when 54 names another', { ...own, server: '192.0.2.9' }, 'ignored_other_server', null, unicast],
    ['refuses an unknown client that asked us', unknown, 'nak', 'broadcast', unicast],
    ['is silent to an unknown client that asked all', unknown, 'ignored_unknown_client', null],
    ['refuses what belongs to another', request({ ciaddr: '192.0.2.101' }), 'nak', 'broadcast'],
    [
      'is silent about a network we do not serve',
      request({ ciaddr: '10.7.7.7' }),
      'ignored_no_subnet',
      null,
      { ...unicast, source: '10.7.7.7' },
    ],
    [
      'is extended for a client behind a router',
      { ...own, ciaddr: '192.0.2.100' },
      'ack',
      'unicast 192.0.2.100',
      { ...unicast, link: null },
    ],
  ]
  for (const [title, message, outcome, to, from] of rows) {
    test(title, () => {
      expect(leased().send(message, from)).toMatchObject({ outcome, to })
    })
  }

  test('puts the address into yiaddr and ciaddr and renews the term', () => {
    const scenario = leased()
    scenario.passSeconds(1800)
    const seen = scenario.send(own, unicast)
    expect(seen.decision.reply?.message).toMatchObject({ ciaddr: 0xc0000264, yiaddr: 0xc0000264 })
    scenario.passSeconds(3000)
    expect(scenario.send({ mac: TWO, requested: '192.0.2.100' }).address).not.toBe('192.0.2.100')
  })

  test('takes nothing of a subnet that it does not write from', () => {
    const message = request({ mac: '52:54:00:00:00:99', ciaddr: '198.51.100.22' })
    const scenario = leased(true)
    expect(scenario.send(message, unicast)).toMatchObject({ outcome: 'nak', reason: 'address is of another network' })
    expect(scenario.send(message, { ...unicast, source: '198.51.100.22' }).outcome).toBe('ack')
  })

  test('refuses an address that was reserved for another or left the pool', () => {
    const scenario = leased()
    const other = reservation({ macs: ['52:54:00:00:00:77'], address: '192.0.2.100' })
    scenario.desk.replan(served({ ...attachedSubnet, reservations: [other] }))
    expect(scenario.send(own, unicast)).toMatchObject({
      outcome: 'nak',
      reason: 'address is reserved for another client',
    })
    scenario.desk.replan(served({ ...attachedSubnet, pools: [{ first: '192.0.2.200', last: '192.0.2.209' }] }))
    expect(scenario.send(own, unicast)).toMatchObject({ outcome: 'nak', reason: 'address is in no pool' })
  })

  test('goes on behind a relay from whatever address it writes to us, with its own lease alone', () => {
    const scenario = new DeskScenario()
    const giaddr = '198.51.100.1'
    scenario.send(request({ giaddr, server: SERVER, requested: '198.51.100.20' }))
    const elsewhere: From = { source: '192.0.2.77', local: SERVER }
    expect(scenario.send(request({ ciaddr: '198.51.100.20' }), elsewhere)).toMatchObject({
      outcome: 'ack',
      address: '198.51.100.20',
      to: 'unicast 198.51.100.20',
    })
    expect(scenario.send(request({ ciaddr: '198.51.100.21' }), elsewhere).outcome).toBe('nak')
    expect(scenario.send(request({ mac: TWO, ciaddr: '198.51.100.20' }), elsewhere).outcome).toBe('nak')
    scenario.passSeconds(8000)
    expect(scenario.send(request({ ciaddr: '198.51.100.20' }), elsewhere).outcome).toBe('nak')
  })

  test('keeps the reservation of the circuit when the relay is not passed', () => {
    const scenario = new DeskScenario()
    const relayed = { giaddr: '198.51.100.1', options: [[82, [1, 5, 0x73, 0x65, 0x61, 0x74, 0x37]]] } as const
    scenario.send({ mac: ONE, ...relayed })
    const ack = scenario.send(request({ server: SERVER, requested: '198.51.100.77', ...relayed }))
    expect(ack).toMatchObject({ outcome: 'ack', to: 'relay 198.51.100.1:67' })
    const renewal = scenario.send(request({ ciaddr: '198.51.100.77' }), { ...unicast, source: '198.51.100.77' })
    expect(renewal).toMatchObject({ outcome: 'ack', address: '198.51.100.77', to: 'unicast 198.51.100.77' })
  })

  test('keeps the reservation of its port where a switch that is trusted tells it', () => {
    const circuit = [1, 4, ...Buffer.from('eth0')]
    const told: ClientMessage = { mac: ONE, options: [[82, circuit]] }
    const scenario = new DeskScenario()
    expect(scenario.send(told).outcome).toBe('ignored_untrusted_relay_option')
    const offer = scenario.send(told, { trusted: true })
    expect(offer).toMatchObject({ address: '192.0.2.52', to: 'frame 192.0.2.52' })
    expect(replyOption(offer, 82)).toBe(Buffer.from(circuit).toString('hex'))
    const taken = { ...told, type: 'REQUEST', server: SERVER, requested: '192.0.2.52' } as const
    expect(scenario.send(taken, { trusted: true }).outcome).toBe('ack')
    const renewal = request({ ciaddr: '192.0.2.52' })
    expect(scenario.send(renewal, { source: '192.0.2.52', local: SERVER, trusted: true }).outcome).toBe('ack')
  })

  test('never ends when the lease time is infinite', () => {
    const scenario = new DeskScenario({ leaseSeconds: 0xffffffff, maxLeaseSeconds: 0xffffffff })
    const offer = scenario.send({ mac: ONE })
    expect(replySeconds(offer)).toBe(0xffffffff)
    expect(replyOption(offer, OPTION.renewalTime)).toBeUndefined()
    scenario.lease(ONE)
    scenario.passSeconds(400_000_000)
    expect(scenario.send({ mac: TWO, type: 'REQUEST', server: SERVER, requested: '192.0.2.100' }).outcome).toBe('nak')
  })
})
