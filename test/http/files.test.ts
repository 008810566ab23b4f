import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openOnLoopback } from '../support/loopback.ts'
import { waitFor } from '../support/wait-for.ts'
import { SiteUnderTest } from './site-under-test.ts'

const MODIFIED = new Date('2026-01-02T03:04:05Z')
const SECRET = 'must not be seen'
let site: SiteUnderTest

beforeEach(async () => {
  site = await new SiteUnderTest().open()
  const root = join(site.folder, 'public')
  mkdirSync(join(root, 'sub', 'empty'), { recursive: true })
  mkdirSync(join(root, '.git'))
  mkdirSync(join(site.folder, 'public-not'))
  for (const path of ['secret.txt', 'public-not/secret.txt', 'public/.htaccess', 'public/.git/config'])
    writeFileSync(join(site.folder, path), SECRET)
  writeFileSync(join(root, 'ten.txt'), '0123456789')
  utimesSync(join(root, 'ten.txt'), MODIFIED, MODIFIED)
  writeFileSync(join(root, 'empty.bin'), '')
  writeFileSync(join(root, 'a b&ä.html'), '<p>named')
  writeFileSync(join(root, 'sub', 'index.html'), '<p>index')
  symlinkSync('../secret.txt', join(root, 'out.txt'))
  symlinkSync('..', join(root, 'up'))
  symlinkSync(join(site.folder, 'public-not'), join(root, 'beside'))
  symlinkSync('sub/index.html', join(root, 'inside.html'))
})
afterEach(async () => {
  expect(site.bugs).toEqual([])
  await site[Symbol.asyncDispose]()
})

describe('a file', () => {
  test('is sent whole, with its type, length, date and tag', async () => {
    const reply = await site.get('/ten.txt')
    expect(reply).toMatchObject({
      status: 200,
      body: '0123456789',
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'content-length': '10',
        'last-modified': MODIFIED.toUTCString(),
        'accept-ranges': 'bytes',
      },
    })
    expect(reply.headers['etag']).toMatch(/^"[a-z0-9-]+"$/)
  })

  test.each([
    ['/empty.bin', 'application/octet-stream', ''],
    ['/a%20b%26%C3%A4.html', 'text/html; charset=utf-8', '<p>named'],
    ['/sub/', 'text/html; charset=utf-8', '<p>index'],
    ['/sub/index.html?v=2', 'text/html; charset=utf-8', '<p>index'],
    ['/inside.html', 'text/html; charset=utf-8', '<p>index'],
  ])('%s is sent as %s', async (target, type, body) => {
    expect(await site.get(target)).toMatchObject({ status: 200, headers: { 'content-type': type }, body })
  })

  test('HEAD has the headers of GET and no body', async () => {
    const [head, get] = [await site.ask('HEAD', '/ten.txt'), await site.get('/ten.txt')]
    expect(head).toEqual({ ...get, headers: { ...get.headers, date: head.headers['date'] }, body: '' })
  })

  test('a folder without the slash is redirected inside of this site, one without index is not found', async () => {
    expect(await site.get('/sub')).toMatchObject({ status: 301, headers: { location: '/sub/' } })
    expect((await site.get('/sub/empty/')).status).toBe(404)
  })
})

describe('a conditional request', () => {
  test.each([
    ['if-none-match', (tag: string) => tag, 304],
    ['if-none-match', (tag: string) => `"other", W/${tag}`, 304],
    ['if-none-match', () => '*', 304],
    ['if-none-match', () => '"other"', 200],
    ['if-modified-since', () => MODIFIED.toUTCString(), 304],
    ['if-modified-since', () => new Date(MODIFIED.getTime() - 1000).toUTCString(), 200],
    ['if-modified-since', () => 'yesterday', 200],
  ] as const)('by %s (%s) is answered %i', async (header, value, status) => {
    const tag = (await site.get('/ten.txt')).headers['etag'] ?? ''
    const reply = await site.get('/ten.txt', { [header]: value(tag) })
    expect(reply.status).toBe(status)
    expect(reply.body).toBe(status === 304 ? '' : '0123456789')
    expect(reply.headers['content-length']).toBe(status === 304 ? undefined : '10')
    expect(reply.headers['etag']).toBe(tag)
  })

  test('the tag decides where there is one, and changes with the file', async () => {
    const tag = (await site.get('/ten.txt')).headers['etag'] ?? ''
    const since = { 'if-none-match': '"other"', 'if-modified-since': MODIFIED.toUTCString() }
    expect((await site.get('/ten.txt', since)).status).toBe(200)
    writeFileSync(join(site.folder, 'public/ten.txt'), '9876543210')
    expect((await site.get('/ten.txt', { 'if-none-match': tag })).status).toBe(200)
  })
})

describe('a range', () => {
  test.each([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=7-99', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
  ])('%s is sent alone', async (range, body, extent) => {
    const reply = await site.get('/ten.txt', { range })
    expect(reply).toMatchObject({ status: 206, body, headers: { 'content-range': extent } })
    expect(reply.headers['content-length']).toBe(String(body.length))
  })

  test.each(['bytes=10-', 'bytes=-0', 'bytes=99-100'])('%s is nowhere in the file', async (range) => {
    expect(await site.get('/ten.txt', { range })).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */10' },
    })
  })

  test.each(['bytes=4-2', 'bytes=0-1,3-4', 'bytes=', 'bytes=a-b', 'lines=1-2', 'bytes=99999999999999999-'])(
    '%s is not taken as one, and the whole file is sent',
    async (range) => {
      expect(await site.get('/ten.txt', { range })).toMatchObject({ status: 200, body: '0123456789' })
    },
  )

  test('is given only of the file that the client has', async () => {
    const tag = (await site.get('/ten.txt')).headers['etag'] ?? ''
    expect((await site.get('/ten.txt', { range: 'bytes=1-1', 'if-range': tag })).status).toBe(206)
    expect((await site.get('/ten.txt', { range: 'bytes=1-1', 'if-range': '"old"' })).status).toBe(200)
  })
})

describe('what lies outside of the folder, or is hidden in it', () => {
  test.each([
    '/../secret.txt',
    '/sub/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/%252e%252e/secret.txt',
    '/./../secret.txt',
    '//etc/passwd',
    '/%00/../secret.txt',
    '/ten.txt%00.html',
    '/out.txt',
    '/up/secret.txt',
    '/up/public/ten.txt/../../../secret.txt',
    '/beside/secret.txt',
    '/.htaccess',
    '/%2ehtaccess',
    '/.git/config',
    '/sub/%2e%2e/.git/config',
    '/sub//index.html',
    '/%ff',
    '/%',
    '/missing.txt',
    '/ten.txt/',
    `/${'a'.repeat(5000)}`,
  ])('is not sent for %s', async (target) => {
    const reply = await site.get(target)
    expect([400, 404]).toContain(reply.status)
    expect(reply.body).not.toContain(SECRET)
    expect(reply.body.length).toBeLessThan(40)
  })

  test('a link that leads out and in again is judged by where the file is', async () => {
    expect(await site.get('/up/public/ten.txt')).toMatchObject({ status: 200, body: '0123456789' })
  })

  test('a socket or a pipe is no file, and nobody waits for one', async () => {
    using socket = openOnLoopback(`unix://${join(site.folder, 'public/sock')}`)
    expect(socket.fd).toBeGreaterThan(0)
    execFileSync('mkfifo', [join(site.folder, 'public/pipe')])
    for (const name of ['sock', 'pipe']) expect((await site.get(`/${name}`)).status).toBe(404)
  })
})

/** What the descriptors of this process lead to. */
function openFiles(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return []
    }
  })
}

test('a client that leaves in the middle of a large file leaves no file open and no bug', async () => {
  writeFileSync(join(site.folder, 'public/large.bin'), Buffer.alloc(32 * 1024 * 1024))
  const asking = request({ port: site.port, host: '127.0.0.1', path: '/large.bin', agent: false })
  const left = new Promise<void>((resolve) => {
    site.server.once('connection', (connection) => connection.once('close', () => resolve()))
  })
  asking.on('response', (response) => response.once('data', () => asking.destroy()))
  asking.on('error', () => undefined)
  asking.end()
  await left
  await waitFor('the file closed', () => !openFiles().some((file) => file.endsWith('large.bin')) || undefined)
  expect((await site.get('/ten.txt')).status).toBe(200)
})
