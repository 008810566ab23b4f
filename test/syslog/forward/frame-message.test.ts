import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameBytes } from '../../../daemons/syslog/forward/frame-bytes.ts'
import { frameMessage } from '../../../daemons/syslog/forward/frame-message.ts'
import { prepareMessage } from '../../../daemons/syslog/forward/prepare-message.ts'
import type { StoredRecord } from '../../../daemons/syslog/forward/stored-record.ts'
import { storedRecord } from './record.ts'

const SENDER = { box: '0123456789abcdef', host: 'box' }
const framings = ['octet-counted', 'newline'] as const

describe('FrameBytes', () => {
  test.each([
    ['', '0 '],
    ['a', '1 a'],
    ['x'.repeat(99), `99 ${'x'.repeat(99)}`],
    ['x'.repeat(100), `100 ${'x'.repeat(100)}`],
    ['ä'.repeat(99), `198 ${'ä'.repeat(99)}`],
    ['ä'.repeat(600), `1200 ${'ä'.repeat(600)}`],
    ['a\nb\0c', '5 a\nb\0c'],
  ])('counts the octets of %j', (message, frame) => {
    const frames = new FrameBytes('octet-counted')
    frames.add('7 bytes')
    frames.add(message)
    expect(frames.bytes.toString()).toBe(`7 7 bytes${frame}`)
  })

  test('ends lines, and has none end within a message', () => {
    const frames = new FrameBytes('newline')
    frames.add('a\nb\0c')
    frames.add('')
    expect(frames.bytes.toString()).toBe('a b c\n\n')
  })

  test('takes back what is behind a length, and grows as needed', () => {
    const frames = new FrameBytes('newline')
    frames.add('x'.repeat(500_000))
    const { length } = frames
    frames.add('never')
    frames.cutTo(length)
    frames.add('y'.repeat(500_000))
    expect(frames.bytes.toString()).toBe(`${'x'.repeat(500_000)}\n${'y'.repeat(500_000)}\n`)
    frames.clear()
    expect(frames.length).toBe(0)
  })
})

test('frameMessage writes what prepareMessage makes', () => {
  const word = fc.option(fc.string({ unit: 'binary', maxLength: 200 }), { nil: null })
  const records = fc.record({
    seq: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    facility: fc.integer({ min: 0, max: 23 }),
    severity: fc.integer({ min: 0, max: 7 }),
    ...{ host: word, app: word, procid: word, msgid: word },
    ts: fc.constantFrom(null, '2026-01-31T13:00:00+01:00', '2026-01-31T13:00:00.123456789Z'),
    src: fc.constantFrom('unix', '192.0.2.7:514', '[2001:db8::1]:514', 'a"b]c\\d'),
    sd: fc.constantFrom(null, null, { 'lanward@32473': { hop: 'x' } }),
    flags: fc.subarray(['bom', 'year-guessed', 'trimmed']),
    msg: fc.oneof(fc.string({ unit: 'binary', maxLength: 2000 }), fc.string({ maxLength: 20 })),
  })
  const sections = fc.record({
    format: fc.constantFrom('rfc5424', 'rfc3164', 'json'),
    origin: fc.boolean(),
    maxMessageBytes: fc.constantFrom(480, 2048, 65_536),
  })
  fc.assert(
    fc.property(fc.constantFrom(...framings), records, sections, (framing, changes, section) => {
      const record: StoredRecord = { ...storedRecord(changes), line: '{"msg":""}' }
      const [written, whole] = [new FrameBytes(framing), new FrameBytes(framing)]
      frameMessage(written, record, section, SENDER)
      whole.add(prepareMessage(record, section, SENDER))
      expect(written.bytes.toString()).toBe(whole.bytes.toString())
    }),
  )
})
