import { describe, expect, test } from 'vitest'
import type { ClientMessage } from '../client-message.ts'
import { DeskScenario, type From, SERVER } from '../desk-scenario.ts'

const ONE = '52:54:00:00:00:01'
const TWO = '52:54:00:00:00:02'
const RESERVED = '52:54:00:00:00:52'

type Row = readonly [title: string, message: ClientMessage, outcome: string]

const decline = (parts: ClientMessage): ClientMessage => ({ mac: ONE, type: 'DECLINE', ...parts })
const release = (parts: ClientMessage): ClientMessage => ({ mac: ONE, type: 'RELEASE', ...parts })

describe('decide about a DECLINE', () => {
  const rows: readonly Row[] = [
    ['believes the owner', decline({ requested: '192.0.2.100', server: SERVER }), 'declined'],
    ['ignores one without a server', decline({ requested: '192.0.2.100' }), 'ignored_incomplete'],
    ['ignores one without an address', decline({ server: SERVER }), 'ignored_incomplete'],
    [
      'ignores one for another server',
      decline({ requested: '192.0.2.100', server: '192.0.2.9' }),
      'ignored_other_server',
    ],
    ['ignores another client', decline({ mac: TWO, requested: '192.0.2.100', server: SERVER }), 'ignored_not_owner'],
    [
      'ignores another identifier',
      decline({ clientId: [1, 7], requested: '192.0.2.100', server: SERVER }),
      'ignored_not_owner',
    ],
    ['ignores an address without a lease', decline({ requested: '192.0.2.105', server: SERVER }), 'ignored_not_owner'],
  ]
  for (const [title, message, outcome] of rows) {
    test(`${title} and never answers`, () => {
      const scenario = new DeskScenario()
      scenario.lease(ONE)
      expect(scenario.send(message)).toMatchObject({ outcome, to: null })
    })
  }

  test('sets the address aside for a day', () => {
    const scenario = new DeskScenario({ pools: [{ first: '192.0.2.100', last: '192.0.2.101' }] })
    scenario.lease(ONE)
    scenario.send(decline({ requested: '192.0.2.100', server: SERVER }))
    expect(scenario.send({ mac: ONE, requested: '192.0.2.100' }).address).toBe('192.0.2.101')
    expect(scenario.send({ mac: ONE, type: 'REQUEST', requested: '192.0.2.100' })).toMatchObject({ outcome: 'nak' })
    expect(scenario.send({ mac: TWO }).outcome).toBe('pool_exhausted')
    scenario.passSeconds(24 * 3600)
    scenario.send({ mac: ONE })
    expect(scenario.send({ mac: TWO }).outcome).toBe('offer')
  })

  test('leaves four fifths of the pool whatever one client declines', () => {
    const scenario = new DeskScenario()
    const outcomes = Array.from({ length: 50 }, () => {
      const requested = scenario.lease(ONE)
      return scenario.send(decline({ requested, server: SERVER })).outcome
    })
    expect(outcomes.filter((outcome) => outcome === 'declined')).toHaveLength(2)
    expect(outcomes.at(-1)).toBe('ignored_decline_limit')
  })

  test('suspends a reservation for ten minutes', () => {
    const scenario = new DeskScenario()
    expect(scenario.lease(RESERVED)).toBe('192.0.2.50')
    scenario.send(decline({ mac: RESERVED, requested: '192.0.2.50', server: SERVER }))
    expect(scenario.lease(RESERVED)).toBe('192.0.2.100')
    scenario.passSeconds(601)
    expect(scenario.send({ mac: RESERVED }).address).toBe('192.0.2.50')
  })
})

describe('decide about a RELEASE', () => {
  const rows: readonly Row[] = [
    ['takes the address back', release({ ciaddr: '192.0.2.100', server: SERVER }), 'released'],
    [
      'ignores a stranger',
      release({ mac: TWO, clientId: [1, 2], ciaddr: '192.0.2.100', server: SERVER }),
      'ignored_not_owner',
    ],
    ['ignores another address', release({ ciaddr: '192.0.2.101', server: SERVER }), 'ignored_not_owner'],
    ['ignores one for another server', release({ ciaddr: '192.0.2.100', server: '192.0.2.9' }), 'ignored_other_server'],
    [
      'takes it back through a relay',
      release({ ciaddr: '192.0.2.100', server: SERVER, giaddr: '198.51.100.1' }),
      'released',
    ],
  ]
  for (const [title, message, outcome] of rows) {
    test(`${title} and never answers`, () => {
      const scenario = new DeskScenario()
      scenario.lease(ONE)
      expect(scenario.send(message)).toMatchObject({ outcome, to: null })
    })
  }

  test('remembers the client and takes a lease back once', () => {
    const scenario = new DeskScenario()
    scenario.lease(TWO)
    const ciaddr = scenario.lease(ONE)
    expect(scenario.send(release({ ciaddr, server: SERVER })).outcome).toBe('released')
    expect(scenario.send(release({ ciaddr, server: SERVER })).outcome).toBe('ignored_not_owner')
    expect(scenario.send({ mac: ONE }).address).toBe(ciaddr)
  })

  test('knows the client by its identifier under another hardware address', () => {
    const scenario = new DeskScenario()
    const ciaddr = scenario.lease(ONE, { clientId: [0, 1, 2, 3] })
    expect(scenario.send({ mac: TWO, clientId: [0, 1, 2, 3] }).address).toBe(ciaddr)
    expect(scenario.send(release({ mac: TWO, clientId: [0, 1, 2, 3], ciaddr, server: SERVER })).outcome).toBe(
      'released',
    )
  })
})

describe('decide about an INFORM', () => {
  const inform = (parts: ClientMessage): ClientMessage => ({
    mac: ONE,
    type: 'INFORM',
    wishes: [1, 3, 6, 51, 58],
    ...parts,
  })
  const rows: readonly (readonly [string, ClientMessage, string, string | null, From?])[] = [
    ['answers the address in use', inform({ ciaddr: '192.0.2.77' }), 'ack', 'unicast 192.0.2.77'],
    ['answers the source when ciaddr is missing', inform({}), 'ack', 'unicast 192.0.2.78', { source: '192.0.2.78' }],
    ['is silent when no address is known', inform({}), 'ignored_incomplete', null],
    ['is silent outside served subnets', inform({ ciaddr: '10.1.1.1' }), 'ignored_no_subnet', null],
    ['answers through the relay', inform({ giaddr: '198.51.100.1' }), 'ack', 'relay 198.51.100.1:67'],
    [
      'answers through the relay a client with an address of another network of ours',
      inform({ giaddr: '198.51.100.1', ciaddr: '192.0.2.77' }),
      'ack',
      'relay 198.51.100.1:67',
    ],
    [
      'is silent outside served subnets, through a relay as well',
      inform({ giaddr: '198.51.100.1', ciaddr: '10.1.1.1' }),
      'ignored_no_subnet',
      null,
    ],
  ]
  for (const [title, message, outcome, to, from] of rows) {
    test(title, () => {
      const seen = new DeskScenario().send(message, from)
      expect(seen).toMatchObject({ outcome, to })
      const reply = seen.decision.reply?.message
      if (reply !== undefined) expect([reply.yiaddr, [...reply.options.keys()]]).toEqual([0, [53, 54, 1, 3, 6]])
      expect(seen.decision.changes).toEqual([])
    })
  }

  test('does not look at leases', () => {
    const scenario = new DeskScenario()
    const ciaddr = scenario.lease(TWO)
    expect(scenario.send(inform({ ciaddr })).outcome).toBe('ack')
  })
})
