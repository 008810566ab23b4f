import fc from 'fast-check'
import { StreamFraming } from '../../daemons/syslog/streams/stream-framing.ts'
import { checkQuickly, DEVICE_LINES, longMessages, mutationsOf } from './syslog-hostile.ts'
import { checkLine } from './syslog-line.ts'

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
 * in other pieces; at every prefix and one-byte change of what devices send; at the longest messages, which must not take
 * long.
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
  for (const line of DEVICE_LINES) for (const bytes of mutationsOf(Buffer.from(line))) checkQuickly(bytes)
  for (const bytes of longMessages()) checkQuickly(bytes)
  fc.assert(
    fc.property(fc.constantFrom(...DEVICE_LINES), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), mutate),
    { numRuns: runs, seed },
  )
}

/** Several bytes of a line that a device sends are others. */
function mutate(line: string, changes: readonly (readonly [number, number])[]): void {
  const bytes = Buffer.from(line)
  for (const [place, byte] of changes) bytes[place % bytes.length] = byte
  checkQuickly(bytes)
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
