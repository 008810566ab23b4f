import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatIpv6 } from '../../../daemons/dhcp/v6/address.ts'
import { decodeClientFqdn, encodeClientFqdn } from '../../../daemons/dhcp/v6/client-fqdn.ts'
import { MESSAGE_TYPES, OPTION } from '../../../daemons/dhcp/v6/codes.ts'
import { macOfDuid, uuidDuid } from '../../../daemons/dhcp/v6/duid.ts'
import { decodeAssociation, encodeAssociation, FOR_EVER } from '../../../daemons/dhcp/v6/identity-association.ts'
import { decodeOptions, encodeOption, findOption } from '../../../daemons/dhcp/v6/options-codec.ts'
import { decodeDatagram, wrapAnswer } from '../../../daemons/dhcp/v6/relay-codec.ts'
import { uint32Bytes } from '../../../daemons/wire/octets.ts'
import { address, clientDatagram, duidLl, relayed } from './client-message.ts'

const HEADER = [1, 0x12, 0x34, 0x56]
const DUID = [0, 1, 0, 3, 0, 3, 9]

function decoded(bytes: Uint8Array) {
  const result = decodeDatagram(bytes)
  if (result.kind !== 'message') throw new Error(`malformed: ${result.reason}`)
  return result
}

function nested(levels: number): Uint8Array {
  return relayed(clientDatagram({}), ...Array.from({ length: levels }, () => ({ link: 'fd00:50::1' })))
}

describe('decodeDatagram', () => {
  test.each([
    ['nothing at all', [], 'short'],
    ['a message cut in its transaction id', [1, 2, 3], 'short'],
    ['a type that there is not', [14, 0, 0, 0], 'type'],
    ['half a header of an option', [...HEADER, 0, 1, 0], 'option_overrun'],
    ['an option that runs over the end', [...HEADER, 0, 1, 0, 9, 0, 3], 'option_overrun'],
    ['two client identifiers', [...HEADER, ...DUID, ...DUID], 'duplicate_option'],
    ['a DUID of its type alone', [...HEADER, 0, 1, 0, 2, 0, 3], 'duid'],
    ['a DUID of 131 octets', [...HEADER, 0, 1, 0, 131, ...new Uint8Array(131)], 'duid'],
    ['a server identifier that is none', [...HEADER, ...DUID, 0, 2, 0, 0], 'duid'],
    ['half a code among those asked for', [...HEADER, 0, 6, 0, 3, 0, 23, 0], 'option_length'],
    ['an association without T1 and T2', [...HEADER, 0, 3, 0, 4, 0, 0, 0, 1], 'association'],
    [
      'an option in an association that runs over it',
      [...HEADER, 0, 3, 0, 16, ...new Uint8Array(12), 0, 5, 0, 1],
      'association',
    ],
    [
      'an address without its lifetimes',
      [...HEADER, 0, 3, 0, 32, ...new Uint8Array(12), 0, 5, 0, 16, ...new Uint8Array(16)],
      'association',
    ],
    ['two associations of one name', [...HEADER, 0, 4, 0, 4, 0, 0, 0, 1, 0, 4, 0, 4, 0, 0, 0, 1], 'association'],
    ['a relay agent without addresses', [12, 0, 0, 0], 'short'],
    ['a relay agent without a message', [12, 0, ...new Uint8Array(32)], 'relay_message'],
    ['a relay agent with an empty message', [12, 0, ...new Uint8Array(32), 0, 9, 0, 0], 'short'],
    ['a relay agent with two messages', [12, 0, ...new Uint8Array(32), 0, 9, 0, 0, 0, 9, 0, 0], 'duplicate_option'],
    ['a relay agent behind more than eight', [12, 9, ...new Uint8Array(32), 0, 9, 0, 4, ...HEADER], 'hops'],
  ] as const)('refuses %s', (_title, bytes, reason) => {
    expect(decodeDatagram(Uint8Array.from(bytes))).toEqual({ kind: 'malformed', reason })
  })

  test('reads a message as it was written', () => {
    const sent = clientDatagram({
      type: 'RENEW',
      transactionId: 0xfedcba,
      duid: duidLl(7),
      server: '0004000102',
      associations: [
        { iaid: 0xffffffff, addresses: ['fd00:50::1', 'fd00:50::2'] },
        { kind: 'iaTa', iaid: 1 },
        { kind: 'iaPd', iaid: 1 },
      ],
      requested: [23, 24],
      rapidCommit: true,
      fqdn: 'printer.lab',
    })
    const { message, relays } = decoded(sent)
    expect(relays).toEqual([])
    expect(message).toMatchObject({ type: 'RENEW', transactionId: 0xfedcba, rapidCommit: true })
    expect(Buffer.from(message.clientId ?? []).toString('hex')).toBe(duidLl(7))
    expect(Buffer.from(message.serverId ?? []).toString('hex')).toBe('0004000102')
    expect(message.associations).toEqual([
      { kind: 'iaNa', iaid: 0xffffffff, addresses: [address('fd00:50::1'), address('fd00:50::2')] },
      { kind: 'iaTa', iaid: 1, addresses: [] },
      { kind: 'iaPd', iaid: 1, addresses: [] },
    ])
    expect([...message.requested]).toEqual([23, 24])
    expect(Buffer.from(decodeClientFqdn(message.clientFqdn ?? new Uint8Array(0)) ?? []).toString()).toBe('printer.lab')
  })

  test('looks at sixteen addresses of an association', () => {
    const addresses = Array.from({ length: 40 }, (_, index) => `fd00:50::${(index + 1).toString(16)}`)
    const { message } = decoded(clientDatagram({ associations: [{ iaid: 1, addresses }] }))
    expect(message.associations[0]?.addresses.map(formatIpv6)).toEqual(addresses.slice(0, 16))
  })

  test('reads what relay agents tell, the nearest to us first', () => {
    const { relays } = decoded(
      relayed(
        clientDatagram({}),
        { link: 'fd00:51::1', peer: 'fe80::5054', interfaceId: 'port 7', mac: '525400000009' },
        { link: 'fd00:52::1', sourcePort: 1547 },
      ),
    )
    expect(relays.map(({ linkAddress }) => formatIpv6(linkAddress))).toEqual(['fd00:52::1', 'fd00:51::1'])
    expect(relays[0]).toMatchObject({ hopCount: 1, interfaceId: null, clientMac: null })
    expect(relays[1]).toMatchObject({ hopCount: 0, clientMac: '52:54:00:00:00:09', sourcePort: null })
    expect(Buffer.from(relays[1]?.interfaceId ?? []).toString()).toBe('port 7')
  })

  test('reads a message behind as many relay agents as may pass one on, and none behind more', () => {
    expect(decoded(nested(9)).relays.length).toBe(9)
    expect(decodeDatagram(nested(10))).toEqual({ kind: 'malformed', reason: 'hops' })
    const deceiving = Array.from({ length: 10 }, () => ({ link: 'fd00:51::1', hopCount: 0 }))
    expect(decodeDatagram(relayed(clientDatagram({}), ...deceiving))).toEqual({ kind: 'malformed', reason: 'hops' })
  })

  test('never throws, and reads what it reads a second time alike', () => {
    const valid = [
      relayed(clientDatagram({ associations: [{ iaid: 1, addresses: ['fd00::1'] }], requested: [23] }), {
        link: '::',
        mac: '525400000009',
      }),
      clientDatagram({ associations: [{ iaid: 1 }, { kind: 'iaPd', iaid: 2 }], fqdn: 'a.b' }),
    ]
    const mutated = fc
      .record({
        base: fc.constantFrom(...valid),
        changes: fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 6 }),
        cut: fc.nat(300),
      })
      .map(({ base, changes, cut }) => {
        const bytes = Uint8Array.from(base)
        for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte
        return bytes.subarray(0, Math.max(0, bytes.length - (cut > 150 ? 0 : cut)))
      })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 400 })), (bytes) => {
        expect(decodeDatagram(bytes)).toEqual(decodeDatagram(Uint8Array.from(bytes)))
      }),
    )
  })
})

describe('wrapAnswer', () => {
  test('gives each relay agent back what it told, innermost last', () => {
    const { relays } = decoded(
      relayed(
        clientDatagram({}),
        { link: 'fd00:51::1', interfaceId: 'port 7' },
        { link: '::', peer: 'fd00:51::1', sourcePort: 9 },
      ),
    )
    const outer = wrapAnswer(Uint8Array.of(7, 1, 2, 3), relays)
    expect([...outer.subarray(0, 2)]).toEqual([MESSAGE_TYPES['RELAY-REPL'], 1])
    const outerOptions = decodeOptions(outer, 34) ?? []
    expect(findOption(outerOptions, OPTION.relaySourcePort)).toEqual(Uint8Array.of(0, 9))
    const inner = findOption(outerOptions, OPTION.relayMessage) ?? new Uint8Array(0)
    expect([...inner.subarray(0, 2)]).toEqual([MESSAGE_TYPES['RELAY-REPL'], 0])
    const innerOptions = decodeOptions(inner, 34) ?? []
    expect(Buffer.from(findOption(innerOptions, OPTION.interfaceId) ?? []).toString()).toBe('port 7')
    expect(findOption(innerOptions, OPTION.relayMessage)).toEqual(Uint8Array.of(7, 1, 2, 3))
  })
})

describe('encodeAssociation', () => {
  const given = (preferredSeconds: number) => ({ address: address('fd00::1'), preferredSeconds, validSeconds: 1000 })

  test.each([
    ['half and four fifths of the shortest', [given(600), given(301)], 150, 240],
    ['no end without an end', [given(FOR_EVER)], FOR_EVER, FOR_EVER],
    ['nothing where addresses end', [given(0)], 0, 0],
    ['nothing without an address', [], 0, 0],
  ] as const)('tells T1 and T2: %s', (_title, addresses, t1, t2) => {
    const bytes = encodeAssociation({ kind: 'iaNa', iaid: 7, addresses, status: null })
    expect([...bytes.subarray(4, 16)]).toEqual([...uint32Bytes(7), ...uint32Bytes(t1), ...uint32Bytes(t2)])
  })

  test('is read as it was written', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('iaNa', 'iaTa'),
        fc.nat(0xffffffff),
        fc.array(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), { maxLength: 16 }),
        (kind, iaid, list) => {
          const addresses = list.map((one) => ({ address: one, preferredSeconds: 1, validSeconds: 2 }))
          const bytes = encodeAssociation({ kind, iaid, addresses, status: { name: 'noBinding', message: 'none' } })
          expect(decodeAssociation(kind, bytes.subarray(4))).toEqual({ kind, iaid, addresses: list })
        },
      ),
    )
  })
})

describe('macOfDuid', () => {
  test.each([
    ['made of an address and a time', '00010001aabbccdd525400000009', '52:54:00:00:00:09'],
    ['made of an address', '00030001525400000009', '52:54:00:00:00:09'],
    ['made of an address of another kind of network', '00030006525400000009', null],
    ['too short for its address', '0003000152540000', null],
    ['made of random octets', '00040102030405060708090a0b0c0d0e0f10', null],
    ['of an enterprise', '000200000009aabbccddeeff', null],
  ])('reads a DUID %s', (_title, hex, mac) => {
    expect(macOfDuid(Buffer.from(hex, 'hex'))).toBe(mac)
  })
})

test('uuidDuid sets the version and the variant of a random UUID', () => {
  expect(Buffer.from(uuidDuid(new Uint8Array(16).fill(0xff))).toString('hex')).toBe(
    '0004ffffffffffff4fffbfffffffffffffff',
  )
})

describe('encodeClientFqdn', () => {
  test.each([
    ['asked to update', [1], 'a.lab', [0, 39, 0, 8, 0x06, 1, 97, 3, 108, 97, 98, 0]],
    ['not asked', [0], 'a', [0, 39, 0, 4, 0x04, 1, 97, 0]],
    ['told not to', [4], null, [0, 39, 0, 1, 0x04]],
    ['asked without flags', [], null, [0, 39, 0, 1, 0x04]],
  ] as const)('says that nobody updates DNS, %s', (_title, asked, name, bytes) => {
    expect([...encodeClientFqdn(Uint8Array.from(asked), name)]).toEqual([...bytes])
  })
})

test('decodeClientFqdn refuses a label that runs over the end, and a compressed one', () => {
  expect(decodeClientFqdn(Uint8Array.of(0, 5, 97))).toBe(null)
  expect(decodeClientFqdn(Uint8Array.of(0, 0xc0, 1))).toBe(null)
  expect(decodeClientFqdn(new Uint8Array(0))).toBe(null)
})

test('decodeOptions keeps the order and gives back what encodeOption wrote', () => {
  const list = fc.array(fc.record({ code: fc.nat(65535), value: fc.uint8Array({ maxLength: 300 }) }), { maxLength: 20 })
  fc.assert(
    fc.property(list, (options) => {
      const bytes = Uint8Array.from(options.flatMap(({ code, value }) => [...encodeOption(code, value)]))
      expect(decodeOptions(bytes, 0)).toEqual(options)
    }),
  )
})
