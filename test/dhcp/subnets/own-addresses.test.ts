import type { NetworkInterfaceInfo } from 'node:os'
import { expect, test } from 'vitest'
import { OwnAddressReader } from '../../../daemons/dhcp/subnets/own-addresses.ts'
import { ip } from '../client-message.ts'

function card(address: string): NetworkInterfaceInfo {
  const mac = '52:54:00:00:00:01'
  return { address, netmask: '255.255.255.0', family: 'IPv4', mac, internal: false, cidr: `${address}/24` }
}

test('an address that comes is ours within two seconds, one that went is for a minute more', () => {
  let address = '192.0.2.1'
  const reader = new OwnAddressReader([0, ip('203.0.113.1')], () => ({ lan0: [card(address)] }))
  expect(reader.at(0).byInterface.get('lan0')?.addresses).toEqual([ip('192.0.2.1')])
  address = '192.0.2.7'
  expect(reader.at(1999).byInterface.get('lan0')?.addresses).toEqual([ip('192.0.2.1')])
  expect(reader.at(2000).byInterface.get('lan0')?.addresses).toEqual([ip('192.0.2.7')])
  expect(reader.at(2000).all).toEqual(new Set([ip('203.0.113.1'), ip('192.0.2.1'), ip('192.0.2.7')]))
  expect(reader.at(59_999).all.has(ip('192.0.2.1'))).toBe(true)
  expect(reader.at(62_000).all).toEqual(new Set([ip('203.0.113.1'), ip('192.0.2.7')]))
})
