import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { systemClock } from '../../daemons/runtime/system-clock.ts'
import { Collector } from '../../daemons/syslog/collector.ts'
import { Allowance, RateLimits } from '../../daemons/syslog/limits/rate-limits.ts'
import { TimeInference } from '../../daemons/syslog/parse/time-inference.ts'
import { ProbeEcho } from '../../daemons/syslog/probe-echo.ts'
import { SenderBook } from '../../daemons/syslog/senders/sender-book.ts'
import { SourceNames } from '../../daemons/syslog/source-names.ts'
import { SegmentStore } from '../../daemons/syslog/store/segment-store.ts'
import { senderOf } from '../../daemons/syslog/streams/connection-table.ts'
import { openOnLoopback } from '../support/loopback.ts'

const LIMIT = { perSecond: 10, burst: 32 }
const ERR = 3
const DEBUG = 7

/** How many of so many messages are taken. */
function taken(allowance: Allowance, count: number, severity: number, seconds: number): number {
  let sum = 0
  for (let one = 0; one < count; one++) if (allowance.take(severity, seconds)) sum += 1
  return sum
}

describe('an allowance', () => {
  test('is a burst at once, and then what comes in a second', () => {
    const allowance = new Allowance(new RateLimits(LIMIT))
    expect(taken(allowance, 100, 0, 1000)).toBe(32)
    expect(taken(allowance, 100, 0, 1001)).toBe(10)
    expect(taken(allowance, 100, 0, 1001.5)).toBe(5)
    expect(taken(allowance, 100, 0, 2000)).toBe(32)
  })

  test('ends for debug messages first, and is there for errors still', () => {
    const allowance = new Allowance(new RateLimits(LIMIT))
    const debugs = taken(allowance, 100, DEBUG, 1000)
    expect(debugs).toBeGreaterThan(10)
    expect(debugs).toBeLessThan(20)
    expect(taken(allowance, 5, ERR, 1000)).toBe(5)
    expect(taken(allowance, 1, DEBUG, 1000)).toBe(0)
  })

  test('is not refilled by a clock that goes back, and goes on with it', () => {
    const allowance = new Allowance(new RateLimits(LIMIT))
    expect(taken(allowance, 100, 0, 1000)).toBe(32)
    expect(taken(allowance, 100, 0, 500)).toBe(0)
    expect(taken(allowance, 100, 0, 501)).toBe(10)
  })

  test('is without end while there is no limit, and follows a new one', () => {
    const limits = new RateLimits(null)
    const allowance = limits.of('192.0.2.1')
    expect(taken(allowance, 1000, DEBUG, 1000)).toBe(1000)
    limits.limit = LIMIT
    expect(taken(allowance, 1000, 0, 1000)).toBe(32)
  })
})

describe('the allowances', () => {
  test('are one for each address, and of IPv6 one for each /64', () => {
    const limits = new RateLimits(LIMIT)
    const of = (address: string): Allowance => limits.of(senderOf(address))
    expect(of('192.0.2.1')).toBe(of('192.0.2.1'))
    expect(of('192.0.2.1')).not.toBe(of('192.0.2.2'))
    expect(of('2001:db8::1')).toBe(of('2001:db8::ffff:1'))
    expect(of('2001:db8::1')).not.toBe(of('2001:db8:0:1::1'))
  })

  test('of a million strangers take a bounded memory, and a busy sender keeps its own', () => {
    const limits = new RateLimits(LIMIT)
    const busy = limits.of('busy')
    for (let stranger = 0; stranger < 1_000_000; stranger++) {
      limits.of(String(stranger))
      if (stranger % 1000 === 0) expect(limits.of('busy')).toBe(busy)
    }
    expect(limits.size).toBeLessThanOrEqual(4096)
  })
})

test('what is beyond the rate is counted under its name; the health probe and other senders are not concerned', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-rates-'))
  using server = openOnLoopback('udp://127.0.0.1:0')
  using sender = openOnLoopback('udp://127.0.0.1:0')
  using other = openOnLoopback('udp://127.0.0.2:0')
  const limits = { segment: { sizeBytes: 1 << 30, ageMs: 1e9 }, retention: { ageMs: 1e9, sizeBytes: 1 << 30 } }
  const log = pino({ level: 'silent' })
  const store = new SegmentStore({ folder, limits: { ...limits, sync: 'off' }, clock: systemClock, log })
  const senders = new SenderBook()
  const collector = new Collector({
    ...{ store, clock: systemClock, log, senders, probe: new ProbeEcho('0'.repeat(32)), host: 'box' },
    inference: new TimeInference(() => 0),
  })
  const names = new SourceNames('udp://127.0.0.1:0', senders, new RateLimits({ perSecond: 1, burst: 16 }))
  const target = { address: '127.0.0.1', port: server.port }
  for (let one = 0; one < 40; one++) sendDatagram(sender.fd, Buffer.from('<9>app: alert'), target)
  sendDatagram(other.fd, Buffer.from('<15>app: debug of another'), target)
  sendDatagram(sender.fd, Buffer.from(`<46>1 - - lanward-probe - - [probe@32473 token="${'0'.repeat(32)}"]`), target)
  const batch = new DatagramBatch({ slots: 64, slotBytes: 512 })
  const count = batch.receive(server.fd)
  collector.acceptBatch(batch, count, names, 512)
  // Nobody else is ever answered: a forged sender address would else make us shoot at others.
  expect(batch.flush(server.fd)).toBe(1)
  batch.free()
  store.close()
  rmSync(folder, { recursive: true })
  const { received, stored = 0, rejected_rate_limited: limited = 0, probes } = collector.tally.counters()
  expect({ received, probes }).toEqual({ received: 41, probes: 1 })
  expect(stored + limited).toBe(41)
  expect(limited).toBeGreaterThan(20)
  expect(limited).toBeLessThan(26)
})
