import { describe, expect, test } from 'vitest'
import { Random32 } from '../../daemons/ntp/random32.ts'
import { readAnnotatedHex } from '../support/annotated-hex.ts'
import { ARRIVAL, ask, makeServer } from './fixture.ts'
import { checkReply } from './invariants.ts'

/** First octets of what is asked: versions 1 to 4, modes 0, 1 and 3. */
const ASKING = [0x23, 0x1b, 0x13, 0x0b, 0x08, 0x21, 0xe3]
/** Replies, broadcasts, control and private messages, no version or one to come. */
const OTHERS = [0x20, 0x22, 0x24, 0x25, 0x16, 0x26, 0x17, 0x27, 0x97, 0x03, 0x2b, 0x3b]

function randomBytes(random: Random32, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.next() & 0xff))
}

describe('a datagram of any length from 0 to 1500', () => {
  test('is answered within the rules, or not at all', () => {
    const server = makeServer()
    const random = new Random32(5)
    let answered = 0
    for (let length = 0; length <= 1500; length++) {
      for (const first of ASKING) {
        const bytes = randomBytes(random, length)
        if (length > 0) bytes[0] = first
        const asked = ask(server, bytes)
        checkReply(bytes, asked, ARRIVAL)
        if (asked.reply !== null) answered += 1
      }
    }
    // The bare header; of longer ones chance makes hardly any that are well formed.
    expect(answered).toBeGreaterThanOrEqual(ASKING.length)
    expect(answered).toBeLessThan(60)
  })

  test.each(OTHERS)('that begins with %i gets silence', (first) => {
    const server = makeServer()
    const random = new Random32(first)
    for (let length = 1; length <= 1500; length++) {
      const bytes = randomBytes(random, length)
      bytes[0] = first
      expect(ask(server, bytes).reply).toBeNull()
    }
  })
})

test.each(['v3-windows', 'v4-client', 'v4-md5', 'v4-unknown-field'])(
  'with any octet of %s changed to anything a request is answered within the rules, or not at all',
  (name) => {
    const server = makeServer()
    const captured = readAnnotatedHex(`ntp/${name}.hex`)
    const outcomes = new Set<string>()
    for (let at = 0; at < captured.length; at++) {
      for (let value = 0; value < 256; value++) {
        const bytes = Buffer.from(captured)
        bytes[at] = value
        const asked = ask(server, bytes)
        outcomes.add(asked.outcome)
        checkReply(bytes, asked, ARRIVAL)
      }
    }
    expect(outcomes.size).toBeGreaterThan(2)
  },
)
