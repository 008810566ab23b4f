import { describe, expect, test } from 'vitest'
import type { KernelClock } from '../../daemons/linux/kernel-clock.ts'
import { measurePrecision } from '../../daemons/ntp/measure-precision.ts'
import { createTally, OUTCOMES, toCounters } from '../../daemons/ntp/outcome.ts'
import { type FollowedClock, ServedClock } from '../../daemons/ntp/served-clock.ts'
import { reportTime } from '../../daemons/ntp/time-report.ts'
import { isLater, ntpFraction, ntpSeconds, shortFormat } from '../../daemons/ntp/timestamp.ts'
import { ARRIVAL, ask, makeServer, NO_LEAP, NOBODY, request, section, stamp, UNKEPT } from './fixture.ts'

const ROLLOVER = Date.parse('2036-02-07T06:28:16Z') / 1000

describe('NTP time', () => {
  test.each([
    ['2024-01-01T00:00:00Z', 0, 'e93c7f0000000000'],
    ['1970-01-01T00:00:00Z', 0, '83aa7e8000000000'],
    ['2036-02-07T06:28:15Z', 999_999_999, 'fffffffffffffffb'],
    ['2036-02-07T06:28:16Z', 0, '0000000000000000'],
    ['2036-02-07T06:28:17Z', 500_000_000, '0000000180000000'],
  ])('of %s and %i ns is %s', (text, nanoseconds, want) => {
    const hex = (value: number): string => value.toString(16).padStart(8, '0')
    expect(hex(ntpSeconds(Date.parse(text) / 1000)) + hex(ntpFraction(nanoseconds))).toBe(want)
  })

  test('never goes out as zero when the era turns', () => {
    for (let seed = 1; seed < 40; seed++) {
      const server = makeServer({}, null, seed)
      const { reply } = ask(server, request(0x23), { seconds: ROLLOVER, nanoseconds: 0, laterNs: 0 })
      if (reply === null) throw new Error('no answer')
      expect(stamp(reply, 32)).not.toBe(0n)
      expect(stamp(reply, 40)).toBeGreaterThan(stamp(reply, 32))
      expect(reply.readUInt32BE(16)).toBeGreaterThan(0xffff_0000)
    }
  })

  test('isLater looks across the turn of an era', () => {
    expect(isLater(0, 1, 0xffff_ffff, 5)).toBe(true)
    expect(isLater(0xffff_ffff, 5, 0, 1)).toBe(false)
    expect(isLater(7, 5, 7, 5)).toBe(false)
  })

  test('shortFormat rounds up and stays in range', () => {
    expect([0, 1 / 65536, 1.00001, 1e9].map(shortFormat)).toEqual([0, 1, 65537, 0xffff_ffff])
  })

  test('follows the clock when it is set back an hour', () => {
    const server = makeServer()
    ask(server, request(0x23), { seconds: 2_000_000_000 })
    const { reply } = ask(server, request(0x23), { seconds: 2_000_000_000 - 3600 })
    expect(reply?.readUInt32BE(32)).toBe((2_000_000_000 - 3600 + 2_208_988_800) % 2 ** 32)
    expect(reply?.readUInt32BE(16)).toBeLessThan(reply?.readUInt32BE(32) ?? 0)
  })

  test('departs after arrival even when the clock was set back in between', () => {
    const { reply } = ask(makeServer(), request(0x23), { nanoseconds: 900_000_000, laterNs: -800_000_000 })
    if (reply === null) throw new Error('no answer')
    expect(stamp(reply, 40) - stamp(reply, 32)).toBe(1n)
  })
})

describe('ServedClock', () => {
  test('admits more error the older its reference, and renews it before clients lose faith', () => {
    const clock = new ServedClock(section(), -20, () => null)
    const seen: { reference: number; dispersion: number }[] = []
    for (let second = 0; second < 5000; second += 10) {
      clock.advance(1_800_000_000 + second)
      const reference = clock.referenceSeconds - 2_208_988_800
      expect(1_800_000_000 + second - ((reference + 2 ** 32) % 2 ** 32)).toBeGreaterThan(0)
      seen.push({ reference, dispersion: clock.rootDispersion })
    }
    expect(new Set(seen.map((one) => one.reference)).size).toBe(5)
    expect(seen[50]?.dispersion).toBeGreaterThan((seen[0]?.dispersion ?? 0) + 0.007 * 65536)
    expect(Math.min(...seen.map((one) => one.dispersion))).toBeGreaterThan(0.01 * 65536)
  })

  test('changes its claim at once', () => {
    const server = makeServer({ localStratum: 0 })
    expect(ask(server, request(0x23)).reply?.[1]).toBe(0)
    server.clock.setOwn(section({ localStratum: 5 }))
    expect(ask(server, request(0x23)).reply?.subarray(0, 2).toString('hex')).toBe('2405')
    server.clock.setOwn(section({ localStratum: 0 }))
    expect(ask(server, request(0x23)).reply?.subarray(0, 2).toString('hex')).toBe('e400')
  })

  describe('that follows another', () => {
    const NOW = 1_800_000_000
    const followed: FollowedClock = {
      leapIndicator: 1,
      stratum: 3,
      referenceId: 0xc0000205,
      name: 'time.example',
      address: '192.0.2.5',
      unixSeconds: NOW,
      rootDelay: 0.25,
      rootDispersion: 0.125,
      correction: { atMs: 1000, offset: -1.75, frequency: 100e-6, jitter: 0 },
    }

    test('says what it says, with an error that grows while nothing is heard', () => {
      const server = makeServer()
      server.clock.follow(followed)
      server.clock.advance(NOW + 1000)
      expect(server.clock).toMatchObject({ leapIndicator: 1, stratum: 3, referenceId: 0xc0000205, rootDelay: 16384 })
      expect(server.clock.rootDispersion).toBe(Math.ceil((0.125 + 0.015) * 65536))
      const report = reportTime({ ...server, ...UNKEPT, sources: [], leap: NO_LEAP, own: NOBODY }, NOW, 2000)
      expect(report.clock).toMatchObject({ synchronised: true, source: 'time.example', reference_id: '192.0.2.5' })
      expect(report.clock.offset_s).toBeCloseTo(-1.7499, 9)
    })

    test('is claimed no longer when it may be a second off; its correction stays', () => {
      const { clock } = makeServer()
      clock.follow(followed)
      clock.advance(NOW + 100_000)
      clock.correctTo(1000, NOW)
      expect(clock).toMatchObject({ isFollowing: false, stratum: 10, correctionSeconds: -2 })
      expect(clock.correctionNanoseconds).toBeCloseTo(250_000_000, 3)
      clock.follow({ ...followed, unixSeconds: NOW + 100_000 })
      expect(clock).toMatchObject({ isFollowing: true, stratum: 3 })
    })

    test('is corrected no more when it is lost and another program keeps the clock of this machine', () => {
      let synchronised = true
      const kernel = (): KernelClock => ({ synchronised, maxErrorUs: 9, leap: 0, frequencyPpm: 0 })
      const { clock } = makeServer({ clock: 'auto' }, null, 7, kernel)
      const at = (second: number): object => {
        clock.correctTo(1000, NOW + second)
        clock.advance(NOW + second)
        clock.correctTo(1000, NOW + second)
        return { origin: clock.origin, seconds: clock.correctionSeconds + clock.correctionNanoseconds / 1e9 }
      }
      clock.follow(followed)
      expect(at(0)).toEqual({ origin: 'source', seconds: -1.75 })
      expect(at(100_000)).toEqual({ origin: 'kernel', seconds: 0 })
      synchronised = false
      expect(at(100_001)).toEqual({ origin: 'local', seconds: -1.75 })
    })

    test('leaves no trace when it is given up', () => {
      const { clock } = makeServer({ localStratum: 0 })
      clock.follow(followed)
      clock.correctTo(1000, NOW)
      clock.follow(null)
      expect(clock).toMatchObject({ stratum: 0, leapIndicator: 3, correctionSeconds: 0, correctionNanoseconds: 0 })
    })
  })

  test.each([
    [100, -23],
    [500, -20],
    [1_000_000, -9],
    [1, -24],
  ])('measurePrecision of a clock that steps by %i ns is %i', (step, want) => {
    let now = 0
    const read = (): number => {
      now += step
      return now
    }
    expect(measurePrecision(read)).toBe(want)
  })
})

const UNTOLD = { stratum: null, reference_id: null, reference_time: null, follows_us: null }

/** A request that tells whose time its sender has. */
function claiming(stratum: number, id: number, setAt: number): Buffer {
  const bytes = request(0x23)
  bytes[1] = stratum
  bytes.writeUInt32BE(id, 12)
  if (setAt !== ARRIVAL) bytes.writeUInt32BE((setAt + 2_208_988_800) % 2 ** 32, 16)
  return bytes
}

describe('the books', () => {
  test('add up: received is the sum of its parts, probes apart', () => {
    const tally = createTally()
    for (const [index, outcome] of OUTCOMES.entries()) tally[outcome] = 2 ** index
    const counters = toCounters(tally)
    const parts = [
      'answered',
      'rate_limited',
      'denied',
      'malformed',
      'unknown_key',
      'bad_mac',
      'nts_nak',
      'authenticated',
      'stale',
      'broadcast',
    ]
    expect(counters['received']).toBe(parts.reduce((sum, name) => sum + (counters[name] ?? 0), 0))
    expect((counters['received'] ?? 0) + (counters['probes'] ?? 0)).toBe(2 ** OUTCOMES.length - 1)
  })

  test('are reported as `lanward time --json` has them', () => {
    const server = makeServer({ allow: ['192.0.2.0/24'], rateLimit: { intervalMs: 1e6, burst: 1, kod: true } })
    ask(server, request(0x1b), { nowMs: 1000 })
    ask(server, request(0x1b), { nowMs: 1500, seconds: 1_800_000_000 })
    ask(server, request(0x23), { nowMs: 2000, from: '2001:db8::5' })
    const report = reportTime({ ...server, ...UNKEPT, sources: [], leap: NO_LEAP, own: NOBODY }, 1_800_000_000, 2200)
    expect(report.clock).toMatchObject({ synchronised: false, stratum: 10, reference_id: 'LOCL', source: null })
    expect(report.clock.root_dispersion_s).toBeGreaterThan(0.01)
    expect(report.sources).toEqual([])
    expect(report.clients).toEqual([
      {
        address: '2001:db8::5',
        requests: 1,
        rate_per_s: 0.07,
        per_minute: 1,
        last_s: 0.2,
        rate_limited: 0,
        denied: 1,
        version: 4,
        authentication: 'none',
        interleaved: false,
        ...UNTOLD,
        clock: 'unknown',
        error_s: null,
        refused: 'denied',
      },
      {
        address: '192.0.2.7',
        requests: 2,
        rate_per_s: 0.13,
        per_minute: 2,
        last_s: 0.7,
        rate_limited: 1,
        denied: 0,
        version: 3,
        authentication: 'none',
        interleaved: false,
        ...UNTOLD,
        clock: 'nonce',
        error_s: null,
        refused: 'kissed',
      },
    ])
  })

  test.each<[string, string, readonly [number, number, number], object]>([
    ['another server', '10.0.0.9', [3, 0xc0000205, 10], { stratum: 3, reference_id: '192.0.2.5', follows_us: false }],
    ['an address of ours', '10.0.0.9', [11, 0x0a000001, 10], { stratum: 11, follows_us: true }],
    ['loopback from afar', '10.0.0.9', [11, 0x7f000001, 10], { reference_id: '127.0.0.1', follows_us: false }],
    ['loopback from here', '10.0.0.1', [11, 0x7f000001, 10], { follows_us: true }],
    ['a clock of its own', '10.0.0.9', [1, 0x47505300, 10], { stratum: 1, reference_id: 'GPS', follows_us: false }],
    ['no clock', '10.0.0.9', [0, 0x494e4954, 0], { stratum: 0, reference_id: 'INIT', reference_time: null }],
    ['no clock in the old way', '10.0.0.9', [16, 0x01020304, 0], { stratum: 0, reference_id: '01020304' }],
  ])('tell that a client follows %s', (_, from, [stratum, id, age], want) => {
    const server = makeServer()
    ask(server, claiming(stratum, id, ARRIVAL - age), { from })
    const own = { texts: new Set(['10.0.0.1']), outer: new Set([0x0a000001]), inner: new Set([0x7f000001]) }
    const { clients } = reportTime({ ...server, ...UNKEPT, sources: [], leap: NO_LEAP, own }, ARRIVAL, 0)
    const reference_time = age === 0 ? null : new Date((ARRIVAL - age) * 1000).toISOString()
    expect(clients).toMatchObject([{ reference_time, ...want }])
    ask(server, request(0x23), { from })
    expect(reportTime({ ...server, ...UNKEPT, sources: [], leap: NO_LEAP, own }, ARRIVAL, 0).clients).toMatchObject([
      UNTOLD,
    ])
  })

  test('know ourselves when what we told comes back', () => {
    const server = makeServer()
    const { reply } = ask(server, request(0x23))
    if (reply === null) throw new Error('no reply')
    const again = request(0x23)
    reply.copy(again, 1, 1, 2)
    reply.copy(again, 12, 12, 20)
    ask(server, again)
    const { clients } = reportTime({ ...server, ...UNKEPT, sources: [], leap: NO_LEAP, own: NOBODY }, ARRIVAL, 0)
    expect(clients).toMatchObject([{ stratum: 10, reference_id: '127.127.1.1', follows_us: true }])
  })

  test('show the newest thousand of many clients', () => {
    const server = makeServer()
    for (let n = 0; n < 3000; n++) ask(server, request(0x23), { nowMs: n, from: `10.0.${n >> 8}.${n & 255}` })
    const { clients } = reportTime({ ...server, ...UNKEPT, sources: [], leap: NO_LEAP, own: NOBODY }, 0, 3000)
    expect(clients).toHaveLength(1000)
    expect(clients[0]?.address).toBe('10.0.11.183')
  })
})
