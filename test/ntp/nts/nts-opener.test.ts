import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { AesSiv } from '../../../daemons/ntp/nts/aes-siv.ts'
import { COOKIE_BYTES } from '../../../daemons/ntp/nts/cookie.ts'
import { nextCookieKey } from '../../../daemons/ntp/nts/cookie-keys.ts'
import { decodeNtsAnswer, encodeNtsQuestion } from '../../../daemons/ntp/nts/nts-question.ts'
import { ask, makeServer, request } from '../fixture.ts'
import { NtsPair } from './fixture.ts'

/** Extension field of any type and body. */
function field(type: number, body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(4 + body.length, 2)
  return Buffer.concat([head, body])
}

/** Makes the proof of a request that hides nothing. */
function prove({ toServer }: NtsPair, sealed: Uint8Array, head: Uint8Array, nonce: Uint8Array): void {
  toServer.begin()
  toServer.associate(head, 0, head.length)
  toServer.associate(nonce, 0, nonce.length)
  toServer.seal(sealed, 0, 0)
}

describe('a request of network time security', () => {
  test.each([0, 1, 3, 7])(
    'with %i placeholders gets so many cookies and one, each good for another',
    (placeholders) => {
      const pair = new NtsPair()
      const question = pair.question(placeholders)
      const { outcome, reply } = ask(pair.server, question)
      expect(outcome).toBe('answered')
      expect(reply?.length).toBe(question.length)
      const answer = decodeNtsAnswer(reply ?? new Uint8Array(0), pair.unique, pair.toClient)
      if (answer.kind !== 'authentic') throw new Error(answer.kind)
      expect(answer.cookies).toHaveLength(1 + placeholders)
      expect(new Set(answer.cookies.map((cookie) => Buffer.from(cookie).toString('hex'))).size).toBe(1 + placeholders)
      for (const cookie of answer.cookies) expect(ask(pair.server, pair.question(0, cookie)).outcome).toBe('answered')
      expect(pair.server.clients.newest(1, 0)[0]?.protection).toBe('nts')
    },
  )

  test('never gets more than eight cookies', () => {
    const pair = new NtsPair()
    const { reply } = ask(pair.server, pair.question(9))
    const answer = decodeNtsAnswer(reply ?? new Uint8Array(0), pair.unique, pair.toClient)
    expect(answer).toMatchObject({ kind: 'authentic', cookies: { length: 8 } })
  })

  test('that comes twice is answered twice', () => {
    const pair = new NtsPair()
    const question = pair.question()
    expect(ask(pair.server, question).outcome).toBe('answered')
    expect(ask(pair.server, question).outcome).toBe('answered')
  })

  test('is answered whatever the order of its fields, and in place', () => {
    const pair = new NtsPair()
    const unknown = field(0x2005, randomBytes(40))
    const parts = [field(0x0204, pair.cookie()), unknown, field(0x0104, pair.unique)]
    const head = Buffer.concat([request(0x23), ...parts])
    const nonce = randomBytes(16)
    const sealed = Buffer.alloc(16)
    prove(pair, sealed, head, nonce)
    const question = Buffer.concat([head, field(0x0404, Buffer.concat([Buffer.from([0, 16, 0, 16]), nonce, sealed]))])
    const { outcome, reply } = ask(pair.server, question)
    expect(outcome).toBe('answered')
    expect(decodeNtsAnswer(reply ?? new Uint8Array(0), pair.unique, pair.toClient).kind).toBe('authentic')
  })

  test('gets a kiss that is proved when it comes too often', () => {
    const pair = new NtsPair({ rateLimit: { intervalMs: 1000, burst: 1, kod: true } })
    ask(pair.server, pair.question())
    const { outcome, reply } = ask(pair.server, pair.question())
    expect(outcome).toBe('kissed')
    expect(reply?.toString('latin1', 12, 16)).toBe('RATE')
    expect(decodeNtsAnswer(reply ?? new Uint8Array(0), pair.unique, pair.toClient).kind).toBe('authentic')
  })

  test('gets silence where none is served', () => {
    const pair = new NtsPair()
    expect(ask(makeServer(), pair.question())).toMatchObject({ outcome: 'authenticated', reply: null })
  })
})

describe('the kiss NTSN', () => {
  const expectNak = (pair: NtsPair, question: Uint8Array, want: string): void => {
    const { outcome, reply } = ask(pair.server, question)
    expect(outcome).toBe(want)
    expect(reply?.toString('latin1', 12, 16)).toBe('NTSN')
    expect([reply?.[1], (reply?.[0] ?? 0) >> 6]).toEqual([0, 3])
    expect(reply?.toString('hex', 24, 32)).toBe('c0ffee1122334455')
    expect(reply?.length).toBe(48 + 36)
    expect(decodeNtsAnswer(reply ?? new Uint8Array(0), pair.unique, pair.toClient)).toEqual({ kind: 'unproved' })
  }

  test('answers a cookie of a key that is forgotten', () => {
    const pair = new NtsPair()
    const question = pair.question()
    pair.seals.use({ keys: [nextCookieKey({ id: 1, secret: randomBytes(32) })], madeMs: 0 })
    expectNak(pair, question, 'nts_stale_cookie')
  })

  test.each([
    ['damaged', (cookie: Uint8Array) => cookie.fill(0, 50, 60)],
    ['of another length', () => new Uint8Array(104)],
    ['that is noise', () => randomBytes(COOKIE_BYTES - 4)],
  ])('answers a cookie %s', (_, change) => {
    const pair = new NtsPair()
    expectNak(pair, pair.question(0, change(pair.cookie())), 'nts_bad_cookie')
  })

  test('answers a request that somebody changed, or that is made with other keys', () => {
    const pair = new NtsPair()
    const changed = pair.question()
    changed[2] = 7
    expectNak(pair, changed, 'nts_bad_mac')
    const question = { unique: pair.unique, cookie: pair.cookie(), placeholders: 0 }
    const other = encodeNtsQuestion(request(0x23), question, new AesSiv(randomBytes(32)), pair.random)
    expectNak(pair, other, 'nts_bad_mac')
  })

  test('or silence answers each octet that is changed, and nothing else', () => {
    const pair = new NtsPair()
    const question = pair.question(1)
    const seen: Record<string, number> = {}
    for (let at = 0; at < question.length; at++) {
      const wrong = Uint8Array.from(question)
      wrong[at] = (wrong[at] ?? 0) ^ 0x41
      const { outcome, reply } = ask(pair.server, wrong)
      seen[outcome] = (seen[outcome] ?? 0) + 1
      expect(outcome, `octet ${at}`).not.toBe('answered')
      if (reply !== null) expect(reply.toString('latin1', 12, 16)).toBe('NTSN')
    }
    expect(seen['nts_bad_mac']).toBeGreaterThan(100)
    expect(seen['nts_bad_cookie']).toBeGreaterThan(90)
    expect(seen['nts_stale_cookie']).toBe(4)
  })
})

test('a peer that proves itself by network time security, which is for clients, gets silence', () => {
  const pair = new NtsPair()
  const symmetric = encodeNtsQuestion(
    request(0x21),
    { unique: pair.unique, cookie: pair.cookie(), placeholders: 0 },
    pair.toServer,
    pair.random,
  )
  expect(ask(pair.server, symmetric)).toMatchObject({ outcome: 'fields', reply: null })
})

describe('fields that are none', () => {
  const pair = new NtsPair()
  const unique = field(0x0104, pair.unique)
  const cookie = field(0x0204, pair.cookie())
  const authenticator = (nonce: number, sealed: number, body: number): Uint8Array =>
    field(0x0404, Buffer.concat([Buffer.from([nonce >> 8, nonce, sealed >> 8, sealed]), Buffer.alloc(body)]))

  test.each([
    ['no unique identifier', [cookie, authenticator(16, 16, 32)]],
    ['a short unique identifier', [field(0x0104, Buffer.alloc(28)), cookie, authenticator(16, 16, 32)]],
    ['two unique identifiers', [unique, unique, cookie, authenticator(16, 16, 32)]],
    ['no cookie', [unique, authenticator(16, 16, 32)]],
    ['two cookies', [unique, cookie, cookie, authenticator(16, 16, 32)]],
    ['a cookie behind the authenticator', [unique, authenticator(16, 16, 32), cookie]],
    ['no authenticator', [unique, cookie]],
    ['a cookie of no octets', [unique, Buffer.from([2, 4, 0, 4]), authenticator(16, 16, 32)]],
    ['a cookie that is longer than any', [unique, field(0x0204, Buffer.alloc(260)), authenticator(16, 16, 32)]],
    ['a short placeholder', [unique, cookie, field(0x0304, Buffer.alloc(96)), authenticator(16, 16, 32)]],
    ['a nonce beyond the field', [unique, cookie, authenticator(64, 16, 32)]],
    ['a sealed text beyond the field', [unique, cookie, authenticator(16, 65_535, 32)]],
  ])('such as %s get silence', (_, parts) => {
    expect(ask(pair.server, Buffer.concat([request(0x23), ...parts]))).toMatchObject({ outcome: 'fields', reply: null })
  })

  test('such as a nonce without the padding that the answer needs get silence', () => {
    const head = Buffer.concat([request(0x23), unique, field(0x0204, pair.cookie())])
    const nonce = randomBytes(4)
    const sealed = Buffer.alloc(16)
    prove(pair, sealed, head, nonce)
    const short = field(0x0404, Buffer.concat([Buffer.from([0, 4, 0, 16]), nonce, sealed]))
    const long = field(0x0404, Buffer.concat([Buffer.from([0, 4, 0, 16]), nonce, sealed, Buffer.alloc(12)]))
    expect(ask(pair.server, Buffer.concat([head, short]))).toMatchObject({ outcome: 'fields', reply: null })
    expect(ask(pair.server, Buffer.concat([head, long])).outcome).toBe('answered')
  })

  test.each([0, 8, 12, 15])('a sealed text of %i octets proves nothing', (sealed) => {
    const parts = [unique, field(0x0204, pair.cookie()), authenticator(16, sealed, 32)]
    expect(ask(pair.server, Buffer.concat([request(0x23), ...parts])).outcome).toBe('nts_bad_mac')
  })
})
