import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { messageFilter } from '../../../daemons/syslog/forward/message-filter.ts'
import { formatPassage, hasPassed } from '../../../daemons/syslog/forward/passage.ts'
import { readPlainRecord } from '../../../daemons/syslog/forward/plain-record.ts'
import { prepareMessage } from '../../../daemons/syslog/forward/prepare-message.ts'
import { formatRfc3164 } from '../../../daemons/syslog/forward/rfc3164-text.ts'
import { formatRfc5424 } from '../../../daemons/syslog/forward/rfc5424-text.ts'
import { readSeq, readStoredRecord, type StoredRecord } from '../../../daemons/syslog/forward/stored-record.ts'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { ReceiptTimes } from '../../../daemons/syslog/receipt-times.ts'
import { JsonBytes } from '../../../daemons/syslog/store/json-bytes.ts'
import { formatSource, writeStoredLine } from '../../../daemons/syslog/store/stored-line.ts'
import { storedRecord } from './record.ts'

const inference = new TimeInference(() => 0)
const BOX = '0123456789abcdef'
const parse = (text: string): ReturnType<typeof parseMessage> =>
  parseMessage(text, { receiveMs: Date.UTC(2026, 0, 31, 12), inference, local: false, dialect: null })

/** What the store makes of a message, read back. */
function storedFrom(text: string): StoredRecord {
  const message = parse(text)
  const into = new JsonBytes(1 << 12)
  const arrival = {
    ...{ seconds: Date.UTC(2026, 0, 31, 12) / 1000, nanoseconds: 0, seq: 7, plain: false },
    original: message.exact ? null : { text },
    source: formatSource('192.0.2.7:514', 'udp://0.0.0.0:514'),
  }
  writeStoredLine(into, message, arrival, new ReceiptTimes())
  const line = Buffer.from(into.bytes).toString()
  const record = readStoredRecord(line.trimEnd())
  if (record === null) throw new Error(`not read back: ${line}`)
  return record
}

describe('formatRfc5424', () => {
  test.each<[string, string]>([
    [
      'keeps all of RFC 5424',
      '<165>1 2003-10-11T22:14:15.003Z host evntslog 7 ID47 [ex@1 iut="3" a="x"][two@1] text \\ "quoted"',
    ],
    ['keeps escaped values and names that come twice', String.raw`<13>1 - h a - - [o ip="1" ip="2" q="\"\\\]"] m`],
    ['keeps a byte order mark', '<13>1 2003-10-11T22:14:15Z h a - - - \ufeffgrün'],
    ['keeps a message without text', '<13>1 2003-10-11T22:14:15Z h a - - -'],
  ])('%s', (_title, text) => {
    const expected = text.replace(' - h a', ' 2026-01-31T12:00:00.000000Z h a')
    expect(formatRfc5424(storedFrom(text), null, 'box')).toBe(expected)
  })

  test.each<[string, string, string]>([
    [
      'a BSD message',
      '<34>Oct 11 22:14:15 mymachine su[230]: lonvick',
      '<34>1 2025-10-11T22:14:15Z mymachine su 230 - - lonvick',
    ],
    [
      'a message of no form, under its sender',
      'no form at all',
      '<13>1 2026-01-31T12:00:00.000000Z 192.0.2.7 - - - - no form at all',
    ],
    [
      'a time with too many digits',
      '<13>1 2003-10-11T22:14:15.123456789Z h a - - - m',
      '<13>1 2003-10-11T22:14:15.123456Z h a - - - m',
    ],
  ])('makes RFC 5424 of %s', (_title, text, want) => {
    expect(formatRfc5424(storedFrom(text), null, 'box')).toBe(want)
  })

  test('is valid and says the same, whatever was stored', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 })
    const name = fc.stringMatching(/^[!#-<>-\\^-~]{1,32}$/)
    const sd = fc.dictionary(name, fc.dictionary(name, text, { maxKeys: 3, noNullPrototype: true }), {
      ...{ minKeys: 1, maxKeys: 3, noNullPrototype: true },
    })
    const record = fc.record({
      host: fc.option(text),
      app: fc.option(text),
      procid: fc.option(text),
      msgid: fc.option(text),
      msg: text,
      sd: fc.option(sd),
    })
    fc.assert(
      fc.property(record, (fields) => {
        const written = formatRfc5424(storedRecord(fields), null, 'box')
        const read = parse(written)
        expect(read.format).toBe('rfc5424')
        const told = read.flags.filter((flag) => !['trailing-lf', 'trailing-nul', 'trimmed', 'bom'].includes(flag))
        expect(told).toEqual([])
        expect(read.structuredData?.map(({ sdId }) => sdId) ?? []).toEqual(Object.keys(fields.sd ?? {}))
        for (const { sdId, params } of read.structuredData ?? [])
          expect(Object.fromEntries(params)).toEqual(fields.sd?.[sdId] ?? {})
      }),
    )
  })
})

test('formatRfc3164 writes what fits into the BSD form', () => {
  const local = (): string => 'Jan 31 13:00:00'
  expect(formatRfc3164(storedRecord({ facility: 4 }), 'box', local)).toBe('<37>Jan 31 13:00:00 sw1 ifmgr[12]: link up')
  expect(formatRfc3164(storedRecord({ app: null, host: null, src: '[2001:db8::1]:5000' }), 'box', local)).toBe(
    '<13>Jan 31 13:00:00 2001:db8::1 link up',
  )
})

describe('the trail of a message', () => {
  test('tells hop, number, sender, time and flags, and knows them again', () => {
    const first = storedFrom('<34>Oct 11 22:14:15 h su: x')
    const sent = formatRfc5424(first, formatPassage(first, BOX, null), 'box')
    expect(sent).toContain(
      '[lanward@32473 hop="0123456789abcdef" seq="7" rt="2026-01-31T12:00:00.000000Z" src="192.0.2.7:514" flags="year-guessed zone-guessed"]',
    )
    const second = storedFrom(sent)
    expect(hasPassed(first, BOX)).toBe(false)
    expect(hasPassed(second, BOX)).toBe(true)
    expect(hasPassed(second, 'ffffffffffffffff')).toBe(false)
    const passage = formatPassage({ ...second, seq: 99 }, 'ffffffffffffffff', null)
    expect(passage).toContain(`hop="${BOX}" hop="ffffffffffffffff" seq="99"`)
    expect(passage).toContain(' told_src="192.0.2.7:514"')
    const third = storedFrom(formatRfc5424(second, passage, 'box'))
    expect(hasPassed(third, BOX)).toBe(true)
  })

  test('ends where it began, however many boxes lie between', () => {
    let record = storedFrom('<34>Oct 11 22:14:15 h su: x')
    for (let index = 0; index < 40; index++) {
      const box = index.toString(16).padStart(16, '0')
      expect(hasPassed(record, box)).toBe(false)
      record = storedFrom(formatRfc5424(record, formatPassage(record, box, null), 'box'))
    }
    expect(hasPassed(record, '0'.repeat(16))).toBe(true)
  })

  test('is not ended by a sender that does not know the box', () => {
    const hop = Array.from({ length: 64 }, (_, index) => String(index))
    expect(hasPassed(storedRecord({ sd: { 'lanward@32473': { hop } } }), BOX)).toBe(false)
  })

  test('has the true sender and time, whatever the message says of them', () => {
    const forged = storedFrom(
      '<13>1 - h a - - [lanward@32473 rt="1999" src="10.0.0.1:514" flags="x" cut="9" seq="1"] m',
    )
    expect(formatPassage(forged, BOX, null)).toBe(
      `[lanward@32473 hop="${BOX}" seq="7" rt="2026-01-31T12:00:00.000000Z" src="192.0.2.7:514" told_rt="1999" told_src="10.0.0.1:514" told_flags="x" told_cut="9"]`,
    )
  })

  test('says the truth once, and is valid, with any element in front of it', () => {
    const odd = fc.constantFrom(
      'hop',
      'rt',
      'src',
      'seq',
      'flags',
      'cut',
      'told_src',
      '__proto__',
      'constructor',
      '1',
      '?',
    )
    const value = fc.string({ unit: fc.constantFrom('a', '\\"', '\\]', '\\\\', 'ü', '\u0001', ' '), maxLength: 5 })
    fc.assert(
      fc.property(fc.array(fc.tuple(odd, value), { maxLength: 12 }), fc.option(fc.nat()), (params, cutFrom) => {
        const element = params.map(([name, each]) => ` ${name}="${each}"`).join('')
        const record = storedFrom(`<13>1 - h a - - [lanward@32473${element}][__proto__ a="1"] m`)
        expect(hasPassed(record, BOX)).toBe(false)
        const read = parse(formatRfc5424(record, formatPassage(record, BOX, cutFrom), 'box'))
        expect([read.format, read.msg]).toEqual(['rfc5424', 'm'])
        expect(read.structuredData?.map(({ sdId }) => sdId)).toEqual(['lanward@32473', '__proto__'])
        const all = read.structuredData?.[0]?.params ?? []
        const valuesOf = (wanted: string): string[] => all.flatMap(([name, each]) => (name === wanted ? [each] : []))
        expect(valuesOf('rt')).toEqual([record.rt])
        expect(valuesOf('src')).toEqual(['192.0.2.7:514'])
        expect(valuesOf('seq')).toEqual(['7'])
        expect(valuesOf('cut')).toEqual(cutFrom === null ? [] : [String(cutFrom)])
        expect(valuesOf('hop').at(-1)).toBe(BOX)
        expect(valuesOf('hop')).toHaveLength(params.filter(([name]) => name === 'hop').length + 1)
      }),
    )
  })
})

describe('prepareMessage', () => {
  const sender = { box: BOX, host: 'box' }

  test('cuts what does not fit between two characters, and says so', () => {
    const record = storedRecord({ msg: 'ü'.repeat(2000) })
    const text = prepareMessage(record, { format: 'rfc5424', origin: true, maxMessageBytes: 1000 }, sender)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1000)
    expect(Buffer.byteLength(text)).toBeGreaterThan(998)
    expect(text).toMatch(/cut="4\d\d\d"/)
    expect(text.endsWith('ü')).toBe(true)
  })

  test('leaves the stored line as it is, and valid JSON when it is cut', () => {
    const record = storedFrom(`<13>1 - h a - - - ${'"\u0001'.repeat(400)}`)
    const whole = prepareMessage(record, { format: 'json', origin: true, maxMessageBytes: 1 << 20 }, sender)
    expect(whole).toBe(record.line)
    const cut = prepareMessage(record, { format: 'json', origin: true, maxMessageBytes: 1000 }, sender)
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1000)
    expect(JSON.parse(cut)).toMatchObject({ seq: 7, host: 'h', flags: ['truncated'] })
  })
})

describe('messageFilter', () => {
  const open = { severity: 7, facilities: [], hosts: [], apps: [] }
  test.each<[string, Partial<typeof open> | { facilities: number[]; hosts: string[]; apps: string[] }, boolean]>([
    ['everything', {}, true],
    ['its severity', { severity: 5 }, true],
    ['no milder one', { severity: 4 }, false],
    ['its facility', { ...open, facilities: [1, 2] }, true],
    ['no other facility', { ...open, facilities: [2] }, false],
    ['its host', { ...open, hosts: ['other', 'sw1'] }, true],
    ['its host by stars', { ...open, hosts: ['s*1'] }, true],
    ['no host that only begins alike', { ...open, hosts: ['s'] }, false],
    ['no star that would have to overlap', { ...open, hosts: ['sw1*1'] }, false],
    ['its program by stars', { ...open, apps: ['*m*r'] }, true],
    ['no other program', { ...open, apps: ['*x*'] }, false],
  ])('lets through %s', (_title, changes, want) => {
    expect(messageFilter({ ...open, ...changes })(storedRecord())).toBe(want)
  })

  test('goes by the sender where a message names no host', () => {
    expect(messageFilter({ ...open, hosts: ['192.0.2.*'] })(storedRecord({ host: null }))).toBe(true)
  })
})

test('the short way of reading a line says the same as JSON, or leaves it', () => {
  const text = fc.option(fc.string({ unit: fc.constantFrom(...'abcdefghijü,:[]{}n1 "'), maxLength: 4 }))
  const fields = {
    host: text,
    app: text,
    procid: text,
    msgid: text,
    ts: text,
    msg: fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwü,:[]{}n1 \\'), maxLength: 9 }),
  }
  const flags = fc.array(fc.constantFrom('no-pri', 'zone-guessed'), { maxLength: 2 })
  let short = 0
  fc.assert(
    fc.property(fc.record({ ...fields, flags }), (changes) => {
      const { host, app, procid, msgid, ts, msg, flags } = changes
      const stored = {
        ...{ rt: 'r', seq: 12, src: 's:1', via: 'v', facility: 'auth', severity: 'err', host, app, procid, msgid, ts },
        ...{ sd: null, msg, format: 'raw', flags },
      }
      const line = JSON.stringify(stored)
      const { via: _via, ...rest } = stored
      const record = readPlainRecord(line)
      if (record === null) return
      short += 1
      expect(record).toEqual({ ...rest, facility: 4, severity: 3, line })
    }),
  )
  expect(short).toBeGreaterThan(10)
  const line = JSON.stringify({ rt: 'r', seq: 1, src: 's', via: 'v', facility: 'no such', severity: 'err' })
  expect(readPlainRecord(line)).toBeNull()
})

test('what is no stored message is not read', () => {
  for (const line of ['', '{', 'null', '{"seq":1}', JSON.stringify({ ...storedRecord(), facility: 'none' })])
    expect(readStoredRecord(line)).toBeNull()
  expect(readSeq('{"rt":"2026-01-31T12:00:00.000000Z","seq":12,"src"')).toBe(12)
  expect(readSeq('{"seq":12}')).toBeNull()
})
