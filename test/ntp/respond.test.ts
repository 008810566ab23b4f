import { describe, expect, test } from 'vitest'
import { ARRIVAL, ask, makeServer, request, stamp } from './fixture.ts'

const field = (type: number, length: number, room = length): Buffer => {
  const bytes = Buffer.alloc(room)
  bytes.writeUInt16BE(type, 0)
  bytes.writeUInt16BE(length, 2)
  return bytes
}

describe('respond by version and mode', () => {
  test.each([
    ['v4 client', 0x23, 0x24],
    ['v3 client', 0x1b, 0x1c],
    ['v2 client', 0x13, 0x14],
    ['v1 client', 0x0b, 0x0c],
    ['v1 without a mode', 0x08, 0x0c],
    ['v4 symmetric active', 0x21, 0x22],
    ['v3 symmetric active', 0x19, 0x1a],
    ['v4 client with leap 3', 0xe3, 0x24],
    ['v4 client with leap 1', 0x63, 0x24],
  ])('answers a %s', (_, first, want) => {
    const { outcome, reply } = ask(makeServer(), request(first))
    expect(outcome).toBe('answered')
    expect(reply?.[0]).toBe(want)
  })

  test.each([
    ['v0 client', 0x03, 'version'],
    ['v5 client', 0x2b, 'version'],
    ['v7 client', 0x3b, 'version'],
    ['v4 without a mode', 0x20, 'mode'],
    ['v2 without a mode', 0x10, 'mode'],
    ['v4 symmetric passive', 0x22, 'mode'],
    ['v4 server', 0x24, 'mode'],
    ['v4 broadcast', 0x25, 'mode'],
    ['v2 control', 0x16, 'mode'],
    ['v2 private', 0x17, 'mode'],
  ])('is silent to a %s', (_, first, want) => {
    expect(ask(makeServer(), request(first))).toMatchObject({ outcome: want, reply: null })
  })

  test('is silent to version 1 without a mode from port 123, which is a peer', () => {
    expect(ask(makeServer(), request(0x08), { port: 123 }).outcome).toBe('mode')
    expect(ask(makeServer(), request(0x0b), { port: 123 }).outcome).toBe('answered')
  })

  test.each(['160200010000000000000000', '1700032a00000000'])('is silent to the query %s', (hex) => {
    expect(ask(makeServer(), Buffer.from(hex, 'hex')).outcome).toBe('mode')
  })
})

describe('respond by length and trailer', () => {
  test.each([
    [0, 'length'],
    [1, 'length'],
    [12, 'length'],
    [47, 'length'],
  ])('is silent to %i octets', (length, want) => {
    expect(ask(makeServer(), request(0x23).subarray(0, length)).outcome).toBe(want)
  })

  test.each([
    ['1 octet', 0x23, Buffer.alloc(1), 'length'],
    ['3 octets', 0x23, Buffer.alloc(3), 'length'],
    ['a key id without digest', 0x23, Buffer.from([0, 0, 0, 1]), 'fields'],
    ['4 zero octets in v3', 0x1b, Buffer.alloc(4), 'fields'],
    ['a last field of 16', 0x23, field(0x2005, 16), 'fields'],
    ['a field of 20, which is a MAC', 0x23, field(0x2005, 20), 'unknown_key'],
    ['24 octets of MAC', 0x1b, Buffer.alloc(24), 'unknown_key'],
    ['a field of 28', 0x23, field(0x2005, 28), 'answered'],
    ['fields of 16 and 28', 0x23, Buffer.concat([field(0x2005, 16), field(0x2006, 28)]), 'answered'],
    ['a field of 28 and a MAC', 0x23, Buffer.concat([field(0x2005, 28), Buffer.alloc(20)]), 'unknown_key'],
    ['a field with length 0', 0x23, field(0x2005, 0, 28), 'fields'],
    ['a field with length 4', 0x23, field(0x2005, 4, 28), 'fields'],
    ['a field with length 27', 0x23, field(0x2005, 27, 28), 'fields'],
    ['a field longer than the rest', 0x23, field(0x2005, 200, 28), 'fields'],
    ['28 octets in v3', 0x1b, field(0x2005, 28), 'fields'],
    ['976 zero octets', 0x23, Buffer.alloc(976), 'fields'],
    ['an NTS authenticator', 0x23, Buffer.concat([field(0x0104, 36), field(0x0404, 40)]), 'authenticated'],
    ['an NTS cookie', 0x23, Buffer.concat([field(0x0204, 104), field(0x0304, 28)]), 'authenticated'],
  ])('with %s', (_, first, tail, want) => {
    const { outcome, reply } = ask(makeServer(), request(first, tail))
    expect(outcome).toBe(want)
    expect(reply?.length).toBe(want === 'answered' ? 48 : undefined)
  })
})

describe('the fields of an answer', () => {
  test('come from the local clock at the stratum that was set', () => {
    const { reply } = ask(makeServer({ localStratum: 10 }), request(0x23))
    expect(reply?.[1]).toBe(10)
    expect(reply?.readInt8(3)).toBe(-20)
    expect(reply?.readUInt32BE(4)).toBe(0)
    expect(reply?.subarray(12, 16).toString('hex')).toBe('7f7f0101')
    expect(reply?.readUInt32BE(16)).toBeLessThanOrEqual((ARRIVAL + 2_208_988_800 - 1) % 2 ** 32)
  })

  test('name the local clock at stratum 1', () => {
    const { reply } = ask(makeServer({ localStratum: 1 }), request(0x23))
    expect(reply?.subarray(12, 16).toString('latin1')).toBe('LOCL')
  })

  test('say that the clock is not synchronised when no stratum is set', () => {
    const { outcome, reply } = ask(makeServer({ localStratum: 0 }), request(0x23))
    expect(outcome).toBe('answered')
    expect(reply?.subarray(0, 2).toString('hex')).toBe('e400')
    expect(reply?.subarray(4, 24).toString('hex')).toBe(`0001000000010000${'00'.repeat(12)}`)
    expect(reply?.readUInt32BE(40)).not.toBe(0)
  })

  test('carry arrival and departure, and the origin bit for bit', () => {
    const { reply } = ask(makeServer(), request(0x23), { nanoseconds: 500_000_000, laterNs: 20_000_000 })
    if (reply === null) throw new Error('no answer')
    expect(reply.toString('hex', 24, 32)).toBe('c0ffee1122334455')
    expect(reply.readUInt32BE(32)).toBe((ARRIVAL + 2_208_988_800) % 2 ** 32)
    expect(reply.readUInt32BE(36) >>> 2).toBe(0x8000_0000 >>> 2)
    expect(Number(stamp(reply, 40) - stamp(reply, 32)) / 2 ** 32).toBeCloseTo(0.02, 5)
  })

  test('answer an origin of zero', () => {
    const zero = request(0x23)
    zero.fill(0, 40)
    expect(ask(makeServer(), zero).outcome).toBe('answered')
  })

  test('answer the upgrade probe of NTPv5 as version 4', () => {
    const probe = request(0x23)
    probe.write('NTP5DRFT', 16, 'latin1')
    const { reply } = ask(makeServer(), probe)
    expect(reply?.[0]).toBe(0x24)
    expect(reply?.toString('latin1', 16, 24)).not.toBe('NTP5DRFT')
  })

  test.each([
    [6, null, 6],
    [0, null, 0],
    [17, null, 17],
    [-6, null, -6],
    [127, null, 127],
    [-128, null, -7],
    [0, 4000, 2],
    [6, 4000, 6],
    [-128, 500, -1],
  ])('echo poll %i with a limit of %s ms as %i', (poll, intervalMs, want) => {
    const rateLimit = intervalMs === null ? null : { intervalMs, burst: 8, kod: true }
    const asked = request(0x23)
    asked.writeInt8(poll, 2)
    expect(ask(makeServer({ rateLimit }), asked).reply?.readInt8(2)).toBe(want)
  })

  test('have rising arrivals for arrivals a nanosecond apart', () => {
    const server = makeServer()
    let before = 0n
    for (let nanoseconds = 0; nanoseconds < 1000; nanoseconds++) {
      const { reply } = ask(server, request(0x23), { nanoseconds })
      if (reply === null) throw new Error('no answer')
      expect(stamp(reply, 32)).toBeGreaterThan(before)
      before = stamp(reply, 32)
    }
  })

  test('have random bits below the precision', () => {
    const server = makeServer()
    const low = Array.from({ length: 64 }, () => (ask(server, request(0x23)).reply?.readUInt32BE(44) ?? 0) & 0xfff)
    expect(new Set(low).size).toBeGreaterThan(50)
  })
})

describe('probes of the supervisor', () => {
  const probe = { high: 0x00112233, low: 0x44556677 }
  const question = request(0x23)
  question.write('0011223344556677', 40, 'hex')

  test('are answered to anyone, at any rate, and stay out of the books', () => {
    const server = makeServer({ allow: [], rateLimit: { intervalMs: 1e6, burst: 1, kod: true } }, probe)
    for (let count = 0; count < 50; count++) {
      const { outcome, reply } = ask(server, question)
      expect(outcome).toBe('probes')
      expect(reply?.toString('hex', 24, 32)).toBe('0011223344556677')
      expect(reply?.[1]).toBe(10)
    }
    expect(server.clients.clients).toBe(0)
  })

  test('need the whole mark, mode 3, and somebody who probes', () => {
    const other = Buffer.from(question)
    other[47] = 0x78
    expect(ask(makeServer({ allow: [] }, probe), other).outcome).toBe('denied')
    expect(ask(makeServer({ allow: [] }), question).outcome).toBe('denied')
    const symmetric = Buffer.from(question)
    symmetric[0] = 0x21
    expect(ask(makeServer({ allow: [] }, probe), symmetric).outcome).toBe('denied')
  })
})

describe('the allow list', () => {
  test.each([
    ['10.1.2.3', 'answered'],
    ['11.1.2.3', 'denied'],
    ['::ffff:10.1.2.3', 'answered'],
    ['::ffff:11.1.2.3', 'denied'],
    ['fe80::1', 'answered'],
    ['fec0::1', 'denied'],
    ['::1', 'denied'],
  ])('%s is %s', (from, want) => {
    const server = makeServer({ allow: ['10.0.0.0/8', 'fe80::/10'] })
    expect(ask(server, request(0x23), { from }).outcome).toBe(want)
    const [client] = server.clients.newest(10, 0)
    expect(client).toMatchObject({ requests: 1, denied: want === 'denied' ? 1 : 0, version: 4 })
  })
})
