import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createPlainServer, type Server } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { connectStream } from '../../../daemons/syslog/forward/connect-stream.ts'
import type { ForwardSection, ForwardTls } from '../../../daemons/syslog/section.ts'
import { type CertificateChanges, Certificates } from '../../support/certificates.ts'
import { testWith } from '../../support/needs.ts'
import { waitFor } from '../../support/wait-for.ts'
import { ForwardingStore, forwardSection, LineTarget, upTo } from './forwarding.ts'

/** A collector with this certificate, and what it got. */
async function listenTls(certificates: Certificates, name: string, options: TlsOptions = {}) {
  let text = ''
  const server = createServer(
    {
      cert: readFileSync(certificates.path(`${name}.pem`)),
      key: readFileSync(certificates.path(`${name}.key`)),
      ...options,
    },
    (peer) => {
      peer.on('error', () => undefined)
      peer.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk
      })
    },
  )
  server.on('tlsClientError', () => undefined)
  return { port: await listening(server), text: () => text, [Symbol.dispose]: () => void server.close() }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function secured(port: number, certificates: Certificates, tls: Partial<ForwardTls> = {}): ForwardSection {
  return forwardSection(port, {
    to: { scheme: 'tls', host: '127.0.0.1', port },
    framing: 'octet-counted',
    tls: { ca: certificates.path('ca.pem'), cert: null, key: null, name: null, ...tls },
  })
}

describe('forwarding over TLS', () => {
  testWith(['program openssl'], 'brings counted messages to a target that is who it should be', async () => {
    using certificates = new Certificates()
    certificates.issue('loghost')
    certificates.issue('box')
    using target = await listenTls(certificates, 'loghost', {
      ...{ requestCert: true, rejectUnauthorized: true, ca: readFileSync(certificates.path('ca.pem')) },
    })
    await using box = new ForwardingStore()
    const own = { cert: certificates.path('box.pem'), key: certificates.path('box.key'), name: 'loghost' }
    await box.forwarder.follow([{ ...secured(target.port, certificates, own), origin: false }])
    for (let round = 0; round < 10; round++) box.add(300)
    const one = (number: number): string => `<13>1 2026-01-31T12:00:00.000000Z h a - - - ${number}`
    const want = upTo(3000).map((number) => `${one(number).length} ${one(number)}`)
    await waitFor('all bytes', () => target.text().length >= want.join('').length || undefined)
    expect(target.text()).toBe(want.join(''))
    const report = await box.until('all taken', ({ behind }) => behind === 0)
    expect(report).toMatchObject({ state: 'connected', forwarded: 3000, connects: 1 })
    await waitFor('the place', () => (box.forwarder.neededFrom() === 3001 ? true : undefined))
  })

  const wildcard = { alternatives: 'DNS:*.lab.example' }
  const hidden = 'loghost\0.evil.example'
  const withNul = `DER:30:${(hidden.length + 2).toString(16)}:82:${hidden.length.toString(16)}:${Buffer.from(
    hidden,
    'latin1',
  )
    .toString('hex')
    .replace(/..(?!$)/g, '$&:')}`
  for (const [title, changes, tls, want] of [
    ['one of another authority', { stranger: true }, { name: 'loghost' }, /authority that is not known/],
    ['one that has expired', { expired: true }, { name: 'loghost' }, /has expired/],
    ['one for another name', {}, { name: 'other' }, /is for DNS:loghost.*, not for other/],
    ['one for another address', { alternatives: 'DNS:loghost,IP:192.0.2.1' }, {}, /not for 127\.0\.0\.1/],
    ['a wildcard for two labels', wildcard, { name: 'a.b.lab.example' }, /not for a\.b\.lab\.example/],
    ['a wildcard for the domain itself', wildcard, { name: 'lab.example' }, /not for lab\.example/],
    ['a wildcard for one label', wildcard, { name: 'a.lab.example' }, null],
    ['a name in CN where there is no other', { alternatives: null }, { name: 'loghost' }, null],
    ['a name in CN beside another', { alternatives: 'DNS:other' }, { name: 'loghost' }, /not for loghost/],
    ['a name that ends early by a NUL', { alternatives: withNul }, { name: 'loghost' }, /not for loghost/],
    [
      'another fingerprint',
      {},
      { ca: null, name: `sha256:${'0'.repeat(64)}` },
      /has the fingerprint sha256:[0-9a-f]{64}/,
    ],
    ['its fingerprint alone', { stranger: true }, { ca: null, name: 'print' }, null],
  ] satisfies [string, CertificateChanges, Partial<ForwardTls>, RegExp | null][]) {
    testWith(['program openssl'], `${want === null ? 'takes' : 'refuses'} ${title}`, async () => {
      using certificates = new Certificates()
      certificates.issue('loghost', changes)
      using target = await listenTls(certificates, 'loghost')
      await using box = new ForwardingStore()
      const print = new X509Certificate(readFileSync(certificates.path('loghost.pem'))).fingerprint256
      const name = tls.name === 'print' ? { name: `sha256:${print}` } : {}
      await box.forwarder.follow([secured(target.port, certificates, { ...tls, ...name })])
      box.add(1)
      if (want === null) {
        await box.until('taken', ({ forwarded }) => forwarded === 1)
        return
      }
      const { error } = await box.until('refused', (report) => report.error !== null)
      expect(error).toMatch(want)
      expect(target.text()).toBe('')
    })
  }

  testWith(
    ['program openssl'],
    'a target that wants a certificate and gets none, keeps the messages here',
    async () => {
      using certificates = new Certificates()
      certificates.issue('loghost')
      using target = await listenTls(certificates, 'loghost', {
        ...{ requestCert: true, rejectUnauthorized: true, ca: readFileSync(certificates.path('ca.pem')) },
      })
      await using box = new ForwardingStore()
      await box.forwarder.follow([secured(target.port, certificates, { name: 'loghost' })])
      box.add(3)
      // The refusal comes after our side of the handshake has ended.
      const { error } = await box.until('refused', ({ connects, state }) => connects > 1 && state === 'waiting')
      expect(error).toMatch(/certificate required|closed by the target|connection reset/)
      expect(target.text()).toBe('')
      expect(box.forwarder.neededFrom()).toBe(1)
    },
  )

  testWith(['program openssl'], 'a target that speaks no TLS, and TLS at a plain target', async () => {
    using certificates = new Certificates()
    await using plain = await LineTarget.listen()
    let heard = ''
    plain.onConnect = (peer) => {
      peer.on('data', (text: string) => {
        heard += text
      })
      peer.write('220 hello\r\n')
    }
    await using box = new ForwardingStore()
    await box.forwarder.follow([secured(plain.port, certificates)])
    box.add(3)
    expect(await box.until('an error', ({ error }) => error !== null)).toMatchObject({ error: 'it does not speak TLS' })
    expect(heard).not.toBe('')
    expect(heard).not.toContain('<13>1 ')
    certificates.issue('loghost')
    using target = await listenTls(certificates, 'loghost')
    await box.forwarder.follow([forwardSection(target.port, { name: 'plain' })])
    box.add(3)
    await box.until('an error', ({ error }) => error !== null, 'plain')
    expect(target.text()).toBe('')
  })

  test('a target that accepts and stays silent is given up in time', async () => {
    const silent = createPlainServer()
    const port = await listening(silent)
    const tls = { ca: null, cert: null, key: null, name: null }
    const attempt = connectStream({ scheme: 'tls', host: '127.0.0.1', port }, tls, 50)
    await expect(attempt).rejects.toThrow('no answer within 0.05 s')
    silent.close()
  })
})
