import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byteOffsets } from '../../../daemons/syslog/explain/byte-offsets.ts'
import { type Explanation, explainMessage } from '../../../daemons/syslog/explain/explain-message.ts'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { DIALECTS, type Dialect } from '../../../daemons/syslog/senders/dialect.ts'

const inference = new TimeInference(() => 0)
const contextOf = (dialect: Dialect | null, local = false) => ({
  ...{ receiveMs: Date.UTC(2026, 5, 15, 12), inference, local, dialect },
})

function explain(text: string, dialect: Dialect | null = null): Explanation {
  return explainMessage(Buffer.from(text), contextOf(dialect))
}

/** `field text` for each field that was found. */
function fieldsOf({ fields }: Explanation, text: string): string[] {
  const bytes = Buffer.from(text)
  return fields.map(
    ({ field, path, start, end }) => `${[field, ...path].join('.')}=${bytes.toString('utf8', start, end)}`,
  )
}

test.each<[string, string, string[]]>([
  [
    'rfc5424',
    '<34>1 2003-10-11T22:14:15.003Z höst su 7 ID47 [x@1 a="q\\"r" b=bare] BOM\u00e4 text',
    [
      'pri=<34>',
      'version=1',
      'ts=2003-10-11T22:14:15.003Z',
      'host=höst',
      'app=su',
      'procid=7',
      'msgid=ID47',
      'sd.x@1=x@1',
      'sd.x@1.a=q\\"r',
      'sd.x@1.b=bare',
      'msg=BOM\u00e4 text',
    ],
  ],
  [
    'rfc5424',
    '<34>1 - - - - - [broken x="',
    ['pri=<34>', 'version=1', 'ts=-', 'host=-', 'app=-', 'procid=-', 'msgid=-', 'msg=[broken x="'],
  ],
  [
    'time-host-tag',
    ' <13>Jun 15 12:00:00 gw sshd[42]: Accepted\n',
    ['pri=<13>', 'ts=Jun 15 12:00:00', 'host=gw', 'app=sshd', 'procid=42', 'msg=Accepted'],
  ],
  [
    'cisco',
    '<189>29: sw-7: *Mar  1 18:48:50.483: %SYS-5-X: text',
    ['pri=<189>', 'sd.meta.sequenceId=29', 'host=sw-7', 'ts=Mar  1 18:48:50.483', 'app=%SYS-5-X', 'msg=text'],
  ],
  ['tag', '<13>app[1]: text', ['pri=<13>', 'app=app', 'procid=1', 'msg=text']],
  ['content', 'hello world', ['msg=hello world']],
  ['content', '<999>hello', ['msg=<999>hello']],
])('rule %s of %j', (rule, text, want) => {
  const explained = explain(text)
  expect(explained.rule).toBe(rule)
  expect(fieldsOf(explained, text)).toEqual(want)
})

test('tells what another dialect would change, and nothing where none would', () => {
  const { others, flags } = explain('<13>Jun 15 12:00:00 kernel eth0 is up')
  expect(others.find(({ dialect }) => dialect === 'no-host')?.changes).toMatchObject({
    host: { from: 'kernel', to: null },
    app: { from: 'eth0', to: 'kernel' },
  })
  expect(flags.map(({ flag }) => flag)).toEqual(['year-guessed', 'zone-guessed', 'tag-guessed'])
  for (const { reason } of flags) expect(reason.length).toBeGreaterThan(10)
  const plain = explain('<13>1 2026-06-15T12:00:00Z h a - - - x')
  expect(plain.others.map(({ dialect }) => dialect)).not.toContain('rfc5424')
})

const piece = fc.oneof(
  fc.constantFrom(
    '<13>',
    '<189>',
    '45: ',
    '1 ',
    '- ',
    'Jun 15 12:00:00 ',
    'Jun  5 2026 12:00:00.123: ',
    '*',
    '.',
    'sw-7: ',
  ),
  fc.constantFrom(
    '2026-06-15T12:00:00Z ',
    'host ',
    '::1 ',
    'app[1]: ',
    '%SYS-5-X: ',
    '00:20:10: ',
    'RP/0/RP0/CPU0:',
    ': ',
  ),
  fc.constantFrom(
    '[a b="c\\"d"]',
    '[a b="',
    '[x y= "z" ]',
    '[a a=1][a a="2"]',
    ']',
    '"',
    '\\',
    '\ufeff',
    '\n',
    '\0',
    ' ',
    '\u{1f600}',
    'ä',
  ),
  fc.constantFrom('Message forwarded from relay: '),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const octets = fc.oneof(
  fc.array(piece, { maxLength: 14 }).map((pieces) => Buffer.from(pieces.join(''))),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
)

describe('of any octets', () => {
  test('the ranges lie behind each other and hold what the fields hold', () => {
    fc.assert(
      fc.property(octets, fc.constantFrom(null, ...DIALECTS), fc.boolean(), (bytes, dialect, local) => {
        const context = contextOf(dialect, local)
        const { fields, values, bytes: length } = explainMessage(bytes, context)
        const message = parseMessage(bytes.toString(), context)
        let behind = 0
        for (const { field, path, start, end, value } of fields) {
          expect(start).toBeGreaterThanOrEqual(behind)
          expect(end).toBeGreaterThanOrEqual(start)
          expect(end).toBeLessThanOrEqual(length)
          behind = end
          const text = bytes.toString('utf8', start, end)
          if (field === 'ts') expect(text === '-' ? null : text).toBe(message.timeText)
          else if (field === 'sd' && path.length === 2)
            expect([text, text.replace(/\\(["\\\]])/g, '$1')]).toContain(value)
          else if (field !== 'pri' && value !== null) expect(text).toBe(value)
          else if (field !== 'pri') expect(['-', '']).toContain(text)
        }
        // Every field that holds something was found somewhere.
        for (const name of ['host', 'app', 'procid', 'msgid'] as const)
          if (values[name] !== null) expect(fields.filter(({ field }) => field === name)).toHaveLength(1)
        if (message.msg !== '') expect(fields.filter(({ field }) => field === 'msg')).toHaveLength(1)
        const params = (message.structuredData ?? []).reduce((sum, element) => sum + element.params.length, 0)
        expect(fields.filter(({ field, path }) => field === 'sd' && path.length === 2)).toHaveLength(params)
      }),
      { numRuns: 3000 },
    )
  })

  test('a message that is explained is read as one that is not', () => {
    fc.assert(
      fc.property(octets, fc.constantFrom(null, ...DIALECTS), (bytes, dialect) => {
        const { values } = explainMessage(bytes, contextOf(dialect))
        const { host, app, msg, time } = parseMessage(bytes.toString(), contextOf(dialect))
        expect(values).toMatchObject({ host, app, msg, ts: time })
      }),
    )
  })

  test('each character has the offset of its bytes', () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        const text = bytes.toString()
        const offsets = byteOffsets(bytes)
        expect(offsets).toHaveLength(text.length + 1)
        for (let at = 0; at < text.length; at++) {
          const end = offsets.slice(at).find((offset) => offset > (offsets[at] ?? 0)) ?? bytes.length
          expect(text.startsWith(bytes.toString('utf8', offsets[at], end), at)).toBe(true)
          if (text.charCodeAt(at) >= 0xd800 && text.charCodeAt(at) < 0xdc00) at++
        }
      }),
    )
  })
})
