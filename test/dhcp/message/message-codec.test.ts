import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHADDR_BYTES, messageType } from '../../../daemons/dhcp/message/message.ts'
import { decodeMessage, encodeMessage } from '../../../daemons/dhcp/message/message-codec.ts'
import { OPTION } from '../../../daemons/dhcp/message/option-code.ts'
import { arbitraryDatagram, arbitraryMessage } from '../arbitrary-message.ts'
import { clientDatagram, clientMessage } from '../client-message.ts'
import { readPacket } from '../packet-file.ts'

const plain = clientDatagram({ requested: '192.0.2.100' })

/** A client's datagram with options of our own choice behind the cookie. */
function withOptions(...octets: number[]): Uint8Array {
  return Uint8Array.from([...plain.subarray(0, 240), ...octets])
}

function changed(at: number, ...octets: number[]): Uint8Array {
  const bytes = plain.slice()
  bytes.set(octets, at)
  return bytes
}

function identifier(length: number): number[] {
  return [61, length, ...new Uint8Array(length)]
}

function decoded(bytes: Uint8Array) {
  const result = decodeMessage(bytes)
  if (result.kind !== 'message') throw new Error(`malformed: ${result.reason}`)
  return result.message
}

describe('decodeMessage', () => {
  test.each([
    ['nothing at all', new Uint8Array(0), 'short', 0],
    ['a message cut before its options', plain.subarray(0, 239), 'short', 239],
    ['an op that is neither request nor reply', changed(0, 3), 'op', 0],
    ['a hardware address longer than its field', changed(2, 17), 'hlen', 2],
    ['another magic cookie', changed(236, 1, 2, 3, 4), 'cookie', 236],
    ['an option that runs over the end', withOptions(53, 1, 1, 61, 9, 1), 'option_overrun', 243],
    ['an option without its length', withOptions(53, 1, 1, 61), 'option_no_length', 243],
    ['a message type of two octets', withOptions(53, 2, 1, 1, 255), 'option_length', 240],
    ['a message type of no octets', withOptions(53, 0, 255), 'option_length', 240],
    ['a requested address of three octets', withOptions(53, 1, 1, 50, 3, 1, 2, 3, 255), 'option_length', 240],
    ['an overload of neither field', withOptions(52, 1, 4, 255), 'overload', 240],
    ['a client identifier of 256 octets', withOptions(...identifier(255), 61, 1, 1, 255), 'client_identifier', 240],
  ] as const)('refuses %s', (_title, bytes, reason, offset) => {
    expect(decodeMessage(bytes)).toEqual({ kind: 'malformed', reason, offset })
  })

  test('accepts pads, a missing end and rubbish behind the end', () => {
    expect(messageType(decoded(withOptions(0, 0, 53, 1, 1)))).toBe('DISCOVER')
    expect(decoded(withOptions(53, 1, 3, 255, 77, 200)).options.size).toBe(1)
  })

  test('joins the instances of an option', () => {
    const { options } = decoded(withOptions(61, 2, 1, 2, 53, 1, 1, 61, 1, 3, 61, 0, 255))
    expect(options.get(61)).toEqual(Uint8Array.of(1, 2, 3))
  })

  test('reads a BOOTP message of old, whose vendor area is zeros, and nothing shorter without a cookie', () => {
    const old = new Uint8Array(300)
    old.set(plain.subarray(0, 236))
    const { options, hlen } = decoded(old)
    expect([options.size, hlen]).toEqual([0, 6])
    expect(decodeMessage(old.subarray(0, 299))).toMatchObject({ kind: 'malformed', reason: 'cookie' })
  })

  test('takes a client identifier of 255 octets', () => {
    expect(decoded(withOptions(...identifier(255), 255)).options.get(61)).toHaveLength(255)
  })

  test('reads overloaded fields in the order options, file, sname', () => {
    const bytes = withOptions(52, 1, 3, 12, 1, 65, 255)
    bytes.set([12, 1, 66, 255], 108)
    bytes.set([12, 1, 67, 53, 1, 1, 255], 44)
    const message = decoded(bytes)
    expect(message.options.get(12)).toEqual(Uint8Array.of(65, 66, 67))
    expect([messageType(message), message.sname.length, message.file.length]).toEqual(['DISCOVER', 0, 0])
  })

  test.each([
    'dhclient-discover',
    'dhclient-request',
    'udhcpc-discover',
    'udhcpc-request',
    'perfdhcp-discover',
    'perfdhcp-request',
  ])('reads the capture %s and encodes it again', (name) => {
    const captured = readPacket(name)
    const message = decoded(captured)
    expect(messageType(message)).toBe(name.endsWith('discover') ? 'DISCOVER' : 'REQUEST')
    const { bytes } = encodeMessage(message, 1472)
    const shorter = Math.min(bytes.length, captured.length)
    expect(bytes.subarray(0, shorter)).toEqual(captured.subarray(0, shorter))
  })

  test('takes any octets without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        expect(['message', 'malformed']).toContain(decodeMessage(bytes).kind)
      }),
    )
  })

  test('reads its own encoding of whatever it could read', () => {
    fc.assert(
      fc.property(arbitraryDatagram, (bytes) => {
        const first = decodeMessage(bytes)
        if (first.kind === 'malformed') return
        const options = new Map(first.message.options)
        options.delete(OPTION.optionOverload)
        const message = { ...first.message, options, sname: new Uint8Array(0), file: new Uint8Array(0) }
        const { bytes: again, omitted } = encodeMessage(message, 2000)
        expect(omitted).toEqual([])
        expect(sameMessage(decoded(again), message)).toBe(true)
      }),
    )
  })
})

describe('encodeMessage', () => {
  test('is undone by decodeMessage', () => {
    fc.assert(
      fc.property(arbitraryMessage, (message) => {
        const { bytes, omitted } = encodeMessage(message, 20_000)
        expect(omitted).toEqual([])
        expect(bytes.length).toBeGreaterThanOrEqual(300)
        expect(sameMessage(decoded(bytes), message)).toBe(true)
      }),
    )
  })

  test('never goes over the size it is given, loses no option in silence and cuts none', () => {
    fc.assert(
      fc.property(arbitraryMessage, fc.integer({ min: 548, max: 1472 }), (message, maxBytes) => {
        const { bytes, omitted } = encodeMessage(message, maxBytes)
        expect(bytes.length).toBeLessThanOrEqual(maxBytes)
        const { options } = decoded(bytes)
        for (const [code, value] of message.options) {
          if (omitted.includes(code)) expect(options.has(code)).toBe(false)
          else expect(Buffer.from(options.get(code) ?? []).equals(value)).toBe(true)
        }
      }),
    )
  })

  test('moves what does not fit into file and sname, and drops the last', () => {
    const long = [1, 2, 3, 4, 5].map((code) => [200 + code, new Uint8Array(code === 3 ? 100 : 60).fill(code)] as const)
    const options = new Map([[53, Uint8Array.of(2)], ...long])
    const { bytes, omitted } = encodeMessage({ ...clientMessage({}), options }, 240 + 4 + 3 + 124)
    expect(omitted).toEqual([205])
    expect([...decoded(bytes).options.keys()].sort()).toEqual([201, 202, 203, 204, 52, 53].sort())
    expect(bytes[108]).toBe(203)
    expect(bytes[44]).toBe(204)
  })

  test('puts no options into the fields of a BOOTP client, which would not look there', () => {
    const options = new Map([1, 2].map((code) => [200 + code, new Uint8Array(50)]))
    const { bytes, omitted } = encodeMessage({ ...clientMessage({}), options }, 300)
    expect(omitted).toEqual([202])
    expect(bytes.length).toBe(300)
    expect(bytes.subarray(44, 236).every((byte) => byte === 0)).toBe(true)
  })

  test('leaves out relay agent information that leaves no room for anything else, and nothing beside it', () => {
    const options = new Map([
      [53, Uint8Array.of(2)],
      [82, new Uint8Array(306)],
    ])
    const { bytes, omitted } = encodeMessage({ ...clientMessage({}), options }, 548)
    expect(omitted).toEqual([82])
    expect([...bytes.subarray(240, 244)]).toEqual([53, 1, 2, 255])
  })

  test('puts the relay agent information last', () => {
    const options = new Map([
      [82, Uint8Array.of(1, 1, 7)],
      [53, Uint8Array.of(2)],
    ])
    const { bytes } = encodeMessage({ ...clientMessage({}), options }, 548)
    expect([...bytes.subarray(240, 249)]).toEqual([53, 1, 2, 82, 3, 1, 1, 7, 255])
  })
})

function sameMessage(one: ReturnType<typeof decoded>, other: ReturnType<typeof decoded>): boolean {
  const { options: oneOptions, ...oneRest } = one
  const { options: otherOptions, ...otherRest } = other
  const flat = (rest: object): string =>
    JSON.stringify(rest, (_key, value) => (value instanceof Uint8Array ? [...value] : value))
  return (
    one.chaddr.length === CHADDR_BYTES &&
    flat(oneRest) === flat(otherRest) &&
    oneOptions.size === otherOptions.size &&
    [...otherOptions].every(([code, value]) => Buffer.from(oneOptions.get(code) ?? []).equals(value))
  )
}
