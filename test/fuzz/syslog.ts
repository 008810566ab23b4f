import fc from 'fast-check'
import { JsonBytes } from '../../daemons/syslog/json-bytes.ts'
import { readMessageText } from '../../daemons/syslog/message-text.ts'
import { parseMessage } from '../../daemons/syslog/parse-message.ts'
import { ReceiptTimes } from '../../daemons/syslog/receipt-times.ts'
import { formatSource, writeStoredLine } from '../../daemons/syslog/stored-line.ts'
import { StreamFraming } from '../../daemons/syslog/stream-framing.ts'
import { TimeInference } from '../../daemons/syslog/time-inference.ts'

const inference = new TimeInference((ms) => (Math.floor(ms / 3_600_000) % 2 === 0 ? 60 : 120))
const source = formatSource('192.0.2.7:514', 'udp://0.0.0.0:514')

/** Pieces of which devices make messages, and what breaks parsers. */
const piece = fc.oneof(
  fc.constantFrom(
    '<13>',
    '<191>',
    '<0>',
    '<999>',
    '<',
    '1 ',
    '2 ',
    '- ',
    'Jun 15 12:00:00 ',
    'Feb 29 23:59:60 ',
    '*Mar  1 00:00:01.123: ',
  ),
  fc.constantFrom(
    '2026-06-15T12:00:00.123456789+14:00 ',
    '1970-01-01T00:00:00Z ',
    '000123: ',
    'host ',
    '::1 ',
    'app[99]: ',
    '%SYS-5-X: ',
  ),
  fc.constantFrom(
    '[a@1 b="c\\"d"]',
    '[a b="',
    '[',
    ']',
    '"',
    '\\',
    '\ufeff',
    '\n',
    '\0',
    '\r',
    '\u2028',
    '7 <13>x',
    '99999999999 ',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const octets = fc.oneof(
  fc.uint8Array({ maxLength: 2000, size: 'max' }),
  fc.array(piece, { maxLength: 30 }).map((pieces) => new Uint8Array(Buffer.from(pieces.join('')))),
)

/**
 * Throws at the first octets that do not become one readable line, or that a stream cuts differently when they come
 * in other pieces.
 */
export function run(runs: number, seed: number): void {
  const receiveMs = fc.integer({ min: 0, max: 4_102_444_800_000 })
  fc.assert(
    fc.property(octets, receiveMs, fc.boolean(), fc.nat(50), (bytes, when, local, cut) => {
      checkLine(Buffer.from(bytes), when, local)
      const whole = framesOf([bytes])
      const pieces = framesOf([bytes.subarray(0, cut), bytes.subarray(cut)])
      if (JSON.stringify(whole) !== JSON.stringify(pieces))
        throw new Error('the pieces of a stream change its messages')
      if (whole.some((frame) => frame.length > 64)) throw new Error('a message longer than allowed')
    }),
    { numRuns: runs, seed },
  )
}

function checkLine(bytes: Buffer, receiveMs: number, local: boolean): void {
  const { text, plain } = readMessageText(bytes, 0, bytes.length)
  const message = parseMessage(text, { receiveMs, inference, local, dialect: null })
  const original = message.exact ? null : { text }
  const into = new JsonBytes(64)
  writeStoredLine(into, message, { seconds: 1e9, nanoseconds: 0, seq: 1, source, original, plain }, new ReceiptTimes())
  const line = into.bytes.toString()
  if (line.indexOf('\n') !== line.length - 1) throw new Error('not one line')
  const { msg, facility }: { msg: unknown; facility: unknown } = JSON.parse(line)
  if (msg !== message.msg.toWellFormed() || typeof facility !== 'string')
    throw new Error('the line says something else')
}

function framesOf(chunks: readonly Uint8Array[]): string[] {
  const frames: string[] = []
  const framing = new StreamFraming(64)
  const take = (bytes: Buffer, start: number, end: number): void =>
    void frames.push(bytes.toString('latin1', start, end))
  for (const chunk of chunks) framing.push(Buffer.from(chunk), take)
  framing.end(take)
  return frames
}
