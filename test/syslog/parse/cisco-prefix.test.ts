import { expect, test } from 'vitest'
import { SpanRecord } from '../../../daemons/syslog/explain/span-record.ts'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'

function parse(text: string, spans: SpanRecord | null = null) {
  const inference = new TimeInference(() => 0)
  return parseMessage(text, { receiveMs: Date.UTC(2026, 10, 25, 12), inference, local: false, dialect: null, spans })
}

const UP = '%LINK-3-UPDOWN: Interface up'

/** What stands between PRI and the mnemonic; host, whether there is a time, sequence number, second number, module. */
test.each<
  [
    prefix: string,
    host: string | null,
    timed: boolean,
    sequence: string | null,
    inner: string | null,
    module: string | null,
  ]
>([
  ['105: 000104: Nov 25 11:59:58: ', null, true, '105', '000104', null],
  ['105: 000104: sw-9: *Nov 25 11:59:58.123 CET: ', 'sw-9', true, '105', '000104', null],
  ['30: sw-9: 6340004: .Nov 25 11:59:58: ', 'sw-9', true, '30', '6340004', null],
  ['sw-9: Nov 25 11:59:58: ', 'sw-9', true, null, null, null],
  ['192.0.2.9: Nov 25 11:59:58: ', '192.0.2.9', true, null, null, null],
  ['31: 2001:DB8::9: Nov 25 11:59:58: ', '2001:DB8::9', true, '31', null, null],
  ['wlc-1: *apTask1: Nov 25 11:59:58.123: ', 'wlc-1', true, null, null, '*apTask1'],
  ['7: CLC 6/0: Nov 25 11:59:58.1 UTC: ', null, true, '7', null, 'CLC 6/0'],
  ['7: RP/0/RP0/CPU0:Nov 25 11:59:58.1 UTC: ', null, true, '7', null, 'RP/0/RP0/CPU0'],
  ['7: sw-9 101: Nov 25 11:59:58.1 UTC: ', 'sw-9', true, '7', '101', null],
  ['7: sw-9 Nov 25 11:59:58.1 UTC: ', 'sw-9', true, '7', null, null],
  [': sw-9 Nov 25 11:59:58 PDT: ', 'sw-9', true, null, null, null],
  ['7: Nov 25 12:00:00 sw-9 101: Nov 25 11:59:58: ', 'sw-9', true, '7', '101', null],
  ['7: sw-9: Nov 25 11:59:58.1 mdt: ', 'sw-9', true, '7', null, null],
  ['7: sw-9: Nov 25 2026 11:59:58 METDST: ', 'sw-9', true, '7', null, null],
  ['sw-9: 1w2d: ', 'sw-9', false, null, null, null],
  ['00:20:10: ', null, false, null, null, null],
  ['7: sw-9: 101 21: ', 'sw-9', false, '7', null, null],
  ['sw-9: ', 'sw-9', false, null, null, null],
  [': ', null, false, null, null, null],
])('%s', (prefix, host, timed, sequence, inner, module) => {
  const message = parse(`<187>${prefix}${UP}`)
  const params = new Map(message.structuredData?.flatMap(({ params: all }) => all))
  expect({ host: message.host, timed: message.time !== null, app: message.app, msg: message.msg }).toEqual({
    host,
    timed,
    app: '%LINK-3-UPDOWN',
    msg: 'Interface up',
  })
  const found = [params.get('sequenceId'), params.get('sequence'), params.get('module')]
  expect(found.map((value) => value ?? null)).toEqual([sequence, inner, module])
})

test.each([
  ['Backup finished: Nov 25 11:59:58 all is well', { format: 'raw', host: null }],
  ['one: two: Nov 25 11:59:58 three', { app: 'one', host: null, time: null }],
  ['1: 2: 3: Nov 25 11:59:58: text', { host: null, time: null }],
  ['12:30:00: it is late', { format: 'raw', host: null }],
])('%s is no prefix of a Cisco device', (text, want) => {
  expect(parse(`<13>${text}`)).toMatchObject(want)
})

test('both numbers are found where they stand', () => {
  const spans = new SpanRecord()
  parse(`<187>105: 000104: sw-9: Nov 25 11:59:58: ${UP}`, spans)
  expect(spans.spans.filter(({ field }) => field === 'sd' || field === 'host')).toEqual([
    { field: 'sd', path: ['meta', 'sequenceId'], start: 5, end: 8 },
    { field: 'sd', path: ['cisco@9', 'sequence'], start: 10, end: 16 },
    { field: 'host', path: [], start: 18, end: 22 },
  ])
})
