import { readFileSync } from 'node:fs'
import { connect as connectPlainly, type Socket } from 'node:net'
import { connect } from 'node:tls'
import { describe, expect } from 'vitest'
import { type Box, startBox } from '../support/box.ts'
import { type CertificateChanges, Certificates } from '../support/certificates.ts'
import { testWith } from '../support/needs.ts'
import { stored, storedMessages } from '../support/stored-messages.ts'

/** A box that takes messages only from the client called `printer`, over TLS, and from everybody over TCP. */
async function startSecured(certificates: Certificates): Promise<Box> {
  certificates.issue('box')
  const [cert, key, ca] = ['box.pem', 'box.key', 'ca.pem'].map((file) => JSON.stringify(certificates.path(file)))
  return startBox({
    config: `[syslog]
listen = ["tcp://127.0.0.1:0"]
tls = { listen = ["tls://127.0.0.1:0"], cert = ${cert}, key = ${key}, client_ca = ${ca}, client_names = ["printer"] }
`,
  })
}

/** Says something and waits until the other side has closed. */
function say(peer: Socket, text: string): Promise<void> {
  return new Promise((resolve) => {
    peer.on('error', () => undefined)
    peer.once('close', () => resolve())
    peer.resume()
    peer.end(text)
  })
}

const MESSAGE = '<13>1 - h app - - - over-tls'
const COUNTED = `${MESSAGE.length} ${MESSAGE}`
const hidden = 'printer\0.evil.example'
const withNul = `DER:30:${(hidden.length + 2).toString(16)}:82:${hidden.length.toString(16)}:${Buffer.from(
  hidden,
  'latin1',
)
  .toString('hex')
  .replace(/..(?!$)/g, '$&:')}`

describe('over TLS a client', () => {
  for (const [title, changes, outcome] of [
    ['with a certificate of the authority for its name is heard', {}, 'stored'],
    ['with its name only in CN, where there is no other, is heard', { alternatives: null }, 'stored'],
    ['with its name in CN beside another is refused', { alternatives: 'DNS:other' }, 'tls_refused'],
    ['whose certificate is for a wildcard is refused: nobody is called so', { alternatives: 'DNS:*' }, 'tls_refused'],
    ['whose name ends early by a NUL is refused', { alternatives: withNul }, 'tls_refused'],
    ['with a certificate that has expired fails', { expired: true }, 'tls_failed'],
    ['with a certificate of another authority fails', { stranger: true }, 'tls_failed'],
    ['without a certificate fails', null, 'tls_failed'],
  ] satisfies [string, CertificateChanges | null, string][]) {
    testWith(['program openssl'], title, async () => {
      using certificates = new Certificates()
      if (changes !== null) certificates.issue('printer', changes)
      await using box = await startSecured(certificates)
      const file = (name: string): Buffer => readFileSync(certificates.path(name))
      const own = changes === null ? {} : { cert: file('printer.pem'), key: file('printer.key') }
      const port = await box.port('syslog', 'tls')
      await say(connect({ port, host: '127.0.0.1', ca: file('ca.pem'), ...own }), COUNTED)
      if (outcome === 'stored') {
        expect((await stored(box, 'over-tls'))[0]).toMatchObject({ app: 'app', via: expect.stringMatching(/^tls:/) })
        return
      }
      await box.until('syslog', outcome, ({ counters }) => counters[outcome] === 1)
      expect(storedMessages(box)).toEqual([])
    })
  }

  testWith(
    ['program openssl'],
    'that forgets TLS, or speaks it where there is none, is told by the counters and the store',
    async () => {
      using certificates = new Certificates()
      await using box = await startSecured(certificates)
      await say(connectPlainly(await box.port('syslog', 'tls'), '127.0.0.1'), `${MESSAGE}\n`)
      const failed = await box.until('syslog', 'a failure', ({ counters }) => counters['tls_failed'] === 1)
      expect(failed.details?.['tls_refused']).toMatchObject([{ address: '127.0.0.1', kind: 'plain-text', times: 1 }])
      expect(box.lanward('status', 'syslog').stdout).toMatch(
        /tls_refused: 127\.0\.0\.1: what it sends is not TLS: plain text on a port for TLS; last at 2\S+Z\n/,
      )
      expect(storedMessages(box)).toEqual([])
      // Nothing is refused for its form: the greeting of TLS is kept as it came.
      const hello = connect({ port: await box.port('syslog', 'tcp'), host: '127.0.0.1' })
      hello.on('error', () => undefined)
      await box.until('syslog', 'a connection', ({ counters }) => counters['connections'] === 1)
      hello.destroy()
      const report = await box.until('syslog', 'its rest', ({ counters }) => (counters['stored'] ?? 0) > 0)
      expect(report.counters['format_raw']).toBe(report.counters['stored'])
      expect(report.health).toBe('ok')
    },
  )
})
