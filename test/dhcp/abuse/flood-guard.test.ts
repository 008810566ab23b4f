import { describe, expect, test } from 'vitest'
import { FloodGuard } from '../../../daemons/dhcp/abuse/flood-guard.ts'
import { RateTable } from '../../../daemons/dhcp/abuse/rate-table.ts'
import { type ClientMessage, clientMessage } from '../client-message.ts'
import { DeskScenario } from '../desk-scenario.ts'

const mac = (number: number): string =>
  `02:00:00:${[number >> 16, number >> 8, number].map((part) => (part & 255).toString(16).padStart(2, '0')).join(':')}`
const port = (circuit: number): NonNullable<ClientMessage['options']> => [[82, [1, 1, circuit]]]

/** A guard before a desk; counts how many of a number of messages are admitted. */
class Gate {
  readonly scenario = new DeskScenario()
  readonly guard: FloodGuard

  constructor(limits: Partial<ConstructorParameters<typeof FloodGuard>[0]>) {
    this.guard = new FloodGuard({ perMac: 0, perPort: 0, perLink: 0, leasesPerPort: 0, ...limits })
  }

  send(parts: ClientMessage): string {
    const place = {
      device: 'lan0',
      book: this.scenario.desk.book,
      nowMs: this.scenario.desk.nowMs(),
      monotonicMs: this.scenario.time.monotonic,
    }
    return this.guard.admit(clientMessage(parts), place) ?? 'served'
  }

  count(number: number, parts: (at: number) => ClientMessage): number {
    return Array.from({ length: number }, (_, at) => this.send(parts(at))).filter((one) => one === 'served').length
  }
}

test('RateTable gives each key its burst at once and its rate afterwards, and forgets the oldest key', () => {
  const table = new RateTable({ perSecond: 2, burst: 4 }, 2)
  const take = (key: string, nowMs: number): number => [1, 2, 3, 4, 5, 6].filter(() => table.take(key, nowMs)).length
  expect(take('a', 0)).toBe(4)
  expect(take('a', 500)).toBe(1)
  expect(take('a', 60_000)).toBe(4)
  expect(take('b', 60_000)).toBe(4)
  expect(take('c', 60_000)).toBe(4)
  expect(table.size).toBe(2)
  expect(take('a', 60_000)).toBe(4)
  expect(new RateTable({ perSecond: 0, burst: 0 }, 2).take('a', 0)).toBe(true)
})

describe('FloodGuard', () => {
  test('limits a hardware address, and no other for it', () => {
    const gate = new Gate({ perMac: 5 })
    expect(gate.count(100, () => ({ mac: mac(1) }))).toBe(20)
    expect(gate.send({ mac: mac(1) })).toBe('limited_mac')
    expect(gate.send({ mac: mac(2) })).toBe('served')
    gate.scenario.passSeconds(1)
    expect(gate.count(100, () => ({ mac: mac(1) }))).toBe(5)
  })

  test('limits a port behind a relay, and no other port of it', () => {
    const gate = new Gate({ perPort: 5 })
    const from = (circuit: number) => (at: number) => ({ mac: mac(at), giaddr: '198.51.100.1', options: port(circuit) })
    expect(gate.count(100, from(1))).toBe(20)
    expect(gate.send(from(1)(7))).toBe('limited_port')
    expect(gate.send(from(2)(7))).toBe('served')
    expect(gate.send({ ...from(1)(7), giaddr: '198.51.100.2' })).toBe('served')
    // Without a relay there is no port: the option is not to be trusted.
    expect(gate.count(100, (at) => ({ mac: mac(at), options: port(1) }))).toBe(100)
  })

  test('limits a link, but not its clients that have a lease', () => {
    const gate = new Gate({ perLink: 5 })
    const address = gate.scenario.lease(mac(99))
    expect(gate.count(100, (at) => ({ mac: mac(100 + at) }))).toBe(20)
    expect(gate.send({ mac: mac(1) })).toBe('limited_link')
    expect(gate.send({ mac: mac(99), type: 'REQUEST', ciaddr: address })).toBe('served')
    expect(gate.send({ mac: mac(99) })).toBe('served')
    expect(gate.send({ mac: mac(1), giaddr: '198.51.100.1' })).toBe('served')
    gate.scenario.passSeconds(3601)
    gate.count(100, (at) => ({ mac: mac(100 + at) }))
    expect(gate.send({ mac: mac(99) })).toBe('limited_link')
  })
})

describe('a flood of made-up clients', () => {
  test('takes no address from those that have one, and all of them renew meanwhile', () => {
    const scenario = new DeskScenario({ pools: [{ first: '192.0.2.100', last: '192.0.2.199' }] })
    const clients = Array.from({ length: 40 }, (_, at) => ({ mac: mac(at), address: scenario.lease(mac(at)) }))
    for (let at = 0; at < 20_000; at++) {
      scenario.send({ mac: mac(1000 + at) })
      if (at % 200 === 0) scenario.passSeconds(1)
      const client = clients[at % 40]
      if (client === undefined || at % 97 !== 0) continue
      const { outcome, address } = scenario.send({ mac: client.mac, type: 'REQUEST', ciaddr: client.address })
      expect([outcome, address]).toEqual(['ack', client.address])
    }
    const [subnet] = scenario.desk.book.subnets
    expect(subnet?.boundCount()).toBe(40)
    expect([...(subnet?.holds() ?? [])].length).toBeLessThanOrEqual(60)
  })

  test('has its offers end within seconds when they take the pool, so that a real client gets one', () => {
    const scenario = new DeskScenario()
    for (let at = 0; at < 10; at++) expect(scenario.send({ mac: mac(at) }).outcome).toBe('offer')
    expect(scenario.send({ mac: mac(99) }).outcome).toBe('pool_exhausted')
    scenario.passSeconds(3)
    expect(scenario.send({ mac: mac(99) }).outcome).toBe('pool_exhausted')
    scenario.passSeconds(1)
    expect(scenario.send({ mac: mac(99) }).outcome).toBe('offer')
  })

  test('leaves offers their whole time while there are enough addresses', () => {
    const scenario = new DeskScenario()
    const offered = scenario.send({ mac: mac(1) }).address
    scenario.passSeconds(59)
    for (let at = 2; at < 5; at++) expect(scenario.send({ mac: mac(at) }).address).not.toBe(offered)
  })
})

describe('leases of one port', () => {
  const exchange = (scenario: DeskScenario, client: string, circuit: number): string => {
    const parts = { mac: client, giaddr: '198.51.100.1', options: port(circuit) }
    const offer = scenario.send(parts)
    if (offer.outcome !== 'offer') return offer.outcome
    return scenario.send({ ...parts, type: 'REQUEST', server: '192.0.2.1', requested: offer.address }).outcome
  }

  test('are limited, while its clients go on and other ports are served', () => {
    const scenario = new DeskScenario()
    scenario.limitLeasesPerPort(2)
    expect([1, 2, 3].map((at) => exchange(scenario, mac(at), 7))).toEqual(['ack', 'ack', 'limited_port_leases'])
    expect(exchange(scenario, mac(1), 7)).toBe('ack')
    expect(exchange(scenario, mac(3), 8)).toBe('ack')
    scenario.send({ mac: mac(1), type: 'RELEASE', ciaddr: '198.51.100.20', server: '192.0.2.1' })
    expect(exchange(scenario, mac(4), 7)).toBe('ack')
    scenario.passSeconds(3601)
    expect([5, 6, 9].map((at) => exchange(scenario, mac(at), 7))).toEqual(['ack', 'ack', 'limited_port_leases'])
  })
})
