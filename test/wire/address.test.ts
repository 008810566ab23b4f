import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatAddress,
  formatIpv4,
  isMappedIpv4,
  parseAddress,
  parseIpv4,
  parsePrefix,
  prefixContains,
} from '../../daemons/wire/address.ts'
import { formatListenUrl, parseListenUrl } from '../../daemons/wire/listen-url.ts'

describe('parseAddress', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['fe80::1', 'fe80::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('reads %s as %s', (text, canonical) => {
    const bytes = parseAddress(text)
    expect(bytes === null ? null : formatAddress(bytes)).toBe(canonical)
  })

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3.-4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3',
    'localhost',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeNull()
  })

  test('reads back what formatAddress wrote, for every address that is not IPv4 in disguise', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    )
    fc.assert(
      fc.property(bytes, (address) => {
        fc.pre(address.length === 4 || !isMappedIpv4(address))
        expect(parseAddress(formatAddress(address))).toEqual(address)
      }),
    )
  })

  test('agrees with formatIpv4 on every 32-bit number', () => {
    fc.assert(fc.property(fc.nat(0xffff_ffff), (address) => parseIpv4(formatIpv4(address)) === address))
  })
})

describe('prefixContains', () => {
  test.each([
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.168.64.0/18', '192.168.127.255', true],
    ['192.168.64.0/18', '192.168.128.0', false],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['fe80::/10', 'febf::1', true],
    ['fe80::/10', 'fec0::1', false],
    ['10.0.0.0/8', '::ffff:10.1.1.1', true],
    ['10.0.0.0/8', '::10.1.1.1', false],
    ['::/0', '10.0.0.1', false],
  ])('%s contains %s: %s', (prefixText, addressText, want) => {
    const prefix = parsePrefix(prefixText)
    const address = parseAddress(addressText)
    if (prefix === null || address === null) throw new Error('the row itself is wrong')
    expect(prefixContains(prefix, address, address.length === 4 ? 4 : 16)).toBe(want)
  })

  test.each(['10.0.0.1/8', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/08', 'fe80::/129', 'x/8'])(
    'parsePrefix refuses %s',
    (text) => {
      expect(parsePrefix(text)).toBeNull()
    },
  )
})

describe('parseListenUrl', () => {
  test.each([
    'udp://0.0.0.0:514',
    'tcp://[::]:514',
    'udp://[::1]:1',
    'tls://10.0.0.1:6514',
    'udp://0.0.0.0%eth1:67',
    'udp://[fe80::1%eth0.5]:123',
    'unix:///run/x.sock',
    'unix://x.sock',
    'unix-stream:///dev/log',
    'packet://br-lan',
    'icmp6://br-lan',
  ])('reads back %s as written', (text) => {
    const url = parseListenUrl(text)
    expect(url === null ? null : formatListenUrl(url)).toBe(text)
  })

  test.each([
    '',
    'udp://',
    'udp://host:1',
    'udp://1.2.3.4',
    'udp://1.2.3.4:65536',
    'udp://::1:5',
    'udp://[1.2.3.4]:5',
    'http://1.2.3.4:80',
    'unix://',
    'unix-stream://',
    'unix-dgram:///x',
    'packet://',
    'packet://a/b',
    'icmp6://',
    'udp://0.0.0.0%:67',
    'udp://0.0.0.0%averylongdevicename:67',
    ' udp://1.2.3.4:5',
  ])('refuses %j', (text) => {
    expect(parseListenUrl(text)).toBeNull()
  })
})
