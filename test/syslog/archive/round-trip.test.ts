import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { archiveDisk } from '../../../daemons/syslog/archive/archive-disk.ts'
import { sealSegment } from '../../../daemons/syslog/archive/seal-segment.ts'
import { readMessageText } from '../../../daemons/syslog/parse/message-text.ts'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { listExtents } from '../../../daemons/syslog/query/segment-lines.ts'
import { chunksOf } from '../../../daemons/syslog/query/store-chunks.ts'
import { ReceiptTimes } from '../../../daemons/syslog/receipt-times.ts'
import { JsonBytes } from '../../../daemons/syslog/store/json-bytes.ts'
import { formatSource, writeStoredLine } from '../../../daemons/syslog/store/stored-line.ts'
import { filesIn, linesIn, START_MS, storedLine, writeSegment } from './sealed-store.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-archive-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Lines as the store writes them for these octets. */
function linesFor(messages: readonly Uint8Array[], firstSeq: number): string[] {
  const inference = new TimeInference(() => 0)
  const times = new ReceiptTimes()
  return messages.map((octets, index) => {
    const bytes = Buffer.from(octets)
    const { text, plain, valid } = readMessageText(bytes, 0, bytes.length)
    const message = parseMessage(text, { receiveMs: START_MS, inference, local: false, dialect: null })
    const original = valid ? (message.exact ? null : { text }) : { base64: bytes.toString('base64') }
    const into = new JsonBytes(4096)
    const source = formatSource('[2001:db8::7]:514', 'udp://[::]:514')
    const arrival = {
      seconds: START_MS / 1000 + index,
      nanoseconds: index * 1000,
      seq: firstSeq + index,
      source,
      original,
      plain,
    }
    writeStoredLine(into, message, arrival, times)
    return into.bytes.toString().trimEnd()
  })
}

/** All lines of the folder's segments, through the reader of the store. */
function readLines(): string[] {
  return listExtents(folder).flatMap((extent) => [...chunksOf(extent, 'forward')].flatMap((chunk) => chunk.lines()))
}

const octets = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => new Uint8Array(Buffer.from(`<13>${text}`))),
  fc
    .array(fc.tuple(fc.constantFrom('__proto__', 'constructor', '1', 'x@1', '"', 'é'), fc.string({ unit: 'binary' })))
    .map((params) => params.map(([name, value]) => ` ${name}="${value.replaceAll(/["\\\]]/g, '\\$&')}"`).join(''))
    .map(
      (params) => new Uint8Array(Buffer.from(`<165>1 2026-01-31T11:00:00.5Z h a 1 ID [__proto__${params}][7 a="1"] é`)),
    ),
  fc
    .constantFrom(
      '<189>44: *Jan 31 11:00:00.123: %SYS-5-CONFIG_I: Configured from console',
      '<34>Oct 11 22:14:15 mymachine su: failed for lonvick on /dev/pts/8',
      '<13>\u0000\u0001\u001f\u007f\u009b31m \u2028 \u202e text',
    )
    .map((text) => new Uint8Array(Buffer.from(text))),
)

test('every message comes back as the very line that it was, whatever its octets', async () => {
  const samples = fc.sample(fc.array(octets, { minLength: 1, maxLength: 400, size: 'max' }), { numRuns: 12, seed: 4 })
  let seq = 1
  const all: string[] = []
  for (const messages of samples) {
    const lines = linesFor(messages, seq)
    const record = await sealSegment(folder, writeSegment(folder, seq, lines), archiveDisk)
    expect(record.rows).toBe(lines.length)
    all.push(...lines)
    seq += lines.length
  }
  expect(all.length).toBeGreaterThan(1000)
  expect(filesIn(folder).filter((name) => name.endsWith('.ndjson'))).toEqual([])
  expect(readLines()).toEqual(all)
}, 60_000)

test('what the store writes needs no whole lines: the columns hold all of it', async () => {
  const messages = fc.sample(octets, { numRuns: 2000, seed: 5 })
  const name = writeSegment(folder, 1, linesFor(messages, 1))
  await sealSegment(folder, name, archiveDisk)
  const [chunk] = chunksOf(listExtents(folder)[0] ?? expect.fail('no segment'), 'forward')
  const here = { fields: {}, host: null, service: null, text: null, here: 'box' }
  expect(
    chunk?.count({ sinceMs: 0, untilMs: 9e15, tests: here, matches: () => expect.fail('looked at') }, 'app'),
  ).toBeDefined()
})

test('lines that somebody has edited are kept whole', async () => {
  const lines = [
    storedLine(1),
    storedLine(2, { extra: [1, { deep: true }], sd: { a: { b: 1.5e300 } } }),
    storedLine(3).replace('{"rt"', '{ "rt"'),
    storedLine(4, { msg: 'tab\t' }).replace('\\t', '\\u0009'),
  ]
  await sealSegment(folder, writeSegment(folder, 1, lines), archiveDisk)
  expect(readLines()).toEqual(lines)
})

test('more messages than are sorted together come back in their order', async () => {
  const lines = Array.from({ length: 164_500 }, (_, index) =>
    storedLine(index + 1, { host: `h${(index * 7919) % 300}`, app: index % 3 === 0 ? null : `a${index % 11}` }),
  )
  const record = await sealSegment(folder, writeSegment(folder, 1, lines), archiveDisk)
  expect(record.seq).toEqual([1, 164_500])
  expect(readLines()).toEqual(lines)
}, 60_000)

test('the manifest tells what a segment holds', async () => {
  const lines = [
    storedLine(7, { severity: 'err' }),
    storedLine(8, { host: null, app: 'sshd' }),
    storedLine(9, { host: '__proto__', src: '[2001:db8::1]:514' }),
  ]
  const name = writeSegment(folder, 7, lines)
  await sealSegment(folder, name, archiveDisk)
  const [line] = linesIn(join(folder, 'manifest.jsonl'))
  expect(JSON.parse(line ?? '')).toMatchObject({
    name: name.replace('.ndjson', ''),
    rows: 3,
    seq: [7, 9],
    rt: ['2026-01-31T11:00:07.000000Z', '2026-01-31T11:00:09.000000Z'],
    hosts: JSON.parse('{"alpha":1,"192.0.2.7":1,"__proto__":1}'),
    apps: { app: 2, sshd: 1 },
    severities: { err: 1, notice: 2 },
    senders: { '192.0.2.7': 2, '2001:db8::1': 1 },
  })
})
