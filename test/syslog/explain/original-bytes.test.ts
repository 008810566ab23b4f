import fc from 'fast-check'
import { expect, test } from 'vitest'
import { originalOf } from '../../../daemons/syslog/explain/original-bytes.ts'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { ReceiptTimes } from '../../../daemons/syslog/receipt-times.ts'
import { JsonBytes } from '../../../daemons/syslog/store/json-bytes.ts'
import { formatSource, writeStoredLine } from '../../../daemons/syslog/store/stored-line.ts'

const source = formatSource('192.0.2.7:514', 'udp://0.0.0.0:514')

/** The line that the store keeps of a message. */
function stored(text: string): string {
  const context = {
    receiveMs: Date.UTC(2026, 5, 15, 12),
    inference: new TimeInference(() => 0),
    local: false,
    dialect: null,
  }
  const message = parseMessage(text, context)
  const lines = new JsonBytes(1 << 16)
  const original = message.exact ? null : { text }
  const arrival = { seconds: 1_781_524_800, nanoseconds: 0, seq: 1, source, original, plain: false }
  writeStoredLine(lines, message, arrival, new ReceiptTimes())
  return lines.bytes.toString('utf8')
}

const piece = fc.oneof(
  fc.constantFrom(
    '<13>',
    '<189>',
    '45: ',
    '1 ',
    '- ',
    '- - - - ',
    'Jun 15 12:00:00 ',
    'Jun  5 12:00:00 ',
    '*',
    'sw-7: ',
  ),
  fc.constantFrom(
    '2026-06-15T12:00:00Z ',
    '2026-06-15T12:00:00.120+02:00 ',
    'host ',
    '::1 ',
    'app[1]: ',
    'app: ',
    'app ',
  ),
  fc.constantFrom(
    '[a b="c\\"d"]',
    '[a b="',
    '[x y="z" y="w"]',
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
  fc.string({ maxLength: 8 }),
)

test('the fields of a message without raw text give back what came, to the letter', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('').toWellFormed()),
      (text) => {
        expect(originalOf(stored(text), 'box')?.original.toString()).toBe(text)
      },
    ),
    { numRuns: 5000 },
  )
})
