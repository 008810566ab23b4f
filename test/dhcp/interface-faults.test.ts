import { expect, test } from 'vitest'
import { interfaceFaults } from '../../daemons/dhcp/interface-faults.ts'
import type { InterfaceState } from '../../daemons/linux/interfaces.ts'
import { ip } from './client-message.ts'
import { DeskScenario } from './desk-scenario.ts'

test.each<[InterfaceState, readonly string[], readonly string[]]>([
  ['running', ['10.0.0.1', '192.0.2.1'], []],
  ['running', [], ['eth1 has no address in a served subnet']],
  ['running', ['10.0.0.1'], ['eth1 has no address in a served subnet']],
  ['down', ['192.0.2.1'], ['interface eth1 is down']],
  ['down', [], ['interface eth1 is down']],
  ['unplugged', [], []],
  ['absent', [], []],
])('an interface that is %s with the addresses %j has the faults %j', (state, addresses, faults) => {
  const { book } = new DeskScenario().desk
  expect(interfaceFaults([{ name: 'eth1', state, addresses: addresses.map(ip) }], book)).toEqual(faults)
})
