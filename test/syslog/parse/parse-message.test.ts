import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SyslogMessage } from '../../../daemons/syslog/parse/message.ts'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'

const NOON = Date.UTC(2026, 5, 15, 12, 0, 0)

/** Parses as on a box in UTC at noon of 2026-06-15, unless said otherwise. */
function parse(text: string, receiveMs = NOON, local = false): SyslogMessage {
  return parseMessage(text, { receiveMs, inference: new TimeInference(() => 0), local, dialect: null })
}

describe('RFC 5424', () => {
  test('section 6.5, example 1', () => {
    const text = "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed for lonvick"
    expect(parse(text)).toMatchObject({
      facility: 4,
      severity: 2,
      version: 1,
      time: '2003-10-11T22:14:15.003Z',
      host: 'mymachine.example.com',
      app: 'su',
      procId: null,
      msgId: 'ID47',
      structuredData: null,
      msg: "'su root' failed for lonvick",
      format: 'rfc5424',
      flags: [],
      exact: true,
    })
  })

  test('section 6.5, example 3: structured data with an escape', () => {
    const sd =
      '[exampleSDID@32473 iut="3" eventSource="App\\"lication" eventID="1011"][examplePriority@32473 class="high"]'
    const message = parse(`<165>1 2003-10-11T22:14:15.003Z host evntslog - ID47 ${sd} An application event`)
    expect(message.structuredData).toEqual([
      {
        sdId: 'exampleSDID@32473',
        params: [
          ['iut', '3'],
          ['eventSource', 'App"lication'],
          ['eventID', '1011'],
        ],
      },
      { sdId: 'examplePriority@32473', params: [['class', 'high']] },
    ])
    expect(message.msg).toBe('An application event')
  })

  test.each<[string, string, Partial<SyslogMessage>]>([
    ['a header alone', '<13>1 - - - - - -', { msg: '', format: 'rfc5424', flags: [] }],
    ['a byte order mark', '<13>1 - - - - - - \ufefftext', { msg: 'text', flags: ['bom'] }],
    ['a header that ends early', '<13>1 2026-06-15T12:00:00Z host', { host: 'host', flags: ['header-cut'] }],
    [
      'structured data that never ends',
      '<13>1 - h a - - [x y="z text',
      { structuredData: null, msg: '[x y="z text', flags: ['bad-sd'] },
    ],
    ['two fields with the same fault', '<13>1 - h\u00e4 \u00e4 - - - x', { msg: 'x', flags: ['bad-field'] }],
    ['a day that does not exist', '<13>1 2026-02-30T12:00:00Z h a - - - x', { time: null, flags: ['bad-timestamp'] }],
  ])('%s', (_title, text, want) => {
    expect(parse(text)).toMatchObject(want)
  })
})

describe('the BSD family', () => {
  test.each<[string, string, Partial<SyslogMessage>]>([
    [
      'RFC 3164 section 5.4',
      "<34>Jun 15 11:59:59 mymachine su: 'su root' failed",
      { time: '2026-06-15T11:59:59Z', host: 'mymachine', app: 'su', msg: "'su root' failed", format: 'rfc3164' },
    ],
    [
      'a process id',
      '<30>Jun 15 12:00:00 gw sshd[4242]: Accepted',
      { host: 'gw', app: 'sshd', procId: '4242', msg: 'Accepted' },
    ],
    [
      'Cisco with sequence number and unset clock',
      '<189>29: *Mar  1 18:48:50.483: %SYS-5-CONFIG_I: Configured from console',
      { app: '%SYS-5-CONFIG_I', msg: 'Configured from console', host: null },
    ],
    ['no PRI', 'Jun 15 12:00:00 host app: hello', { facility: 1, severity: 5, host: 'host', app: 'app', msg: 'hello' }],
    ['an IPv6 host', '<13>Jun 15 12:00:00 2001:db8::7 app: x', { host: '2001:db8::7', app: 'app', msg: 'x' }],
  ])('%s', (_title, text, want) => {
    const message = parse(text)
    expect(message).toMatchObject(want)
  })

  test.each([
    ['just after New Year, sent before it', 'Dec 31 23:59:58', Date.UTC(2027, 0, 1, 0, 0, 2), '2026-12-31T23:59:58Z'],
    [
      'just before New Year, by a clock that is ahead',
      'Jan  1 00:00:01',
      Date.UTC(2026, 11, 31, 23, 59, 58),
      '2027-01-01T00:00:01Z',
    ],
    [
      'of a clock that was never set: not months ahead',
      'Mar  1 18:46:11',
      Date.UTC(2026, 10, 25),
      '2026-03-01T18:46:11Z',
    ],
    ['of a clock a day ahead', 'Nov 26 20:00:00', Date.UTC(2026, 10, 25, 22), '2026-11-26T20:00:00Z'],
    ['of a clock that seems a week ahead', 'Dec  2 00:00:00', Date.UTC(2026, 10, 25), '2025-12-02T00:00:00Z'],
    ['of January seen in December', 'Jan  3 17:46:12', Date.UTC(2026, 11, 13), '2027-01-03T17:46:12Z'],
    [
      'of a clock that starts with January, seen in December',
      'Jan  1 00:05:00',
      Date.UTC(2026, 11, 13),
      '2026-01-01T00:05:00Z',
    ],
    ['of December seen in January', 'Dec 13 17:46:12', Date.UTC(2027, 0, 20), '2026-12-13T17:46:12Z'],
    ['a leap day in a year that has none', 'Feb 29 12:00:00', Date.UTC(2026, 2, 1), null],
  ])('the year, %s', (_title, time, receiveMs, want) => {
    expect(parse(`<13>${time} host app: x`, receiveMs).time).toBe(want)
  })

  test('a time that agrees with ours only in another zone is in that zone', () => {
    const message = parse('<13>Jun 15 14:00:00 host app: x')
    expect(message.time).toBe('2026-06-15T14:00:00+02:00')
    expect(message.flags).toContain('zone-fitted')
  })
})

test.each([
  ['a space behind the time', '<13>Jun 15 12:00:00 '],
  ['a space behind the host', '<13>Jun 15 12:00:00 host '],
  ['a tab behind the host', '<13>Jun 15 12:00:00 h\thost app: x'],
  ['a tab behind the tag', '<13>Jun 15 12:00:00 host app:\t'],
])('%s is in no field, so that the text is kept', (_title, text) => {
  expect(parse(text).exact).toBe(false)
})

describe('year and zone over New Year', () => {
  const BERLIN = new TimeInference(() => 60)
  const TOKYO = new TimeInference(() => 540, true)
  test.each([
    [
      'a device west of us is still in the old year',
      BERLIN,
      'Dec 31 16:30:00',
      '2027-01-01T00:30:00Z',
      '2026-12-31T16:30:00-08:00',
    ],
    [
      'a device east of us is in the new year already',
      BERLIN,
      'Jan  1 01:00:00',
      '2026-12-31T12:00:00Z',
      '2027-01-01T01:00:00+13:00',
    ],
    [
      'our own zone is in the new year before UTC is',
      BERLIN,
      'Jan  1 00:30:00',
      '2026-12-31T23:30:00Z',
      '2027-01-01T00:30:00+01:00',
    ],
    ['our own zone, a minute late', BERLIN, 'Dec 31 23:59:30', '2026-12-31T23:00:30Z', '2026-12-31T23:59:30+01:00'],
    [
      'a known zone, in the new year before UTC is',
      TOKYO,
      'Jan  1 08:00:00',
      '2026-12-31T23:00:00Z',
      '2027-01-01T08:00:00+09:00',
    ],
    [
      'a known zone, a message that waited over New Year',
      TOKYO,
      'Dec 31 20:00:00',
      '2027-01-02T10:00:00Z',
      '2026-12-31T20:00:00+09:00',
    ],
    [
      'a year that is told is never changed',
      BERLIN,
      'Jan  1 2026 00:30:00',
      '2026-12-31T23:30:00Z',
      '2026-01-01T00:30:00+01:00',
    ],
  ])('%s', (_title, inference, time, received, want) => {
    const context = { receiveMs: Date.parse(received), inference, local: false, dialect: null }
    expect(parseMessage(`<13>${time} host app: x`, context).time).toBe(want)
  })
})

describe('what is neither', () => {
  test.each<[string, string, Partial<SyslogMessage>]>([
    ['nothing but text', 'hello world', { facility: 1, severity: 5, msg: 'hello world', flags: ['no-pri'] }],
    ['a priority that is too great', '<192>hello', { facility: 1, severity: 5, msg: '<192>hello' }],
    ['a priority with leading zeros', '<013>hello', { msg: '<013>hello' }],
    ['nothing', '', { msg: '' }],
    ['a line end', '<13>hello\n', { msg: 'hello' }],
    ['a NUL', '<13>hello\0', { msg: 'hello' }],
  ])('%s', (_title, text, want) => {
    expect(parse(text)).toMatchObject({ format: 'raw', ...want })
  })

  test.each([
    ['<192>x', 'bad-pri'],
    ['<13>x\n', 'trailing-lf'],
    ['<13>x\0', 'trailing-nul'],
    ['<13>x \r\n\n', 'trimmed'],
  ])('%j is flagged %s', (text, flag) => {
    expect(parse(text).flags).toContain(flag)
  })
})

/** Text that looks like syslog from far away, and anything else. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '<13>',
          '<191>',
          '1 ',
          '- ',
          'Jun 15 12:00:00 ',
          '2026-06-15T12:00:00Z ',
          'host ',
          'app[1]: ',
          '[a b="c"] ',
        ),
        fc.constantFrom('*', '.', ': ', '%SYS-5-X: ', '\\', ']', '"', '\n', '\0', '\ufeff', '99: '),
        fc.string({ maxLength: 8 }),
      ),
      { maxLength: 14 },
    )
    .map((parts) => parts.join('')),
)

describe('any text', () => {
  test('becomes a message with every field in its range', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 4e12 }), fc.boolean(), (text, receiveMs, local) => {
        const message = parse(text, receiveMs, local)
        expect(message.facility).toBeLessThan(24)
        expect(message.severity).toBeLessThan(8)
        expect(message.time === null || !Number.isNaN(Date.parse(message.time.replace(/(\.\d{3})\d+/, '$1')))).toBe(
          true,
        )
        expect(new Set(message.flags).size).toBe(message.flags.length)
      }),
      { numRuns: 2000 },
    )
  })

  test('has a flag once, however many of its fields show it', () => {
    const text = '1 2026-06-15T12:00:00Z \n2026-06-15T12:00:00Z \n*'
    expect(parse(text).flags).toEqual(['bad-field', 'header-cut', 'no-pri'])
  })

  test('is all in the fields when they claim to hold it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { exact, host, app, procId, msgId, msg, structuredData } = parse(text)
        if (!exact) return
        const held = [
          host,
          app,
          procId,
          msgId,
          msg,
          ...(structuredData ?? []).flatMap(({ sdId, params }) => [sdId, ...params.flat()]),
        ]
        // What is not a word of a header or punctuation must stand in some field.
        const words = text.match(/[A-Za-z]{4,}/g) ?? []
        for (const word of words) expect(held.some((field) => field?.includes(word) === true)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})
