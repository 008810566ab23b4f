import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SyslogMessage } from '../../../daemons/syslog/parse/message.ts'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { DIALECTS, type Dialect, dialectOf } from '../../../daemons/syslog/senders/dialect.ts'

const NOON = Date.UTC(2026, 5, 15, 12)
const context = { receiveMs: NOON, inference: new TimeInference(() => 0), local: false }

test.each<[string, Dialect | null, string, Partial<SyslogMessage>]>([
  ['a word behind the time', null, '<13>Jun 15 12:00:00 kernel eth0 is up', { host: 'kernel', app: 'eth0' }],
  [
    'a word behind the time',
    'no-host',
    '<13>Jun 15 12:00:00 kernel eth0 is up',
    { host: null, app: 'kernel', msg: 'eth0 is up' },
  ],
  [
    'a word behind the time',
    'cisco',
    '<13>Jun 15 12:00:00 Interface is up',
    { host: null, app: null, msg: 'Interface is up' },
  ],
  ['no time', null, '<13>sw-7 app: text', { host: null, format: 'raw', msg: 'sw-7 app: text' }],
  ['no time', 'rfc3164', '<13>sw-7 app: text', { host: 'sw-7', app: 'app', msg: 'text' }],
  ['a name and a colon', null, '<189>sw-7: link down', { host: null, app: 'sw-7' }],
  ['a name and a colon', 'cisco', '<189>sw-7: link down', { host: 'sw-7', app: null, msg: 'link down' }],
  ['number, name, text', null, '<189>45: sw-7: link down', { host: null, app: 'sw-7' }],
  ['number, name, text', 'cisco', '<189>45: sw-7: link down', { host: 'sw-7', msg: 'link down' }],
  [
    'number, name, time, mnemonic',
    'cisco',
    '<189>45: sw-7: Jun 15 12:00:00: %SYS-5-X: text',
    { host: 'sw-7', app: '%SYS-5-X', msg: 'text' },
  ],
  ['what looks like RFC 5424', 'rfc3164', '<13>1 - - - - - text', { format: 'rfc3164' }],
  [
    'what looks like a header',
    'raw',
    '<13>Jun 15 12:00:00 host app: text',
    { format: 'raw', msg: 'Jun 15 12:00:00 host app: text' },
  ],
  ['the older format', 'rfc5424', '<13>Jun 15 12:00:00 host app: text', { format: 'raw', severity: 5 }],
  ['RFC 5424', 'rfc5424', '<14>1 - h a - - - text', { format: 'rfc5424', host: 'h', severity: 6 }],
  ['no priority', 'rfc5424', '1 - h a - - - text', { format: 'rfc5424', host: 'h', flags: ['no-pri'] }],
])('%s, read as %s', (_title, dialect, text, want) => {
  expect(parseMessage(text, { ...context, dialect })).toMatchObject(want)
})

test.each<[Dialect, string]>([
  ['rfc5424', '<13>1 - h a - - - text'],
  ['rfc3164', '<13>Jun 15 12:00:00 host app: text'],
  ['no-host', '<13>Jun 15 12:00:00 app[1]: text'],
  ['cisco', '<189>45: *Jun 15 12:00:00: %SYS-5-X: text'],
  ['raw', '<13>text'],
])('%s is learned from %s', (dialect, text) => {
  expect(dialectOf(parseMessage(text, { ...context, dialect: null }))).toBe(dialect)
})

test('under no dialect is anything lost: what the fields do not hold stays beside them', () => {
  const piece = fc.oneof(
    fc.constantFrom('<13>', '<189>45: ', '1 ', '- ', 'Jun 15 12:00:00 ', 'host ', 'app[1]: ', 'sw-7: ', '%SYS-5-X: '),
    fc.string({ unit: 'binary', maxLength: 10 }),
  )
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(text, fc.constantFrom(...DIALECTS), (raw, dialect) => {
      const { exact, host, app, procId, msgId, msg, structuredData } = parseMessage(raw, { ...context, dialect })
      if (!exact) return
      const sd = (structuredData ?? []).flatMap(({ sdId, params }) => [sdId, ...params.flat()])
      const held = [host, app, procId, msgId, msg, ...sd].join('\n')
      for (const word of raw.match(/[A-Za-z]{4,}/g) ?? []) expect(held).toContain(word)
    }),
    { numRuns: 2000 },
  )
})
