import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { RecentHeader } from '../../../daemons/syslog/parse/recent-header.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { ReceiptTimes } from '../../../daemons/syslog/receipt-times.ts'
import { DIALECTS } from '../../../daemons/syslog/senders/dialect.ts'
import { JsonBytes } from '../../../daemons/syslog/store/json-bytes.ts'
import { formatSource, writeStoredLine } from '../../../daemons/syslog/store/stored-line.ts'

const NOW_MS = Date.UTC(2026, 0, 31, 12)
const SOURCE = formatSource('192.0.2.7:514', 'udp://0.0.0.0:514')
const inference = new TimeInference(() => 60)
const context = { receiveMs: NOW_MS, inference, local: false, dialect: null }

const header = fc
  .tuple(
    fc.constantFrom('<13>', '<34>', '<13> ', '', '<999>', '<13>1 ', ' <13>', '<13>7: ', '<13>*'),
    fc.constantFrom('Jan 31 12:00:00 ', 'Jan 31 12:00:00: ', 'Feb 30 00:00:00 ', '2026-01-31T12:00:00Z ', ''),
    fc.constantFrom('host ', 'h2 ', '- ', '2001:db8::1 ', 'Message forwarded from ', ''),
    fc.constantFrom(
      'app: ',
      'app[1]: ',
      'app[]: ',
      'app ',
      'app:',
      'app',
      ': ',
      '%LINK-3-UPDOWN: ',
      'two words: ',
      'mdt: ',
      '45: ',
      '',
    ),
  )
  .map((parts) => parts.join(''))
const text = fc.constantFrom(
  ...[
    'up',
    'down',
    '',
    ' ',
    ' spaced',
    'tail \n',
    'tail\0',
    'a: b',
    '[7]: x',
    'app: x',
    '"quoted"',
    'größer',
    '\r\n',
    '1990 Oct',
    '%SYS-5-X: y',
    '46: Jan 31 11:59:59: %SYS-5-X: y',
    '*Mar  1 00:00:10: %SYS-5-X: y',
    'last message repeated 2 times',
  ],
)
/** Several texts behind one header. */
const alike = fc.tuple(header, fc.array(text, { minLength: 2, maxLength: 4 }))

test('a message is read as if no other had come before it', () => {
  fc.assert(
    fc.property(alike, fc.boolean(), fc.constantFrom(null, ...DIALECTS), ([head, texts], local, dialect) => {
      const recent = new RecentHeader()
      for (const each of texts) {
        const { header, ...message } = recent.parse(head + each, { ...context, local, dialect })
        expect(message).toEqual(parseMessage(head + each, { ...context, local, dialect }))
      }
    }),
    { numRuns: 2000 },
  )
})

test('the line of a message is the same whether its header was written before or not', () => {
  fc.assert(
    fc.property(alike, ([head, texts]) => {
      const recent = new RecentHeader()
      for (const each of [...texts, ...texts])
        expect(stored(recent.parse(head + each, context))).toBe(stored(parseMessage(head + each, context)))
    }),
  )
})

test('messages with one header share it, and what is noted of one of them is not noted of the next', () => {
  const recent = new RecentHeader()
  const read = (words: string) => recent.parse(`<13>Jan 31 12:00:00 host app[7]: ${words}`, context)
  read('first').flags.push('not-utf8')
  const second = read('second')
  expect(second.header?.text).toBe('<13>Jan 31 12:00:00 host app[7]: ')
  second.flags.push('truncated')
  expect(read('third')).toMatchObject({
    msg: 'third',
    flags: ['year-guessed', 'zone-guessed', 'zone-fitted'],
    header: second.header,
  })
})

test('a header is read anew when the second, the pinned dialect or the pinned zone is another', () => {
  const read = (changed: Partial<typeof context>) => {
    const recent = new RecentHeader()
    const line = '<13>Jan 31 12:00:00 host app[7]: text'
    recent.parse(line, context)
    return recent.parse(line, { ...context, ...changed }).header
  }
  expect(read({ receiveMs: NOW_MS + 999 })).toBeDefined()
  expect(read({ receiveMs: NOW_MS + 1000 })).toBeUndefined()
  expect(read({ inference: new TimeInference(() => 60) })).toBeUndefined()
  const recent = new RecentHeader()
  recent.parse('<13>Jan 31 12:00:00 host app[7]: text', context)
  expect(recent.parse('<13>Jan 31 12:00:00 host app[7]: text', { ...context, dialect: 'no-host' }).app).toBe('host')
})

test('no long text is kept for its header', () => {
  const recent = new RecentHeader()
  const read = (length: number) => recent.parse(`<13>Jan 31 12:00:00 host app: ${'x'.repeat(length)}`, context).header
  read(2000)
  expect(read(1)).toBeUndefined()
})

test('the source of a line is its own, also when the header is remembered from another door', () => {
  const recent = new RecentHeader()
  const line = '<13>Jan 31 12:00:00 host app[7]: text'
  recent.parse(line, context)
  stored(recent.parse(line, context))
  const other = formatSource('192.0.2.7:999', 'udp://0.0.0.0:514')
  expect(stored(recent.parse(line, context), other)).toContain('"src":"192.0.2.7:999"')
})

function stored(message: ReturnType<typeof parseMessage>, source = SOURCE): string {
  const into = new JsonBytes(64)
  const arrival = { seconds: 1, nanoseconds: 2, seq: 3, source, original: null, plain: false }
  writeStoredLine(into, message, arrival, new ReceiptTimes())
  return into.bytes.toString()
}
