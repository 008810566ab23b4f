import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { serveDatagrams } from '../../daemons/runtime/serve-datagrams.ts'
import { systemClock } from '../../daemons/runtime/system-clock.ts'
import { Collector } from '../../daemons/syslog/collector.ts'
import { RateLimits } from '../../daemons/syslog/limits/rate-limits.ts'
import { TimeInference } from '../../daemons/syslog/parse/time-inference.ts'
import { SenderBook } from '../../daemons/syslog/senders/sender-book.ts'
import { SourceNames } from '../../daemons/syslog/source-names.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { DefectiveProbe, DefectiveStore } from './defective.ts'

const LIMITS = { segment: { sizeBytes: 1 << 30, ageMs: 1e9 }, retention: { ageMs: 1e9, sizeBytes: 1 << 30 } }
const VIA = 'udp://127.0.0.1:514'
const log = pino({ level: 'silent' })

let folder = ''
let store: DefectiveStore
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-defects-'))
  store = new DefectiveStore({ folder, limits: { ...LIMITS, sync: 'off' }, clock: systemClock, log })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

function linesOf(): Record<string, unknown>[] {
  return readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
    .map((line): Record<string, unknown> => JSON.parse(line))
}

test('of a batch of datagrams the one that our own code fails on is kept as it came, or else lost alone', () => {
  const told: string[] = []
  const collector = new Collector({
    ...{ store, clock: systemClock, senders: new SenderBook(), probe: new DefectiveProbe(store), host: 'box' },
    log: { error: ({ err }: { err: Error }) => told.push(err.message) },
    inference: new TimeInference(() => 0),
  })
  using socket = openOnLoopback('udp://127.0.0.1:0')
  using sender = openOnLoopback('udp://127.0.0.1:0')
  const texts = ['<13>one', '<11>host app: defect \u00e9', '<13>two', 'worse defect', '<13>three']
  for (const text of [...texts.map((each) => Buffer.from(each)), Buffer.from('defect \xff', 'latin1')])
    sendDatagram(sender.fd, text, { address: '127.0.0.1', port: socket.port })
  const names = new SourceNames(VIA, new SenderBook(), new RateLimits(null))
  const server = serveDatagrams({
    ...{ socket: { fd: socket.fd, name: VIA, url: socket.url, probeOnly: false }, slots: 8, slotBytes: 512, log },
    ...{ clock: systemClock, stampOnly: true },
    onBatch: (batch, count) => collector.acceptBatch(batch, count, names, 512),
  })
  server.drain()
  const counters = server.counters()
  server.close()
  expect(
    linesOf().map(({ seq, severity, app, msg, format, flags }) => [seq, severity, app, msg, format, flags]),
  ).toEqual([
    [1, 'notice', null, 'one', 'raw', []],
    [2, 'notice', null, '<11>host app: defect \u00e9', 'raw', ['unread']],
    [3, 'notice', null, 'two', 'raw', []],
    [4, 'notice', null, 'three', 'raw', []],
    [5, 'notice', null, 'defect \ufffd', 'raw', ['unread', 'not-utf8']],
  ])
  expect(linesOf().at(-1)?.['raw_b64']).toBe(Buffer.from('defect \xff', 'latin1').toString('base64'))
  expect(told).toEqual(['a defect'])
  expect(counters).toMatchObject({ received: 6, bug: 0 })
  expect(collector.tally.doors().get(VIA)).toMatchObject({ stored: 5, bug: 1 })
  expect(collector.tally.counters()).toMatchObject({ stored: 5, format_raw: 5, unread: 2 })
})

test('a throw in the commit gives up, and hands nothing to the store twice', () => {
  const given: unknown[] = []
  const collector = new Collector({
    ...{ store, clock: systemClock, senders: new SenderBook(), probe: null, host: 'box', log },
    inference: new TimeInference(() => 0),
    onlooker: {
      add: () => undefined,
      stored: () => {
        throw new Error('a defect')
      },
      refused: () => undefined,
    },
    giveUp: (error) => {
      given.push(error)
      throw new Error('ended')
    },
  })
  const bytes = Buffer.from('<13>one')
  const source = collector.sourceOf('192.0.2.1:514', 'tcp://127.0.0.1:514')
  expect(() => collector.acceptFrames([{ bytes, start: 0, end: bytes.length, note: 'whole' }], source)).toThrow('ended')
  expect(given).toEqual([new Error('a defect')])
  expect(linesOf()).toHaveLength(1)
})
