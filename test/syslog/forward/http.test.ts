import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecuredServer } from 'node:https'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { formatBatch } from '../../../daemons/syslog/forward/batch-body.ts'
import { readRetryAfter } from '../../../daemons/syslog/forward/retry-after.ts'
import type { ForwardSection } from '../../../daemons/syslog/section.ts'
import { Certificates } from '../../support/certificates.ts'
import { testWith } from '../../support/needs.ts'
import { waitFor } from '../../support/wait-for.ts'
import { ForwardingStore, forwardSection, upTo } from './forwarding.ts'
import { storedRecord } from './record.ts'

interface Request {
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Of the messages in it. */
  readonly numbers: readonly number[]
}

/** A collector of batches: answers each as the test says, and keeps those that it answered with 2xx. */
class BatchTarget implements AsyncDisposable {
  readonly taken: Request[] = []
  asked = 0
  /** What it answers: a status, with headers; 0 = nothing. */
  answer: (request: Request) => [status: number, headers?: Record<string, string>] = () => [204]
  readonly #server
  readonly scheme: 'http' | 'https'

  static async listen(tls?: { readonly cert: Buffer; readonly key: Buffer }): Promise<BatchTarget> {
    const target = new BatchTarget(tls)
    target.#server.listen(0, '127.0.0.1')
    await once(target.#server, 'listening')
    return target
  }

  private constructor(tls?: { readonly cert: Buffer; readonly key: Buffer }) {
    this.scheme = tls === undefined ? 'http' : 'https'
    const serve = (request: IncomingMessage, response: ServerResponse): void => void this.#serve(request, response)
    this.#server = tls === undefined ? createServer(serve) : createSecuredServer(tls, serve)
    this.#server.on('tlsClientError', () => undefined)
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  section(changes: Partial<ForwardSection> = {}): ForwardSection {
    return forwardSection(0, {
      to: { scheme: this.scheme, url: `${this.scheme}://127.0.0.1:${this.port}/insert/jsonline` },
      format: 'json',
      http: { headers: { 'X-Scope-OrgID': 'lab' }, labels: ['host'], batch: { sizeBytes: 20_000, waitMs: 20 } },
      ...changes,
    })
  }

  get numbers(): number[] {
    return this.taken.flatMap(({ numbers }) => numbers)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(request, 'end')
    const body = gunzipSync(Buffer.concat(chunks)).toString()
    const numbers = [...body.matchAll(/"msg":"\D*(\d+)"/g)].map(([, number]) => Number(number))
    const seen = { headers: request.headers, body, numbers }
    this.asked += 1
    const [status, headers = {}] = this.answer(seen)
    if (status === 0) return // It says nothing, ever.
    if (status >= 200 && status < 300) this.taken.push(seen)
    response.writeHead(status, headers).end(status >= 300 ? 'no, since it does not please me' : '')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}

describe('forwarding over HTTP', () => {
  test('is connected, and told of in the log, only once it has taken something', async () => {
    await using target = await BatchTarget.listen()
    target.answer = () => [503]
    await using box = new ForwardingStore()
    await box.forwarder.follow([target.section()])
    box.add(3)
    const away = await box.until('some tries', ({ connects, state }) => connects > 2 && state !== 'waiting')
    expect(away.state).toBe('connecting')
    expect(box.said).toEqual([])
    target.answer = () => [204]
    await box.until('all', ({ behind, state }) => behind === 0 && state === 'connected')
    expect(box.said).toEqual(['forwarding begins'])
    target.answer = () => [503]
    box.add(1)
    await box.until('a pause', ({ state }) => state === 'waiting')
    expect(box.said).toEqual(['forwarding begins', 'forwarding is interrupted'])
  })

  test('brings lines of JSON in compressed batches, each acknowledged before the next', async () => {
    await using target = await BatchTarget.listen()
    await using box = new ForwardingStore()
    await box.forwarder.follow([target.section()])
    for (let round = 0; round < 10; round++) box.add(200)
    const report = await box.until('all', ({ forwarded }) => forwarded === 2000)
    expect(target.numbers).toEqual(upTo(2000))
    expect(target.taken.length).toBeGreaterThan(5)
    expect(target.taken[0]?.headers).toMatchObject({
      ...{ 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip', 'x-scope-orgid': 'lab' },
    })
    expect(report).toMatchObject({ state: 'connected', behind: 0, refused: 0, connects: 1 })
    expect(box.forwarder.neededFrom()).toBe(2001)
  })

  test('a few messages go when the first of them has waited', async () => {
    await using target = await BatchTarget.listen()
    await using box = new ForwardingStore()
    await box.forwarder.follow([target.section()])
    box.add(3)
    await box.until('all', ({ forwarded }) => forwarded === 3)
    expect(target.numbers).toEqual([1, 2, 3])
  })

  test.each([429, 500, 503, 401, 404])('a target that answers %i gets the same again later', async (status) => {
    await using target = await BatchTarget.listen()
    await using box = new ForwardingStore()
    target.answer = () => (target.asked < 3 ? [status, { 'Retry-After': '0' }] : [200])
    await box.forwarder.follow([target.section()])
    box.add(50)
    await box.until('all', ({ forwarded }) => forwarded === 50)
    expect(target.numbers).toEqual(upTo(50))
    const report = await box.until('the reason', ({ error }) => error !== null)
    expect(report.error).toBe(`it answers ${status}: no, since it does not please me`)
    expect(report.refused).toBe(0)
  })

  test('a target that is busy now and then, and takes something between, is tried again as soon as the first time', async () => {
    await using target = await BatchTarget.listen()
    await using box = new ForwardingStore()
    target.answer = () => (target.asked % 2 === 0 ? [503] : [204])
    await box.forwarder.follow([target.section()])
    for (let round = 1; round <= 12; round++) {
      box.add(1)
      await box.until('taken', ({ forwarded }) => forwarded === round)
    }
    expect(target.numbers).toEqual(upTo(12))
    // The target has been asked an even or an odd number of times: one of two messages is refused at first.
    const waits: (number | null)[] = []
    for (let round = 13; round <= 14; round++) {
      box.add(1)
      await box.until('taken', (report) => {
        waits.push(report.next_try_s)
        return report.forwarded === round
      })
    }
    // The first wait is 0.1 s, the twelfth in a row would be 30 s.
    expect(Math.max(...waits.map((wait) => wait ?? 0))).toBeLessThan(1)
  })

  test('a target that names a time is not tried before', async () => {
    await using target = await BatchTarget.listen()
    await using box = new ForwardingStore()
    target.answer = () => [503, { 'Retry-After': '600' }]
    await box.forwarder.follow([target.section()])
    box.add(1)
    const { next_try_s } = await box.until('waiting', ({ state }) => state === 'waiting')
    expect(next_try_s).toBeGreaterThan(500)
    expect(target.asked).toBe(1)
  })

  test('a message that it refuses is found and set aside; the others get there, in order', async () => {
    await using target = await BatchTarget.listen()
    await using box = new ForwardingStore()
    const bad = new Set([7, 40, 41, 199])
    target.answer = ({ numbers }) => (numbers.some((number) => bad.has(number)) ? [400] : [204])
    await box.forwarder.follow([target.section()])
    box.add(200)
    const report = await box.until('all', ({ forwarded }) => forwarded === 196)
    expect(target.numbers).toEqual(upTo(200).filter((number) => !bad.has(number)))
    expect(report).toMatchObject({ refused: 4, behind: 0, resent: 0 })
    const aside = readFileSync(join(box.folder, 'forward/target.refused.ndjson'), 'utf8').trimEnd().split('\n')
    expect(aside.map((line) => Number(JSON.parse(line).msg))).toEqual([...bad])
  })

  test('one that refuses everything is asked for each, about once, and holds up nothing', async () => {
    await using target = await BatchTarget.listen()
    await using box = new ForwardingStore()
    target.answer = () => [422]
    await box.forwarder.follow([
      target.section({ http: { headers: {}, labels: [], batch: { sizeBytes: 1 << 20, waitMs: 20 } } }),
    ])
    box.add(1000)
    await box.until('all set aside', ({ refused }) => refused === 1000)
    expect(target.asked).toBeLessThan(1100)
    expect(box.forwarder.counters()).toMatchObject({ forwarded: 0, forward_refused: 1000 })
  })

  test('a connection that the target closed meanwhile is no failure', async () => {
    await using target = await BatchTarget.listen()
    await using box = new ForwardingStore()
    target.answer = () => [200, { Connection: target.asked % 2 === 0 ? 'close' : 'keep-alive' }]
    await box.forwarder.follow([target.section()])
    for (let round = 1; round <= 6; round++) {
      box.add(1)
      await box.until('taken', ({ forwarded }) => forwarded === round)
    }
    expect(await box.until('well', () => true)).toMatchObject({ connects: 1, error: null })
  })

  test('a stop does not wait for a target that does not answer', async () => {
    await using target = await BatchTarget.listen()
    await using box = new ForwardingStore()
    const asked = new Promise<void>((resolve) => {
      target.answer = () => {
        resolve()
        return [0]
      }
    })
    await box.forwarder.follow([target.section()])
    box.add(10)
    await asked
    await box.forwarder.close()
    expect(box.forwarder.neededFrom()).toBe(1)
  })

  test('nobody there: everything waits, and is a fault after a while', async () => {
    const gone = await BatchTarget.listen()
    const section = gone.section()
    await gone[Symbol.asyncDispose]()
    await using box = new ForwardingStore()
    await box.forwarder.follow([section])
    box.add(10)
    await waitFor('a fault', () => box.forwarder.faults().length > 0 || undefined)
    expect(box.forwarder.faults()).toEqual(['cannot forward to target: connection refused'])
    expect(box.forwarder.neededFrom()).toBe(1)
  })

  testWith(['program openssl'], 'over TLS only to whom it should be', async () => {
    using certificates = new Certificates()
    certificates.issue('loghost')
    const [cert, key] = [readFileSync(certificates.path('loghost.pem')), readFileSync(certificates.path('loghost.key'))]
    await using target = await BatchTarget.listen({ cert, key })
    await using box = new ForwardingStore()
    const tls = { ca: certificates.path('ca.pem'), cert: null, key: null, name: 'loghost' }
    await box.forwarder.follow([
      target.section({ name: 'good', tls }),
      target.section({ name: 'bad', tls: { ...tls, name: 'other' } }),
      target.section({ name: 'print', tls: { ...tls, ca: null, name: `sha256:${'0'.repeat(64)}` } }),
    ])
    box.add(10)
    await box.until('taken', ({ forwarded }) => forwarded === 10, 'good')
    const bad = await box.until('refused', ({ error }) => error !== null, 'bad')
    expect(bad.error).toContain('not for other')
    const print = await box.until('refused', ({ error }) => error !== null, 'print')
    expect(print.error).toContain('has the fingerprint')
    expect(target.numbers).toEqual(upTo(10))
    expect(existsSync(join(box.folder, 'forward/bad.refused.ndjson'))).toBe(false)
  })
})

test('streams of Loki part by labels, with times of receipt in nanoseconds', () => {
  const items = ['sw1', 'sw2', 'sw1', null].map((host, index) => {
    const record = storedRecord({ host, rt: `2026-01-31T12:00:00.00000${index}Z`, src: '[2001:db8::1]:514' })
    return { record, line: JSON.stringify({ host, severity: 'err', n: index }) }
  })
  const { body, contentType } = formatBatch(items, 'loki', ['host', 'severity', 'app', 'src'])
  expect(contentType).toBe('application/json')
  const common = { job: 'lanward', severity: 'err', src: '[2001:db8::1]' }
  expect(JSON.parse(body)).toEqual({
    streams: [
      {
        stream: { ...common, host: 'sw1' },
        values: [
          ['1769860800000000000', items[0]?.line],
          ['1769860800000002000', items[2]?.line],
        ],
      },
      { stream: { ...common, host: 'sw2' }, values: [['1769860800000001000', items[1]?.line]] },
      { stream: { ...common, host: '[2001:db8::1]' }, values: [['1769860800000003000', items[3]?.line]] },
    ],
  })
})

test.each([
  [null, 0],
  ['120', 120_000],
  ['Sat, 31 Jan 2026 12:00:10 GMT', 10_000],
  ['Sat, 31 Jan 2026 11:00:10 GMT', 0],
  ['999999999', 3_600_000],
  ['soon', 0],
])('Retry-After %j is %i ms', (text, want) => {
  expect(readRetryAfter(text, Date.UTC(2026, 0, 31, 12))).toBe(want)
})
