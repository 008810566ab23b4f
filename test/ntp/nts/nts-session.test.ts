import { expect, test } from 'vitest'
import { NtsSession } from '../../../daemons/ntp/nts/nts-session.ts'
import { ask, request } from '../fixture.ts'
import { NtsPair } from './fixture.ts'

/** A client of a server; the exchange can be made to fail, and the clock be moved. */
class Client {
  readonly pair: NtsPair
  exchanges = 0
  nowMs = 0
  fails = false
  readonly session: NtsSession

  constructor(pair = new NtsPair()) {
    this.pair = pair
    this.session = new NtsSession({
      random: pair.random,
      port: 123,
      nowMs: () => this.nowMs,
      exchange: async () => {
        this.exchanges += 1
        if (this.fails) throw new Error('it is away')
        const cookies = Array.from({ length: 8 }, () => pair.cookie())
        return { keys: pair.keys, cookies, server: null, port: null, address: '192.0.2.1' }
      },
    })
  }

  /** Asks once; gives what came, whether it counts or not. */
  async question(): Promise<{ readonly reply: Buffer | null; readonly counts: boolean }> {
    const { guard } = await this.session.open()
    const { reply } = ask(this.pair.server, guard?.seal(request(0x23)) ?? new Uint8Array(0))
    return { reply, counts: reply !== null && guard?.isAuthentic(reply) === true }
  }
}

test('a session gets keys once and lives on the cookies of the answers', async () => {
  const client = new Client()
  for (let asked = 0; asked < 20; asked++) expect((await client.question()).counts).toBe(true)
  expect([client.exchanges, client.session.cookies]).toEqual([1, 8])
})

test('cookies that were lost on the way are made up for by the next answer', async () => {
  const client = new Client()
  for (let lost = 0; lost < 5; lost++) (await client.session.open()).guard?.seal(request(0x23))
  expect(client.session.cookies).toBe(3)
  expect((await client.question()).counts).toBe(true)
  expect(client.session.cookies).toBe(8)
})

test('each question has its own cookie and identifier, and the answer to another does not count', async () => {
  const client = new Client()
  const { guard } = await client.session.open()
  const first = guard?.seal(request(0x23)) ?? new Uint8Array(0)
  const second = guard?.seal(request(0x23)) ?? new Uint8Array(0)
  expect(Buffer.from(first).subarray(52, 84)).not.toEqual(Buffer.from(second).subarray(52, 84))
  expect(Buffer.from(first).subarray(88, 188)).not.toEqual(Buffer.from(second).subarray(88, 188))
  expect(guard?.isAuthentic(ask(client.pair.server, first).reply ?? Buffer.alloc(0))).toBe(false)
  expect(guard?.isAuthentic(ask(client.pair.server, second).reply ?? Buffer.alloc(0))).toBe(true)
})

test('no answer counts that was changed, is plain, or is cut', async () => {
  const client = new Client()
  const { guard } = await client.session.open()
  const good = ask(client.pair.server, guard?.seal(request(0x23)) ?? new Uint8Array(0)).reply ?? Buffer.alloc(0)
  for (let at = 0; at < good.length; at++) {
    const wrong = Buffer.from(good)
    wrong[at] = (wrong[at] ?? 0) ^ 0x10
    expect(guard?.isAuthentic(wrong), `octet ${at}`).toBe(false)
    expect(guard?.isAuthentic(good.subarray(0, at)), `the first ${at}`).toBe(false)
  }
  expect(guard?.isAuthentic(good)).toBe(true)
})

test('after a refusal keys are got anew', async () => {
  const client = new Client()
  await client.question()
  client.nowMs = 60_000
  client.pair.seals.use({ keys: [{ id: 77, secret: new Uint8Array(32) }], madeMs: 0 })
  const { reply, counts } = await client.question()
  expect(reply?.toString('latin1', 12, 16)).toBe('NTSN')
  expect(counts).toBe(false)
  expect((await client.question()).counts).toBe(true)
  expect(client.exchanges).toBe(2)
})

test('a forged refusal neither takes the cookies nor lets keys be got all the time', async () => {
  const client = new Client()
  await client.question()
  client.nowMs = 20_000
  client.fails = true
  for (let forged = 0; forged < 5; forged++) {
    client.pair.seals.use({ keys: [{ id: 77, secret: new Uint8Array(32) }], madeMs: 0 })
    expect((await client.question()).counts).toBe(false)
  }
  expect(client.exchanges).toBe(2)
  expect(client.session.cookies).toBe(3)
  client.pair.seals.use(client.pair.set)
  expect((await client.question()).counts).toBe(true)
  expect(client.session.cookies).toBe(8)
})

test('a server that is away is asked for keys ever more rarely, and the trouble is told', async () => {
  const client = new Client()
  client.fails = true
  const attempts: number[] = []
  for (; client.nowMs < 10_000_000; client.nowMs += 1000) {
    const before = client.exchanges
    await expect(client.session.open()).rejects.toThrow('it is away')
    if (client.exchanges > before) attempts.push(client.nowMs / 1000)
  }
  expect(attempts.slice(0, 6)).toEqual([0, 16, 48, 112, 240, 496])
  expect(Math.max(...attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0)))).toBeLessThanOrEqual(4096)
  client.fails = false
  client.nowMs += 4_096_000
  expect((await client.question()).counts).toBe(true)
})
