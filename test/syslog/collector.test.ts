import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Collector } from '../../daemons/syslog/collector.ts'
import type { StreamSource } from '../../daemons/syslog/origin.ts'
import { RecentHeader } from '../../daemons/syslog/parse/recent-header.ts'
import { TimeInference } from '../../daemons/syslog/parse/time-inference.ts'
import { SenderBook } from '../../daemons/syslog/senders/sender-book.ts'
import { SegmentStore } from '../../daemons/syslog/store/segment-store.ts'
import { formatSource } from '../../daemons/syslog/store/stored-line.ts'
import type { Frame } from '../../daemons/syslog/streams/stream-framing.ts'

const NOW_MS = Date.UTC(2026, 0, 31, 12)
const clock = { wallMs: () => NOW_MS, wallNs: () => BigInt(NOW_MS) * 1_000_000n + 123_456n, monotonicMs: () => 0 }
const senders = new SenderBook()
const SOURCE: StreamSource = {
  peer: '192.0.2.7:40000',
  sender: senders.of('192.0.2.7', NOW_MS),
  text: formatSource('192.0.2.7:40000', 'tcp://0.0.0.0:514'),
  allowance: null,
  recent: new RecentHeader(),
  local: false,
  via: 'tcp://0.0.0.0:514',
  first: null,
}
const KEYS = 'rt seq src via facility severity host app procid msgid ts sd msg format flags'.split(' ')

const log = pino({ level: 'silent' })

let folder = ''
let collector: Collector
let store: SegmentStore
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-collector-'))
  const limits = {
    segment: { sizeBytes: 1 << 30, ageMs: 1e9 },
    retention: { ageMs: 1e9, sizeBytes: 1 << 30 },
    sync: 'off',
  } as const
  store = new SegmentStore({ folder, limits, clock, log })
  collector = new Collector({
    store,
    clock,
    log,
    inference: new TimeInference(() => 0),
    senders,
    probe: null,
    host: 'box',
  })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

function frameOf(message: string | Uint8Array, note: Frame['note'] = 'whole'): Frame {
  const bytes = Buffer.from(message)
  return { bytes, start: 0, end: bytes.length, note }
}

/** The stored lines, and each as the object it is. */
function stored(): Record<string, unknown>[] {
  return readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter(Boolean)
    .map((line): Record<string, unknown> => JSON.parse(line))
}

test('a stored line has the keys of the interface in their order', () => {
  const text = '<165>1 2003-10-11T22:14:15.003Z host app 7 ID47 [x@1 a="1" a="2"] text'
  collector.acceptFrames([frameOf(text)], SOURCE)
  const [line] = stored()
  expect(Object.keys(line ?? {})).toEqual(KEYS)
  expect(line).toEqual({
    rt: '2026-01-31T12:00:00.000123Z',
    seq: 1,
    src: '192.0.2.7:40000',
    via: 'tcp://0.0.0.0:514',
    facility: 'local4',
    severity: 'notice',
    host: 'host',
    app: 'app',
    procid: '7',
    msgid: 'ID47',
    ts: '2003-10-11T22:14:15.003Z',
    sd: { 'x@1': { a: ['1', '2'] } },
    msg: 'text',
    format: 'rfc5424',
    flags: [],
  })
})

test('any octets become one line of JSON each; what is no UTF-8 is kept to the octet', () => {
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.string({ unit: 'binary', maxLength: 200 }).map((text) => new Uint8Array(Buffer.from(`<13>${text}`))),
    fc
      .constantFrom('__proto__', '[a __proto__="1"]')
      .map((text) => new Uint8Array(Buffer.from(`<13>1 - - - - - ${text}`))),
  )
  const messages: Uint8Array[] = []
  fc.assert(
    fc.property(octets, (bytes) => {
      messages.push(Uint8Array.from(bytes))
      expect(collector.acceptFrames([frameOf(bytes)], SOURCE)).toBe(true)
    }),
    { numRuns: 2000 },
  )
  const lines = stored()
  expect(lines.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1))
  for (const [index, line] of lines.entries()) {
    const bytes = Buffer.from(messages[index] ?? [])
    const text = bytes.toString('utf8')
    const keys = Object.keys(line)
    expect(keys.slice(0, KEYS.length)).toEqual(KEYS)
    if (Buffer.from(text).equals(bytes)) {
      expect(line['raw_b64']).toBeUndefined()
      if (line['raw'] !== undefined) expect(line['raw']).toBe(text)
      else if (line['format'] === 'raw') expect(text.endsWith(String(line['msg'])) || /[\0\n]$/.test(text)).toBe(true)
    } else {
      expect(Buffer.from(String(line['raw_b64']), 'base64').equals(bytes)).toBe(true)
      expect(line['flags']).toContain('not-utf8')
    }
  }
  const counters = collector.tally.counters()
  expect(counters).toMatchObject({ received: messages.length, stored: messages.length, rejected: 0 })
  expect((counters['format_rfc5424'] ?? 0) + (counters['format_rfc3164'] ?? 0) + (counters['format_raw'] ?? 0)).toBe(
    messages.length,
  )
})

test('lines of our own services become local messages with the severity of their level', () => {
  const lines = [
    {
      service: 'dhcp',
      wall_ms: NOW_MS,
      line: '{"level":50,"time":1,"pid":42,"name":"dhcp","msg":"no pool","subnet":"10.0.0.0/8"}',
    },
    { service: 'relay', wall_ms: NOW_MS + 1, line: 'plain words' },
    { service: 'lanward', wall_ms: NOW_MS, line: '{"level":30,"daemon":"dhcp","msg":"ready"}' },
    { service: 'relay', wall_ms: NOW_MS, line: '{"level":30,"daemon":"dhcp","msg":"so it says"}' },
  ]
  expect(collector.acceptServiceLines(lines)).toBe(4)
  expect(stored()).toMatchObject([
    {
      via: 'service://dhcp',
      severity: 'err',
      host: 'box',
      app: 'dhcp',
      procid: '42',
      msg: 'no pool subnet=10.0.0.0/8',
    },
    {
      via: 'service://relay',
      severity: 'info',
      app: 'relay',
      procid: null,
      msg: 'plain words',
      ts: '2026-01-31T12:00:00.001Z',
    },
    { via: 'service://lanward', msg: 'ready daemon=dhcp', sd: { 'lanward@32473': { daemon: 'dhcp' } } },
    { via: 'service://relay', msg: 'so it says daemon=dhcp', sd: null },
  ])
  expect(collector.tally.counters()).toMatchObject({ received: 0, internal: 4 })
})

test('every piece of a split line has the priority, host and time of the first', () => {
  const pieces = ['<165>Oct 11 22:14:15 web app[7]: <13>one ', '<14>two ', 'three']
  const source = { ...SOURCE }
  const notes = ['split', 'rest', 'rest'] as const
  for (const [index, text] of pieces.entries()) collector.acceptFrames([frameOf(text, notes[index])], source)
  collector.acceptFrames([frameOf('<14>another')], source)
  const same = { facility: 'local4', severity: 'notice', host: 'web', app: 'app', procid: '7', format: 'rfc3164' }
  const lines = stored()
  expect(lines).toMatchObject([
    { ...same, msg: '<13>one ' },
    { ...same, msg: '<14>two ' },
    { ...same, msg: 'three' },
    { facility: 'user', severity: 'info', msg: 'another' },
  ])
  expect(lines.slice(0, 3).map(({ ts }) => ts)).toEqual(Array(3).fill(lines[0]?.['ts']))
  for (const { flags } of lines.slice(0, 3)) expect(flags).toContain('split')
  expect(lines[2]?.['raw']).toBeUndefined()
})

test('a local program that names no host is on this machine; a written "-" stays null', () => {
  const local = { ...SOURCE, local: true }
  const texts = [
    '<13>Oct 11 22:14:15 web app: text',
    '<13>Oct 11 22:14:15 app: text',
    'bare',
    '<13>1 - - app - - - text',
    '<13>1 - web app - - - text',
  ]
  collector.acceptFrames(
    texts.map((text) => frameOf(text)),
    local,
  )
  expect(stored().map(({ host }) => host)).toEqual(['web', 'box', 'box', null, 'web'])
})

test('an onlooker that fails takes no number from the messages behind', () => {
  const onlooker = {
    add: (): void => {
      throw new Error('a defect')
    },
    stored: (): void => undefined,
    refused: (): void => undefined,
  }
  const told: string[] = []
  const errors = { error: ({ err }: { err: Error }) => told.push(err.message) }
  const parts = { store, clock, log: errors, inference: new TimeInference(() => 0), senders, probe: null, host: 'box' }
  const watched = new Collector({ ...parts, onlooker })
  watched.acceptFrames([frameOf('<13>first')], SOURCE)
  expect(told).toEqual(['a defect'])
  onlooker.add = () => undefined
  watched.acceptFrames([frameOf('<13>second')], SOURCE)
  watched.acceptFrames([frameOf('<13>third')], SOURCE)
  expect(stored().map(({ seq, msg }) => [seq, msg])).toEqual([
    [1, 'first'],
    [2, 'second'],
    [3, 'third'],
  ])
  expect(watched.tally.doors().get(SOURCE.via)).toMatchObject({ stored: 3, bug: 0 })
})
