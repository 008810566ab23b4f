import { describe, expect, test } from 'vitest'
import { createTally, toCounters } from '../../../daemons/ntp/outcome.ts'
import type { TimeServer } from '../../../daemons/ntp/respond.ts'
import { ntpFraction, ntpSeconds } from '../../../daemons/ntp/timestamp.ts'
import { ARRIVAL, type Asked, ask, makeServer, request, stamp } from '../fixture.ts'

const CLIENT_RECEIVE = 0x1122_3344_5566_7788n

/** A request whose origin is a receive timestamp of ours. */
function follow(origin: bigint, receive = CLIENT_RECEIVE, first = 0x23): Buffer {
  const bytes = request(first)
  bytes.writeBigUInt64BE(origin, 24)
  bytes.writeBigUInt64BE(receive, 32)
  return bytes
}

/** The kernel tells that a reply left. */
function leave(server: TimeServer, { reply }: Asked, nanoseconds: number, tail = 0): void {
  const frame = Buffer.concat([Buffer.alloc(42, 0xee), reply ?? Buffer.alloc(0), Buffer.alloc(tail, 0xdd)])
  server.interleaver.left(server.clock, Buffer.concat([Buffer.alloc(7), frame]), 7, frame.length, ARRIVAL, nanoseconds)
}

function receiveOf({ reply }: Asked): bigint {
  if (reply === null) throw new Error('no answer')
  return stamp(reply, 32)
}

describe('the interleaved mode', () => {
  test('is basic, basic, then interleaved, with the departure of the reply before', () => {
    const server = makeServer()
    const first = ask(server, request(0x23), { nanoseconds: 1000 })
    expect(first.mode).toBe('basic')
    const second = ask(server, follow(receiveOf(first)), { nanoseconds: 2000 })
    expect(second.mode).toBe('remembered')
    expect(second.reply?.subarray(24, 32).toString('hex')).toBe('c0ffee1122334455')
    leave(server, second, 70_000)
    const third = ask(server, follow(receiveOf(second)), { nanoseconds: 100_000 })
    expect(third.mode).toBe('interleaved')
    if (third.reply === null) throw new Error('no answer')
    expect(stamp(third.reply, 24)).toBe(CLIENT_RECEIVE)
    const departure = (BigInt(ntpSeconds(ARRIVAL)) << 32n) | BigInt(ntpFraction(70_000) & ~1)
    expect(stamp(third.reply, 40)).toBe(departure)
    expect(stamp(third.reply, 32)).toBeGreaterThan(departure)
    leave(server, third, 150_000)
    expect(ask(server, follow(receiveOf(third))).mode).toBe('interleaved')
  })

  test('finds a reply that has a MAC behind it', () => {
    const server = makeServer()
    const second = ask(server, follow(receiveOf(ask(server, request(0x23)))))
    leave(server, second, 70_000, 20)
    expect(ask(server, follow(receiveOf(second))).mode).toBe('interleaved')
  })

  test('tells the served time of a departure, not that of the kernel', () => {
    const server = makeServer()
    server.clock.shiftSeconds = -100
    server.clock.correctTo(0, ARRIVAL)
    const second = ask(server, follow(receiveOf(ask(server, request(0x23)))))
    leave(server, second, 70_000)
    const { reply } = ask(server, follow(receiveOf(second)))
    expect(reply?.readUInt32BE(40)).toBe(ntpSeconds(ARRIVAL - 100))
  })

  test.each([
    ['whose departure is not known yet', (origin: bigint) => follow(origin), false, 'remembered'],
    ['with receive and transmit alike', (origin: bigint) => follow(origin, 0xc0ffee1122334455n), true, 'basic'],
    ['of version 3', (origin: bigint) => follow(origin, CLIENT_RECEIVE, 0x1b), true, 'basic'],
    ['of mode 1', (origin: bigint) => follow(origin, CLIENT_RECEIVE, 0x21), true, 'basic'],
    ['with an origin that is none of ours', (origin: bigint) => follow(origin ^ 0x100n), true, 'remembered'],
    ['with our transmit timestamp as origin', (origin: bigint) => follow(origin ^ 1n), true, 'basic'],
  ] as const)('is not served to a request %s', (_title, make, leaves, want) => {
    const server = makeServer()
    const second = ask(server, follow(receiveOf(ask(server, request(0x23)))))
    if (leaves) leave(server, second, 70_000)
    const { mode, reply } = ask(server, make(receiveOf(second)))
    expect(mode).toBe(want)
    expect(reply?.subarray(24, 32).toString('hex')).toBe('c0ffee1122334455')
  })

  test('marks its timestamps: receive is odd, transmit even', () => {
    for (let seed = 1; seed < 50; seed++) {
      const { reply } = ask(makeServer({}, null, seed), request(0x23), { nanoseconds: seed * 1_234_567 })
      if (reply === null) throw new Error('no answer')
      expect(stamp(reply, 32) & 1n).toBe(1n)
      expect(stamp(reply, 40) & 1n).toBe(0n)
    }
  })

  test('remembers a bounded number of replies, and is basic for those it forgot', () => {
    const server = makeServer()
    const asked = Array.from({ length: 1000 }, (_, index) => {
      const one = ask(server, follow(receiveOf(ask(server, request(0x23)))), { nanoseconds: 1000 + index })
      leave(server, one, 70_000 + index)
      return one
    })
    const modes = asked.map((one) => ask(server, follow(receiveOf(one))).mode)
    expect(modes.filter((mode) => mode === 'interleaved').length).toBeLessThanOrEqual(64)
    expect(modes.filter((mode) => mode === 'basic')).toEqual([])
  })

  test('is counted as a part of what was answered', () => {
    expect(toCounters({ ...createTally(), answered: 5, answered_interleaved: 2 })).toMatchObject({
      received: 5,
      answered_interleaved: 2,
    })
  })
})
