import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SiteUnderTest, serviceStatus, statusDocument, TOKEN } from './site-under-test.ts'

let site: SiteUnderTest
beforeEach(async () => {
  site = await new SiteUnderTest().open()
})
afterEach(async () => {
  expect(site.bugs).toEqual([])
  await site[Symbol.asyncDispose]()
})

describe('the routes of the status', () => {
  test.each([
    ['/', {}, 'text/html; charset=utf-8', '<h1>Lanward</h1>'],
    ['/status', {}, 'text/plain; charset=utf-8', '+ ntp'],
    ['/status?x=1', { accept: '*/*' }, 'text/plain; charset=utf-8', '+ ntp'],
    ['/status', { accept: 'text/html,application/xhtml+xml;q=0.9' }, 'text/html; charset=utf-8', '<table>'],
    ['/status', { accept: 'text/*;q=0.5, application/json' }, 'application/json', '"name":"ntp"'],
    ['/health', {}, 'text/plain; charset=utf-8', 'ok\r\n'],
    ['/health', { accept: 'application/json' }, 'application/json', '{"ok":true,"reasons":[]}\n'],
    ['/metrics', {}, 'application/openmetrics-text; version=1.0.0; charset=utf-8', '# EOF\n'],
    ['http://box/health', {}, 'text/plain; charset=utf-8', 'ok\r\n'],
  ])('GET %s with %j is %s', async (target, headers, type, part) => {
    const reply = await site.get(target, headers)
    expect(reply).toMatchObject({ status: 200, headers: { 'content-type': type, 'cache-control': 'no-store' } })
    expect(reply.body).toContain(part)
    expect(reply.headers).toMatchObject({ 'x-content-type-options': 'nosniff' })
  })

  test.each(['/', '/status', '/health', '/metrics'])('HEAD %s has the headers of GET and no body', async (target) => {
    const [head, get] = [await site.ask('HEAD', target), await site.get(target)]
    expect(head).toEqual({ ...get, headers: { ...get.headers, date: head.headers['date'] }, body: '' })
    expect(Number(head.headers['content-length'])).toBe(get.body.length)
  })

  test.each(['/', '/status', '/health', '/metrics'])(
    '%s is 503 with the reason while there is no report',
    async (target) => {
      site.answer = { reason: 'the supervisor does not answer' }
      const reply = await site.get(target)
      expect(reply.status).toBe(503)
      expect(reply.body).toContain('the supervisor does not answer')
    },
  )

  test.each([
    ['degraded', { health: 'degraded', reason: 'probe: no\u001b' }, 'ntp is ready, degraded: probe: no?'],
    ['starting', { state: 'starting', health: 'unknown' }, 'ntp is starting, unknown'],
    ['parked', { state: 'parked', health: 'failing', reason: 'taken' }, 'ntp is parked, failing: taken'],
    ['stopped by command', { state: 'stopped', health: 'unknown' }, 'ntp is stopped, unknown'],
  ])('/health is 503 when a service is %s, and says which', async (_title, more, line) => {
    site.answer = { document: statusDocument(serviceStatus({ name: 'syslog' }), serviceStatus(more)) }
    expect(await site.get('/health')).toMatchObject({ status: 503, body: `not ok\r\n${line}\r\n` })
  })

  test.each([
    [
      'has just become ready and was not yet probed',
      { state: 'ready', health: 'unknown', reason: 'not yet probed', probe: null },
    ],
    ['waits for its time', { state: 'stopped', health: 'ok' }],
  ])('/health is 200 when a service %s', async (_title, more) => {
    site.answer = { document: statusDocument(serviceStatus(more)) }
    expect((await site.get('/health')).status).toBe(200)
  })

  test('other methods are refused with the ones that are allowed', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])
      expect(await site.ask(method, '/status')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    expect(site.tally.counters()).toMatchObject({ requests: 5, status_4xx: 5 })
  })

  test.each(['*', 'status', '//\\'])('the target %j gets 400 or 404, never a page', async (target) => {
    expect([400, 404]).toContain((await site.get(target)).status)
  })

  test('the probe of the supervisor is counted apart, somebody who claims to be it is not', async () => {
    await site.get('/health', { 'x-lanward-probe': TOKEN })
    await site.get('/health', { 'x-lanward-probe': TOKEN.replace('0', '1') })
    await site.get('/health', { 'x-lanward-probe': 'short' })
    expect(site.tally.counters()).toMatchObject({ probes: 1, requests: 2, status_2xx: 2 })
  })
})
