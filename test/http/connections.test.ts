import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import type { GateLimits } from '../../daemons/http/connection-gate.ts'
import type { HttpLimits } from '../../daemons/http/http-server.ts'
import { readReply, SiteUnderTest, TOKEN } from './site-under-test.ts'

let site: SiteUnderTest
const open = async (gate: Partial<GateLimits> = {}, limits: Partial<HttpLimits> = {}): Promise<void> => {
  site = await new SiteUnderTest(gate, limits).open()
}
afterEach(async () => {
  expect(site.bugs).toEqual([])
  await site[Symbol.asyncDispose]()
})

/** Connections that have said enough to be served, and wait. */
async function occupy(count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = []
  for (let index = 0; index < count; index++) {
    const served = once(site.server, 'connection')
    sockets.push(await site.connect())
    await served
  }
  return sockets
}

describe('when all seats are taken', () => {
  const limits: readonly (readonly [string, Partial<GateLimits>])[] = [
    ['all', { seats: 3 }],
    ['its address', { seatsPerAddress: 3 }],
  ]
  test.each(limits)('a request beyond those of %s is answered 503, the probe as always', async (_title, gate) => {
    await open(gate)
    const taken = await occupy(3)
    expect(await site.get('/health')).toMatchObject({
      status: 503,
      headers: { connection: 'close', 'retry-after': '5' },
    })
    expect(await site.exchange('GET /health\r\n')).toBe('503 too many connections\r\n')
    expect(await site.get('/health', { 'x-lanward-probe': TOKEN })).toMatchObject({ status: 200 })
    expect(site.tally.counters()).toMatchObject({ turned_away: 3, status_5xx: 2, probes: 1 })
    for (const socket of taken) socket.destroy()
  })

  test('silent connections beyond push each other out, the oldest first, and the probe is heard', async () => {
    await open({ seats: 1, bench: 2 })
    const [seat, first, second] = await occupy(3)
    const pushed = first === undefined ? null : once(first, 'close')
    const probe = site.get('/health', { 'x-lanward-probe': TOKEN })
    await pushed
    expect((await probe).status).toBe(200)
    expect([seat?.destroyed, second?.destroyed]).toEqual([false, false])
    for (const socket of [seat, second]) socket?.destroy()
  })

  test('a seat that is given up goes to the next', async () => {
    await open({ seats: 1 })
    const [seat] = await occupy(1)
    const connection = once(site.server, 'connection')
    expect((await site.get('/health')).status).toBe(503)
    await connection
    seat?.end()
    await once(seat?.resume() ?? expect.fail(), 'close')
    expect((await site.get('/health')).status).toBe(200)
  })
})

describe('a client that does not go on', () => {
  const keepAlive = 'GET /health HTTP/1.1\r\nHost: box\r\n\r\n'
  test.each([
    ['a simple request', '', 'GET /large.bin\r\n'],
    ['a first request', '', 'GET /large.bin HTTP/1.1\r\nHost: box\r\n\r\n'],
    ['a second request', keepAlive, 'GET /large.bin HTTP/1.1\r\nHost: box\r\n\r\n'],
  ])('with reading the answer to %s is cut off', async (_title, first, second) => {
    await open({}, { stallMs: 60 })
    mkdirSync(join(site.folder, 'public'))
    writeFileSync(join(site.folder, 'public/large.bin'), Buffer.alloc(64 * 1024 * 1024))
    const served = once(site.server, 'connection')
    const client = await site.connect()
    client.on('error', () => undefined)
    const [connection] = (await served) as [Socket]
    if (first !== '') {
      client.write(first)
      await once(client, 'data')
    }
    client.pause()
    client.write(second)
    await once(connection, 'close')
    expect(connection.bytesWritten).toBeLessThan(32 * 1024 * 1024)
    client.destroy()
  })

  test('with a request line is closed without an answer', async () => {
    await open({}, { headersMs: 40 })
    expect(await site.exchange('GET /sta')).toBe('')
  })

  test('with its headers gets 408', async () => {
    await open({}, { headersMs: 40, checkEveryMs: 10 })
    expect(readReply(await site.exchange('GET /status HTTP/1.1\r\nHost: box\r\nX: ')).status).toBe(408)
    expect(site.tally.counters()).toMatchObject({ bad_request: 1 })
  })
})

describe('the simple request', () => {
  test.each([
    ['LF', 'GET /status\n'],
    ['CR LF', 'GET /status\r\n'],
    ['CR NUL, as telnet sends the Enter key', 'GET /status\r\0'],
    ['CR NUL LF', 'GET /status\r\0\n'],
    ['a blank before the end', 'GET /status \r\n'],
    ['empty lines before', '\r\n\n\r\nGET /status\r\n'],
    ['an absolute target', 'GET http://box/status\r\n'],
  ])('with %s gets the bare text and a close', async (_title, octets) => {
    await open()
    expect(await site.exchange(octets)).toMatch(/^lanward 0\.1\.0: ok, up 4 s\r\n\r\n {2}service.*\+ ntp.*\r\n$/s)
    expect(site.tally.counters()).toMatchObject({ requests: 1, simple: 1 })
  })

  test('is answered when it comes octet by octet, and when the client has closed its half', async () => {
    await open()
    const slow = await site.connect()
    slow.setNoDelay()
    for (const octet of 'GET /health\r\n') {
      slow.write(octet)
      await new Promise((resolve) => slow.write('', resolve))
    }
    expect((await buffer(slow)).toString()).toBe('ok\r\n')
    expect(await site.exchange('GET /health\r\n', 'closed')).toBe('ok\r\n')
  })

  test('for what is not there says so in one line', async () => {
    await open()
    expect(await site.exchange('GET /nothing\r\n')).toBe('404 not found\r\n')
  })

  test.each([
    'HEAD /status\r\n',
    'GET status\r\n',
    'GET\r\n',
    'get /status\r\n',
    '\u0016\u0003\u0001\u0002\r\n',
    `GET /${'a'.repeat(9000)}`,
  ])('is refused and counted as none for %j', async (octets) => {
    await open()
    expect(await site.exchange(octets)).toBe('400 bad request: try GET /status\r\n')
    expect(site.tally.counters()).toMatchObject({ requests: 0, bad_request: 1 })
  })
})

describe('a request of a version', () => {
  const line = (text: string): string => `${text}\r\nHost: box\r\nConnection: close\r\n\r\n`
  test.each([
    ['HTTP/1.0 without Host', 'GET /health HTTP/1.0\r\n\r\n', 200],
    ['HTTP/1.1 without Host', 'GET /health HTTP/1.1\r\n\r\n', 400],
    ['HTTP/1.1 with two Hosts', line('GET /health HTTP/1.1\r\nHost: other'), 400],
    ['HTTP/2.0', line('GET /health HTTP/2.0'), 505],
    ['HTTP/3.0', line('GET /health HTTP/3.0'), 505],
    ['HTTP/0.9', line('GET /health HTTP/0.9'), 505],
    ['no known protocol', line('GET /health HTTQ/1.1'), 400],
    ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n', 405],
    ['a method that nobody knows', line('FROB /health HTTP/1.1'), 501],
    ['a header that is too long', line(`GET /health HTTP/1.1\r\nX: ${'a'.repeat(20_000)}`), 431],
    ['a header without a colon', line('GET /health HTTP/1.1\r\nNo colon'), 400],
    [
      'a body that is measured in two ways',
      line('GET /health HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked'),
      400,
    ],
    ['an upgrade that we do not offer', line('GET /health HTTP/1.1\r\nUpgrade: h2c'), 200],
  ])('%s is answered %i', async (_title, octets, status) => {
    await open()
    const reply = readReply(await site.exchange(octets))
    expect(reply.status).toBe(status)
    if (status === 405) expect(reply.headers['allow']).toBe('GET, HEAD')
  })

  test('many on one connection are answered in their order', async () => {
    await open()
    const text = await site.exchange(
      'GET /health HTTP/1.1\r\nHost: a\r\n\r\nHEAD /missing HTTP/1.1\r\nHost: a\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    )
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '404', '200'])
  })
})
