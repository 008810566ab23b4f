import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { systemClock } from '../../../daemons/runtime/system-clock.ts'
import { Collector } from '../../../daemons/syslog/collector.ts'
import { liveRecord } from '../../../daemons/syslog/forward/live-record.ts'
import { readStoredRecord, type StoredRecord } from '../../../daemons/syslog/forward/stored-record.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { SenderBook } from '../../../daemons/syslog/senders/sender-book.ts'
import { SegmentStore } from '../../../daemons/syslog/store/segment-store.ts'

const TEXTS = [
  '<34>Oct 11 22:14:15 mymachine su: plain',
  '<165>1 2003-10-11T22:14:15.003Z host app 8710 ID47 [a@1 x="1" x="2"][a@1 y="\\"\\]\\\\"][__proto__ __proto__="p"] \ufeffä \u202e "q"',
  '<189>82: sw1: *Mar  1 00:00:10: %SYS-5-CONFIG_I: Configured',
  'no header\tat all',
  '<13>caf\u00e9 \u{1f600}\u0007',
  '<999>bad',
  '',
  '<13>1 - - - - - -',
]

test('liveRecord is what is read back from the line of the store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-live-'))
  const log = pino({ level: 'silent' })
  const limits = { segment: { sizeBytes: 1 << 30, ageMs: 1e9 }, retention: { ageMs: 1e9, sizeBytes: 1 << 30 } }
  const store = new SegmentStore({ folder, limits: { ...limits, sync: 'off' }, clock: systemClock, log })
  const seen: StoredRecord[] = []
  const heard: string[] = []
  const collector = new Collector({
    ...{ store, clock: systemClock, log, senders: new SenderBook(), probe: null, host: 'box' },
    inference: new TimeInference(() => 0),
    onlooker: {
      add: (message, arrival) => seen.push(structuredClone(liveRecord(message, arrival))),
      stored: () => heard.push('stored'),
      refused: () => heard.push('refused'),
    },
  })
  const source = collector.sourceOf('[2001:db8::1]:514', 'tcp://[::]:514')
  const frames = [...TEXTS.map((text) => Buffer.from(text)), Buffer.from('<13>\xff\xfe', 'latin1')]
  collector.acceptFrames(
    frames.map((bytes) => ({ bytes, start: 0, end: bytes.length, note: 'whole' })),
    source,
  )
  const piece = Buffer.from('<34>Oct 11 22:14:15 mymachine su: of many')
  const cut = { bytes: piece, start: 0, end: piece.length }
  collector.acceptFrames(
    [
      { ...cut, note: 'split' },
      { ...cut, note: 'rest' },
    ],
    source,
  )
  collector.acceptServiceLines([{ service: 'ntp', wall_ms: 1e12, line: '{"level":50,"msg":"a","x":"b c"}' }])
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
  // What the line has besides is for others.
  const read = lines.map((line) => {
    const {
      via: _via,
      raw: _raw,
      raw_b64: _base64,
      ...record
    }: Record<string, unknown> = {
      ...readStoredRecord(line),
      line: '',
    }
    return record
  })
  expect(seen).toEqual(read)
  expect(seen).toHaveLength(TEXTS.length + 4)
  expect(heard).toEqual(['stored', 'stored', 'stored'])
  store.close()
  rmSync(folder, { recursive: true })
})
