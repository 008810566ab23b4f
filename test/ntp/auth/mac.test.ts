import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { keyGuard } from '../../../daemons/ntp/auth/guard.ts'
import { parseKeyFile } from '../../../daemons/ntp/auth/key-file.ts'
import type { SymmetricKey } from '../../../daemons/ntp/auth/symmetric-key.ts'
import { type Asked, ask, makeServer, request } from '../fixture.ts'

const SECRET = '0123456789abcdef'
const TYPES = ['MD5', 'SHA1', 'SHA256', 'SHA384', 'SHA512', 'AES128', 'AES256'] as const
const KEYS = TYPES.map((type, index) => `${index + 1} ${type} ${type === 'AES256' ? SECRET + SECRET : SECRET}`)
const folder = mkdtempSync(join(tmpdir(), 'lanward-mac-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'keys')
writeFileSync(file, KEYS.join('\n'), { mode: 0o600 })

const { keys } = parseKeyFile(KEYS.join('\n'))

function key(id: number): SymmetricKey {
  const found = keys.find((one) => one.id === id)
  if (found === undefined) throw new Error(`no key ${id}`)
  return found
}

function signed(id: number, packet: Buffer, digestBytes = 20): Buffer {
  const room = Buffer.concat([packet, Buffer.alloc(68)])
  return room.subarray(0, key(id).sign(room, 0, packet.length, digestBytes))
}

function askKeyed(packet: Buffer): Asked {
  return ask(makeServer({ keys: file }), packet)
}

describe('a MAC', () => {
  /** @rfc 5905 appendix A.2; 8573 section 2 for the CMAC; digests as other servers make them */
  test.each([
    [1, 'a791d6a02579ad97ef4ccda178a7c0db'],
    [2, '5702793110ae75680cab490b7b630a03c0f5e7c3'],
    [3, '12452e70352df6c1df35082209b4908df211da49'],
    [6, 'ad2e2a05e3f88d616ffb583fc3df388a'],
  ])('of key %i is the digest that others make', (id, digest) => {
    const header = Buffer.from(`23000600${'00'.repeat(36)}0123456789abcdef`, 'hex')
    expect(signed(id, header).toString('hex', 48)).toBe(`0000000${id}${digest}`)
  })

  test.each(keys.map(({ id, type }) => [type, id] as const))('of type %s is verified and answered', (_, id) => {
    const question = signed(id, request(0x23))
    const { outcome, reply } = askKeyed(question)
    expect(outcome).toBe('answered')
    expect(reply?.length).toBe(question.length)
    expect(reply?.readUInt32BE(48)).toBe(id)
    expect(keyGuard(key(id)).isAuthentic(reply ?? Buffer.alloc(0))).toBe(true)
  })

  test.each([
    [3, 32],
    [4, 48],
    [5, 64],
  ])('of key %i may be whole, %i octets, in version 3 alone', (id, digestBytes) => {
    const question = signed(id, request(0x1b), digestBytes)
    expect(question).toHaveLength(52 + digestBytes)
    const { outcome, reply } = askKeyed(question)
    expect(outcome).toBe('answered')
    expect(reply?.length).toBe(question.length)
    const again = Buffer.from(reply ?? [])
    key(id).sign(again, 0, 48, digestBytes)
    expect(again).toEqual(reply)
    expect(askKeyed(signed(id, request(0x23), digestBytes)).reply).toBeNull()
  })

  test('covers extension fields, and the reply has none', () => {
    const field = Buffer.alloc(28)
    field.writeUInt32BE(0x2005_001c, 0)
    const { outcome, reply } = askKeyed(signed(2, Buffer.concat([request(0x23), field])))
    expect(outcome).toBe('answered')
    expect(reply?.length).toBe(72)
    expect(keyGuard(key(2)).isAuthentic(reply ?? Buffer.alloc(0))).toBe(true)
  })

  test.each([0x23, 0x1b, 0x13, 0x0b, 0x21])('counts in each version and mode: first octet %i', (first) => {
    const { outcome, reply } = askKeyed(signed(1, request(first)))
    expect(outcome).toBe('answered')
    expect((reply?.[0] ?? 0) & 0x38).toBe(first & 0x38)
  })

  test('with any bit changed gets silence', () => {
    for (const id of [1, 2, 6]) {
      const question = signed(id, request(0x23))
      for (let bit = 0; bit < question.length * 8; bit++) {
        const wrong = Buffer.from(question)
        wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(askKeyed(wrong).reply, `key ${id}, bit ${bit}`).toBeNull()
      }
    }
  })

  test.each([
    ['of a key that is not there', 'unknown_key', (packet: Buffer) => packet.writeUInt32BE(99, 48)],
    ['of another key', 'bad_mac', (packet: Buffer) => packet.writeUInt32BE(7, 48)],
    ['that is zero', 'bad_mac', (packet: Buffer) => packet.fill(0, 52)],
  ])('%s is counted as %s', (_, want, change) => {
    const question = signed(1, request(0x23))
    change(question)
    expect(askKeyed(question)).toMatchObject({ outcome: want, reply: null })
  })

  test('is on the kiss to a client that asks too often as well', () => {
    const server = makeServer({ keys: file, rateLimit: { intervalMs: 1000, burst: 1, kod: true } })
    const question = signed(6, request(0x23))
    expect(ask(server, question).outcome).toBe('answered')
    const { outcome, reply } = ask(server, question)
    expect(outcome).toBe('kissed')
    expect(reply?.toString('latin1', 12, 16)).toBe('RATE')
    expect(keyGuard(key(6)).isAuthentic(reply ?? Buffer.alloc(0))).toBe(true)
  })

  test('shows in the table of clients, for mapped addresses too', () => {
    const server = makeServer({ keys: file })
    ask(server, signed(1, request(0x23)), { from: '::ffff:192.0.2.9' })
    ask(server, request(0x23), { from: '192.0.2.8' })
    const seen = server.clients
      .newest(9, 0)
      .map(({ address, protection, version }) => [address[3], protection, version])
    expect(seen).toEqual(
      expect.arrayContaining([
        [9, 'key', 4],
        [8, null, 4],
      ]),
    )
    ask(server, request(0x23), { from: '192.0.2.9' })
    expect(server.clients.newest(9, 0).every(({ protection }) => protection === null)).toBe(true)
  })
})

describe('the guard of a source with a key', () => {
  const guard = keyGuard(key(3))

  test('signs questions so that the server answers them', () => {
    const { outcome, reply } = askKeyed(Buffer.from(guard.seal(request(0x23))))
    expect(outcome).toBe('answered')
    expect(guard.isAuthentic(reply ?? Buffer.alloc(0))).toBe(true)
  })

  test('lets no answer pass that is not signed with this very key', () => {
    const { reply } = askKeyed(signed(2, request(0x23)))
    expect(guard.isAuthentic(reply ?? Buffer.alloc(0))).toBe(false)
    const plain = askKeyed(request(0x23)).reply ?? Buffer.alloc(0)
    expect(guard.isAuthentic(plain)).toBe(false)
    expect(guard.isAuthentic(Buffer.concat([plain, Buffer.alloc(4)]))).toBe(false)
    expect(guard.isAuthentic(Buffer.alloc(0))).toBe(false)
  })
})
