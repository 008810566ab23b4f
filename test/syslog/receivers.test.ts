import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openBeside } from '../../daemons/linux/open-socket.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import type { HeldSocket } from '../../daemons/runtime/contract.ts'
import { systemClock } from '../../daemons/runtime/system-clock.ts'
import { Collector } from '../../daemons/syslog/collector.ts'
import { FlightRecord, readRemains, sharedCounts } from '../../daemons/syslog/ledger/flight-record.ts'
import { RateLimits } from '../../daemons/syslog/limits/rate-limits.ts'
import { TimeInference } from '../../daemons/syslog/parse/time-inference.ts'
import { ProbeEcho } from '../../daemons/syslog/probe-echo.ts'
import { partSockets, Receiver } from '../../daemons/syslog/receivers/receivers.ts'
import { Pins } from '../../daemons/syslog/senders/pins.ts'
import { SenderBook } from '../../daemons/syslog/senders/sender-book.ts'
import { SourceNames } from '../../daemons/syslog/source-names.ts'
import { SegmentStore } from '../../daemons/syslog/store/segment-store.ts'
import { openOnLoopback, receiveBatch } from '../support/loopback.ts'

const TOKEN = '0'.repeat(32)
/** Room for all that a test sends before the threads have begun; the kernel may grant a tenth of it. */
const BUFFER_BYTES = 1 << 22
const PORTS = 32
const EACH = 12
const log = pino({ level: 'silent' })

let folder = ''
let store: SegmentStore
let collector: Collector
let flight: FlightRecord
const senders = new SenderBook()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-receivers-'))
  const limits = { segment: { sizeBytes: 1 << 30, ageMs: 1e9 }, retention: { ageMs: 1e9, sizeBytes: 1 << 30 } }
  store = new SegmentStore({ folder, limits: { ...limits, sync: 'off' }, clock: systemClock, log })
  collector = new Collector({
    ...{ store, clock: systemClock, log, senders, probe: new ProbeEcho(TOKEN), host: 'box' },
    inference: new TimeInference(() => 0),
  })
  flight = new FlightRecord(() => store.nextSeq)
})
afterEach(() => {
  flight.close()
  store.close()
  rmSync(folder, { recursive: true })
})

/** Two sockets at one address of loopback, and their receivers. */
function openReceivers() {
  const first = openOnLoopback('udp://127.0.0.1:0', BUFFER_BYTES)
  const second = openBeside(first, { receiveBufferBytes: BUFFER_BYTES })
  const sockets = [first, second].map(
    ({ fd, url }): HeldSocket => ({ fd, name: `udp://127.0.0.1:${first.port}`, url, probeOnly: false }),
  )
  const receivers = partSockets(sockets).map(
    (part) =>
      new Receiver(part, {
        ...{ slots: 8, slotBytes: 512, gatherMs: 4, log, counts: flight.counts, marks: () => flight.open() },
        storeOf: ({ name }) => {
          const names = new SourceNames(name, senders, new RateLimits(null))
          return (batch, count) => collector.acceptBatch(batch, count, names, 512)
        },
      }),
  )
  return {
    port: first.port,
    stop: () => Promise.all(receivers.map((receiver) => receiver.stop())),
    counters: () => receivers.flatMap(({ servers }) => servers.map(({ server }) => server.counters())),
  }
}

function stored(): { seq: number; msg: string }[] {
  return readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
    .map((line): { seq: number; msg: string } => JSON.parse(line))
}

test('what comes to two sockets of one address is all stored, each sender in its order, under numbers without a gap', async () => {
  const receivers = openReceivers()
  const ports = Array.from({ length: PORTS }, () => openOnLoopback('udp://127.0.0.1:0'))
  for (let number = 0; number < EACH; number++)
    for (const [from, { fd }] of ports.entries())
      sendDatagram(fd, Buffer.from(`<13>${from} sends ${number}`), { address: '127.0.0.1', port: receivers.port })
  // A stop reads what has come by then.
  await receivers.stop()
  for (const port of ports) port[Symbol.dispose]()
  const lines = stored()
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1))
  for (const from of ports.keys())
    expect(lines.flatMap(({ msg }) => (msg.startsWith(`${from} `) ? [msg] : []))).toEqual(
      Array.from({ length: EACH }, (_, number) => `${from} sends ${number}`),
    )
  const counters = receivers.counters()
  expect(counters.map(({ received }) => received > 0)).toEqual([true, true])
  expect(counters.reduce((sum, { received }) => sum + received, 0)).toBe(PORTS * EACH)
  expect(counters).toMatchObject([
    { bug: 0, dropped_kernel: 0 },
    { bug: 0, dropped_kernel: 0 },
  ])
})

test('the health probe is answered from whichever socket it came to, and read as it is whatever is pinned', async () => {
  senders.setPins(new Pins([{ address: '127.0.0.0/8', dialect: 'rfc3164', zone: null }]))
  const receivers = openReceivers()
  for (let probe = 0; probe < 8; probe++) {
    using asking = openOnLoopback('udp://127.0.0.1:0')
    const question = Buffer.from(`<46>1 - - lanward-probe - - [probe@32473 token="${TOKEN}"]`)
    sendDatagram(asking.fd, question, { address: '127.0.0.1', port: receivers.port })
    const { batch, count } = await receiveBatch(asking.fd)
    expect(count).toBe(1)
    expect(batch.bytes.toString('latin1', 0, batch.length(0))).toContain(`"probe@32473":{"token":"${TOKEN}"`)
    expect(batch.peerPort(0)).toBe(receivers.port)
    batch.free()
  }
  await receivers.stop()
  senders.setPins(new Pins([]))
  expect(stored()).toEqual([])
})

test('what a receiver has filled and nobody has stored is found by the next process', () => {
  const places = [flight.open().place, flight.open().place]
  const { id } = flight
  if (id === null) throw new Error('this kernel gives no memory that lasts')
  // As a receiver does, in another thread.
  const counts = sharedCounts(flight.counts)
  for (const [index, place] of places.entries()) Atomics.store(counts, place, 3 + index)
  const left = readRemains(id)?.unfinished
  expect(left?.map(({ datagrams }) => datagrams)).toEqual([3, 4])
  expect(left?.every(({ nextSeq }) => nextSeq > store.nextSeq)).toBe(true)
})
