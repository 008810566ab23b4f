import { describe, expect, test } from 'vitest'
import { type Asked, ask, makeServer, request } from './fixture.ts'

const limit = (intervalMs: number, burst: number, kod = false) => ({ rateLimit: { intervalMs, burst, kod } })

const count = (asked: readonly Asked[], outcome: Asked['outcome']): number =>
  asked.filter((one) => one.outcome === outcome).length

describe('the rate limiter', () => {
  test('answers a burst and then one per interval', () => {
    const server = makeServer(limit(8000, 8))
    const burst = Array.from({ length: 8 }, () => ask(server, request(0x23)))
    const paced = Array.from({ length: 50 }, (_, n) => ask(server, request(0x23), { nowMs: (n + 1) * 8000 }))
    expect(count([...burst, ...paced], 'answered')).toBe(58)
  })

  test('over the limit answers what the bucket gives and a quarter of the rest', () => {
    const server = makeServer(limit(8000, 4))
    const asked = Array.from({ length: 10_000 }, (_, n) => ask(server, request(0x23), { nowMs: n * 1000 }))
    const answered = count(asked, 'answered')
    // 1250 by the bucket, a quarter of the other 8750 by the leak.
    expect(answered).toBeGreaterThan(1250 + 2187 - 150)
    expect(answered).toBeLessThan(1250 + 2187 + 150)
    expect(count(asked, 'rate_limited')).toBe(10_000 - answered)
  })

  test('lets a quarter of the requests of a client through whose address is forged a thousand times a second', () => {
    const server = makeServer(limit(1000, 8, true))
    let own = 0
    for (let ms = 0; ms < 400_000; ms++) {
      const { outcome } = ask(server, request(0x23), { nowMs: ms })
      if (ms % 2000 === 1999 && outcome === 'answered') own += 1
    }
    expect(own).toBeGreaterThanOrEqual(200 * 0.17)
  })

  test('leaves a quiet client alone while others flood', () => {
    const server = makeServer(limit(8000, 4))
    for (let ms = 0; ms < 64_000; ms++) {
      ask(server, request(0x23), { nowMs: ms, from: `10.1.2.${ms % 256}` })
      if (ms % 16_000 === 0)
        expect(ask(server, request(0x23), { nowMs: ms, from: '10.9.9.9' }).outcome).toBe('answered')
    }
  })

  test('sends a kiss at the first excess, then at most one per interval', () => {
    const server = makeServer(limit(1000, 2, true))
    const asked = Array.from({ length: 3000 }, (_, n) => ask(server, request(0x23), { nowMs: n }))
    expect(asked.slice(0, 3).map((one) => one.outcome)).toEqual(['answered', 'answered', 'kissed'])
    const kisses = count(asked, 'kissed')
    expect(kisses).toBeGreaterThan(1)
    expect(kisses).toBeLessThanOrEqual(3)
  })

  test('sends no kiss unless it is set', () => {
    const server = makeServer(limit(1000, 1))
    expect(
      count(
        Array.from({ length: 200 }, () => ask(server, request(0x23))),
        'kissed',
      ),
    ).toBe(0)
  })

  test.each([
    ['client', 0x1b, 0xdc],
    ['symmetric', 0x21, 0xe2],
  ])('writes the kiss to a %s request as leap 3, stratum 0, RATE', (_, first, want) => {
    const server = makeServer(limit(1000, 1, true))
    ask(server, request(first))
    const { outcome, reply } = ask(server, request(first))
    expect(outcome).toBe('kissed')
    expect(reply?.[0]).toBe(want)
    expect(reply?.[1]).toBe(0)
    expect(reply?.toString('latin1', 12, 16)).toBe('RATE')
    expect(reply?.toString('hex', 24, 32)).toBe('c0ffee1122334455')
    expect(reply?.readUInt32BE(32)).not.toBe(0)
  })

  test('gives each IPv6 address its own bucket, but a /64 network only that of 64 addresses', () => {
    const server = makeServer(limit(1e9, 1))
    const from = (n: number): string => `2001:db8::${n.toString(16)}`
    const first = Array.from({ length: 64 }, (_, n) => ask(server, request(0x23), { from: from(n + 1) }))
    expect(count(first, 'answered')).toBe(64)
    const more = Array.from({ length: 400 }, (_, n) => ask(server, request(0x23), { from: from(n + 100) }))
    expect(count(more, 'answered')).toBeLessThan(160)
    expect(ask(server, request(0x23), { from: '2001:db8:0:1::1' }).outcome).toBe('answered')
  })

  test('counts an IPv4 address mapped into IPv6 as the same client', () => {
    const server = makeServer(limit(1e9, 2))
    ask(server, request(0x23), { from: '::ffff:192.0.2.7' })
    ask(server, request(0x23), { from: '192.0.2.7' })
    expect(server.clients.newest(9, 0)).toHaveLength(1)
    expect(server.clients.newest(9, 0)[0]?.requests).toBe(2)
  })

  test('is off without a rate', () => {
    const server = makeServer()
    expect(
      count(
        Array.from({ length: 1000 }, () => ask(server, request(0x23))),
        'answered',
      ),
    ).toBe(1000)
  })
})
