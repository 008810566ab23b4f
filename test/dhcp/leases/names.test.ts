import { describe, expect, test } from 'vitest'
import { leaseNames } from '../../../daemons/dhcp/leases/lease-names.ts'
import { DeskScenario, SERVER, served } from '../desk-scenario.ts'
import { attachedSubnet, relayedSubnet } from '../fixture.ts'

const named = (name: string) => ({ options: [[12, [...Buffer.from(name)]]] }) as const
const mac = (last: number): string => `52:54:00:00:01:${String(last).padStart(2, '0')}`

function namesOf(scenario: DeskScenario, addresses: readonly unknown[] | null = null): string[] {
  return leaseNames(scenario.desk.book, scenario.desk.nowMs(), addresses).map(({ hostname }) => hostname)
}

describe('names of clients', () => {
  test('are numbered where several use the same, in any case, up to nine', () => {
    const scenario = new DeskScenario()
    for (let last = 1; last <= 10; last++) scenario.lease(mac(last), named(last % 2 === 0 ? 'Laptop' : 'laptop'))
    expect(namesOf(scenario)).toEqual([
      'laptop',
      'Laptop-2',
      'laptop-3',
      'Laptop-4',
      'laptop-5',
      'Laptop-6',
      'laptop-7',
      'Laptop-8',
      'laptop-9',
    ])
  })

  test('stay with their client when it renews, and become free with its lease', () => {
    const scenario = new DeskScenario()
    const one = scenario.lease(mac(1), named('laptop'))
    scenario.lease(mac(2), named('laptop'))
    expect(scenario.lease(mac(1), named('laptop'))).toBe(one)
    scenario.lease(mac(2), named('laptop'))
    expect(namesOf(scenario)).toEqual(['laptop', 'laptop-2'])
    scenario.send({ mac: mac(1), type: 'RELEASE', ciaddr: one, server: SERVER })
    scenario.lease(mac(3), named('laptop'))
    expect(namesOf(scenario).sort()).toEqual(['laptop', 'laptop-2'])
    scenario.passSeconds(4000)
    scenario.lease(mac(4), named('laptop'))
    expect(namesOf(scenario)).toEqual(['laptop'])
  })

  test('move along with a client that takes another address', () => {
    const scenario = new DeskScenario()
    scenario.lease(mac(1), named('laptop'))
    const taken = {
      mac: mac(1),
      ...named('laptop'),
      type: 'REQUEST',
      server: SERVER,
      requested: '192.0.2.107',
    } as const
    expect(scenario.send(taken).outcome).toBe('ack')
    expect(leaseNames(scenario.desk.book, scenario.desk.nowMs(), null)).toEqual([
      { address: '192.0.2.107', mac: mac(1), hostname: 'laptop' },
    ])
  })

  test('of a reservation are not had by others, even while its host is away', () => {
    const scenario = new DeskScenario()
    scenario.lease(mac(1), named('PRINTER'))
    scenario.lease('52:54:00:00:00:52', named('whatever'))
    expect(namesOf(scenario)).toEqual(['PRINTER-2', 'printer'])
  })

  test('are told apart over all subnets, and after a restart', () => {
    const scenario = new DeskScenario()
    scenario.lease(mac(1), named('laptop.lab.example'))
    scenario.desk = scenario.open(served(attachedSubnet, relayedSubnet))
    const relayed = { mac: mac(2), giaddr: '198.51.100.1', ...named('laptop.lab.example') } as const
    const { address } = scenario.send(relayed)
    scenario.send({ ...relayed, type: 'REQUEST', server: SERVER, requested: address })
    expect(namesOf(scenario)).toEqual(['laptop.lab.example', 'laptop-2.lab.example'])
    expect(namesOf(scenario, [address, '10.0.0.1', 7])).toEqual(['laptop-2.lab.example'])
  })
})
