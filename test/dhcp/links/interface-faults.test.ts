import { expect, test } from 'vitest'
import { interfaceFaults } from '../../../daemons/dhcp/links/interface-faults.ts'
import type { InterfaceState } from '../../../daemons/linux/interfaces.ts'
import { ip } from '../client-message.ts'
import { DeskScenario } from '../desk-scenario.ts'

test.each<[InterfaceState, readonly string[], readonly string[]]>([
  ['running', ['10.0.0.1', '192.0.2.1'], []],
  ['running', [], ['eth1 has no address in a served subnet']],
  ['running', ['10.0.0.1'], ['eth1 has no address in a served subnet']],
  [
    'running',
    ['192.0.2.1', '10.0.0.1', '192.0.2.9', '198.51.100.9'],
    [
      'eth1 has addresses in 192.0.2.0/24 and 198.51.100.0/24, which are no shared network: its clients get those of 192.0.2.0/24 alone',
    ],
  ],
  ['down', ['192.0.2.1'], ['interface eth1 is down']],
  ['down', [], ['interface eth1 is down']],
  ['unplugged', [], []],
  ['absent', [], []],
])('an interface that is %s with the addresses %j has the faults %j', (state, addresses, faults) => {
  const { book } = new DeskScenario().desk
  const served = { name: 'eth1', state, addresses: addresses.map(ip), servesIpv6: false }
  expect(interfaceFaults([served], book)).toEqual(faults)
})

test('an interface for IPv6 alone needs no IPv4 address, and one that has any needs one that is served', () => {
  const { book } = new DeskScenario().desk
  const served = { name: 'eth1', state: 'running', servesIpv6: true } as const
  expect(interfaceFaults([{ ...served, addresses: [] }], book)).toEqual([])
  expect(interfaceFaults([{ ...served, addresses: [ip('10.0.0.1')] }], book)).toHaveLength(1)
})
