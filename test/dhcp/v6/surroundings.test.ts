import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { NetworkInterfaceInfo } from 'node:os'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { clientMac } from '../../../daemons/dhcp/v6/binding.ts'
import { isNamedOtherwise } from '../../../daemons/dhcp/v6/ipv4-names.ts'
import { deviceWith, OwnAddressReader6, selfIn } from '../../../daemons/dhcp/v6/own-addresses.ts'
import { keepServerDuid } from '../../../daemons/dhcp/v6/server-duid.ts'
import { rangeOf } from '../../../daemons/dhcp/v6/subnet-plan.ts'
import { DeskScenario } from '../desk-scenario.ts'
import { address } from './client-message.ts'

function interfaces(all: Readonly<Record<string, readonly string[]>>): () => NodeJS.Dict<NetworkInterfaceInfo[]> {
  const info = (text: string): NetworkInterfaceInfo => {
    const more = { address: text, netmask: '', mac: '', internal: false, cidr: null }
    return text.includes(':') ? { ...more, family: 'IPv6', scopeid: 0 } : { ...more, family: 'IPv4' }
  }
  return () => Object.fromEntries(Object.entries(all).map(([name, texts]) => [name, texts.map(info)]))
}

const OWN = new OwnAddressReader6(
  interfaces({
    lo: ['127.0.0.1', '::1'],
    lan0: ['192.0.2.1', 'fe80::1', 'fd00:50::1'],
    wan0: ['fe80::2', '2001:db8::9'],
  }),
).at(0)

test.each([
  ['fd00:50::/64', 'lan0'],
  ['2001:db8::/64', 'wan0'],
  ['fd00:51::/64', null],
])('deviceWith finds the interface that has an address in %s: %s', (subnet, device) => {
  expect(deviceWith(OWN, rangeOf(subnet))).toBe(device)
})

test.each([
  ['fd00:50::/64', 'lan0', 'fd00:50::1'],
  ['fd00:51::/64', 'wan0', '2001:db8::9'],
  ['fd00:51::/64', null, 'fd00:50::1'],
])('selfIn tells clients of %s that come by %s of %s', (subnet, device, self) => {
  expect(selfIn(OWN, rangeOf(subnet), device)).toBe(address(self))
})

test('selfIn tells of nothing that is not routed', () => {
  const own = new OwnAddressReader6(interfaces({ lo: ['::1'], lan0: ['fe80::1'] })).at(0)
  expect(selfIn(own, rangeOf('fd00:50::/64'), 'lan0')).toBe(null)
})

test('OwnAddressReader6 sees an address that was added after two seconds', () => {
  const seen: Record<string, readonly string[]> = { lan0: ['fd00:50::1'] }
  const reader = new OwnAddressReader6(() => interfaces(seen)())
  expect(reader.at(0).all.size).toBe(1)
  seen['lan0'] = ['fd00:50::1', 'fd00:50::2']
  expect([reader.at(1999).all.size, reader.at(2000).all.size]).toEqual([1, 2])
})

describe('keepServerDuid', () => {
  test('keeps the DUID that it made, and makes another of a file that holds none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanward-duid-'))
    const file = join(folder, 'server-duid')
    const first = keepServerDuid(file, new Uint8Array(16).fill(1))
    expect(readFileSync(file, 'utf8')).toBe('00040101010101014101810101010101 0101\n'.replace(' ', ''))
    expect(keepServerDuid(file, new Uint8Array(16).fill(2))).toEqual(first)
    writeFileSync(file, 'rubbish')
    expect(keepServerDuid(file, new Uint8Array(16).fill(2))).not.toEqual(first)
    rmSync(folder, { recursive: true })
  })
})

describe('clientMac', () => {
  const llt = Buffer.from('00010001aabbccdd525400000009', 'hex')
  const random = Buffer.from('0004aabb', 'hex')
  test.each([
    ['what a relay agent saw', '52:54:00:00:00:01', llt, 'fe80::5054:ff:fe00:2', '52:54:00:00:00:01'],
    ['what its DUID was made of', null, llt, 'fe80::5054:ff:fe00:2', '52:54:00:00:00:09'],
    ['what its link-local address was made of', null, random, 'fe80::5054:ff:fe00:2', '52:54:00:00:00:02'],
    ['nothing of a link-local address of another kind', null, random, 'fe80::1234:5678:9abc:def0', ''],
    ['nothing of an address that is not link-local', null, random, 'fd00::5054:ff:fe00:2', ''],
  ] as const)('takes %s', (_title, relayed, duid, source, mac) => {
    expect(clientMac(relayed, duid, address(source))).toBe(mac)
  })
})

describe('isNamedOtherwise', () => {
  const scenario = new DeskScenario()
  scenario.lease('52:54:00:00:00:01', { options: [[12, [...Buffer.from('camera')]]] })
  scenario.lease('52:54:00:00:00:02', {
    options: [[12, [...Buffer.from('laptop')]]],
    clientId: [...Buffer.from('ff0000000100030001525400000099', 'hex')],
  })
  test.each([
    ['nobody', 'tv', '', '', false],
    ['another device', 'camera', '00030001525400000007', '52:54:00:00:00:07', true],
    ['nobody knows whom', 'camera', '0004aa', '', true],
    ['the same hardware address', 'Camera', '0004aa', '52:54:00:00:00:01', false],
    ['the same DUID', 'laptop', '00030001525400000099', '', false],
    ['the host of a reservation', 'printer', '0004aa', '52:54:00:00:00:52', false],
    ['another than that of a reservation', 'printer', '0004aa', '52:54:00:00:00:53', true],
  ])('a name of %s', (_title, name, duid, mac, want) => {
    expect(isNamedOtherwise(scenario.desk.book, name, { duid, mac })).toBe(want)
  })
})
