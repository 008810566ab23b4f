import fc from 'fast-check'
import { expect, test } from 'vitest'
import { prepareMessage } from '../../../daemons/syslog/forward/prepare-message.ts'
import { readStoredRecord, type StoredRecord } from '../../../daemons/syslog/forward/stored-record.ts'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'

const sender = { box: '0123456789abcdef', host: 'box' }
const inference = new TimeInference(() => 0)
const parse = (text: string): ReturnType<typeof parseMessage> =>
  parseMessage(text, { receiveMs: Date.UTC(2026, 0, 31, 12), inference, local: false, dialect: null })

const unit = fc.constantFrom('a', '"', '\\', ']', '\u0001', 'ü', '😀', '\ud800', '\ufeff')
const text = fc.oneof(fc.string({ unit, maxLength: 20 }), fc.string({ unit, minLength: 300, maxLength: 2000 }))
const key = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'hop', 'rt', 'lanward@32473', '', '1', '='),
  fc.string({ unit, maxLength: 40 }),
)
const dictionary = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(key, values, { maxKeys: 4, noNullPrototype: true })
const sd = fc.option(dictionary(dictionary(fc.oneof(text, fc.array(text, { maxLength: 3 })))))
const field = fc.option(fc.string({ unit, maxLength: 20 }))
const stored = fc
  .record({
    ...{ host: field, app: field, procid: field, msgid: field, sd, msg: text, raw: text },
    flags: fc.subarray(['bom', 'zone-guessed']),
  })
  .map((fields) => {
    const line = JSON.stringify({
      ...{ rt: '2026-01-31T12:00:00.000000Z', seq: 7, src: '192.0.2.7:514', via: 'udp://0.0.0.0:514' },
      ...{ facility: 'user', severity: 'notice', ts: null, format: 'rfc5424', ...fields },
    })
    const record = readStoredRecord(line)
    if (record === null) throw new Error(`not read: ${line}`)
    return record
  })

const MOST_BYTES = 1200
const prepare = (record: StoredRecord, format: 'rfc5424' | 'rfc3164' | 'json', origin: boolean): string => {
  const made = prepareMessage(record, { format, origin, maxMessageBytes: MOST_BYTES }, sender)
  expect(Buffer.byteLength(made)).toBeLessThanOrEqual(MOST_BYTES)
  return made
}

test('every form of every stored line fits, and can be read', () => {
  fc.assert(
    fc.property(stored, fc.boolean(), (record, origin) => {
      const read = parse(prepare(record, 'rfc5424', origin))
      expect(read.format).toBe('rfc5424')
      const passage = read.structuredData?.find(({ sdId }) => sdId === 'lanward@32473')
      if (origin) expect(passage?.params.filter(([name]) => name === 'src')).toEqual([['src', '192.0.2.7:514']])
      prepare(record, 'rfc3164', origin)
      const line: unknown = JSON.parse(prepare(record, 'json', origin))
      expect(line).toMatchObject({ seq: 7, src: '192.0.2.7:514' })
    }),
    { numRuns: 300 },
  )
})

test('no line of a damaged store is too much', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        stored.map(({ line }) => line.slice(0, -9)),
      ),
      (line) => {
        expect(readStoredRecord(line)).toBeNull()
      },
    ),
  )
})
