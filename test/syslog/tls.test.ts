import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectPlainly, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect } from 'node:tls'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../daemons/runtime/system-clock.ts'
import { TlsIdentity } from '../../daemons/runtime/tls-identity.ts'
import { Collector } from '../../daemons/syslog/collector.ts'
import { TimeInference } from '../../daemons/syslog/parse/time-inference.ts'
import type { TlsSection } from '../../daemons/syslog/section.ts'
import { SenderBook } from '../../daemons/syslog/senders/sender-book.ts'
import { SegmentStore } from '../../daemons/syslog/store/segment-store.ts'
import { StreamDesk } from '../../daemons/syslog/streams/stream-desk.ts'
import { clientCheck } from '../../daemons/syslog/tls/client-check.ts'
import { RefusedPeers } from '../../daemons/syslog/tls/refused-peers.ts'
import { TlsListener } from '../../daemons/syslog/tls/tls-listener.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { testWith } from '../support/needs.ts'
import { waitFor } from '../support/wait-for.ts'

describe('clientCheck', () => {
  const print = `${'AB:'.repeat(31)}CD`
  const device = {
    fingerprint256: print,
    subject: 'O=x\nCN=old.name',
    subjectAltName: 'DNS:Sw1.lab.example, IP Address:192.0.2.7',
  }

  test.each<[string, readonly string[], Partial<typeof device>, boolean]>([
    ['any certificate when no name is asked for', [], {}, true],
    ['a name whatever its case', ['SW1.lab.example'], {}, true],
    ['an address', ['192.0.2.7'], {}, true],
    ['one label for the star', ['*.lab.example'], {}, true],
    ['not two labels for the star', ['*.example'], {}, false],
    ['not the domain itself', ['*.lab.example'], { subjectAltName: 'DNS:lab.example' }, false],
    ['not a star in the certificate', ['sw1.lab.example'], { subjectAltName: 'DNS:*.lab.example' }, false],
    ['no common name beside a DNS name', ['old.name'], {}, false],
    ['a common name where there is no DNS name', ['old.name'], { subjectAltName: 'IP Address:192.0.2.7' }, true],
    ['a fingerprint', [`sha256:${print}`], {}, true],
    ['no other fingerprint', [`sha256:${print.replace('CD', 'CE')}`], {}, false],
    ['no name that a quoted one contains', ['evil'], { subjectAltName: 'DNS:"x, DNS:evil"' }, false],
  ])('takes %s', (_title, allowed, changes, want) => {
    expect(clientCheck(allowed)({ ...device, ...changes })).toBe(want)
  })
})

/** An authority and what it issued, made by openssl in a folder. */
function makeAuthority(folder: string, ...names: string[]): void {
  const openssl = (...words: string[]): void => {
    const run = spawnSync('openssl', words, { cwd: folder, encoding: 'utf8' })
    if (run.status !== 0) throw new Error(run.stderr)
  }
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  for (const authority of ['ca', 'other'])
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      `${authority}.key`,
      '-out',
      `${authority}.pem`,
      '-subj',
      `/CN=${authority}`,
    )
  for (const name of names) {
    const by = name === 'stranger' ? 'other' : 'ca'
    writeFileSync(join(folder, 'names'), `subjectAltName=DNS:${name},IP:127.0.0.1`)
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    const issue = ['x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial']
    openssl(...issue, '-out', `${name}.pem`, '-days', '2', '-extfile', 'names')
  }
}

function openTls(folder: string, changes: Partial<TlsSection> = {}) {
  const limits = { segment: { sizeBytes: 1 << 30, ageMs: 1e9 }, retention: { ageMs: 1e9, sizeBytes: 1 << 30 } }
  const log = pino({ level: 'silent' })
  const store = new SegmentStore({
    folder: join(folder, 's'),
    limits: { ...limits, sync: 'off' },
    clock: systemClock,
    log,
  })
  const inference = new TimeInference(() => 0)
  const collector = new Collector({
    store,
    clock: systemClock,
    log,
    inference,
    senders: new SenderBook(),
    probe: null,
    host: 'box',
  })
  const stream = {
    maxMessageBytes: 1000,
    maxConnections: 10,
    maxConnectionsPerSender: 10,
    maxHeldBytes: 1 << 20,
    unfinishedMs: 1e6,
    retryMs: 10,
  }
  const desk = new StreamDesk(collector, stream)
  const socket = openOnLoopback('tls://127.0.0.1:0')
  const file = (name: string): string => join(folder, name)
  const section = { cert: file('box.pem'), key: file('box.key'), clientCa: file('ca.pem'), clientNames: [], ...changes }
  const identity = new TlsIdentity(section)
  const held = { fd: socket.fd, name: 'tls://127.0.0.1:6514', url: socket.url, probeOnly: false }
  const refusals = new RefusedPeers({ clock: systemClock, log })
  const listener = new TlsListener(held, section, { desk, refusals, log })
  if (identity.look()) listener.serve(identity)
  return {
    ...{ desk, identity, listener, refusals, port: socket.port },
    stored: () => collector.tally.counters()['stored'] ?? 0,
    /** Connects as a client of that name; null shows no certificate. */
    connect: (name: string | null, options: ConnectionOptions = {}) => {
      const own =
        name === null ? {} : { cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) }
      const peer = connect({
        port: socket.port,
        host: '127.0.0.1',
        ca: readFileSync(file('ca.pem')),
        ...own,
        ...options,
      })
      peer.on('error', () => undefined)
      return peer.resume()
    },
    [Symbol.asyncDispose]: async () => {
      listener.close()
      await desk.close()
      store.close()
    },
  }
}

/** Closed in whatever way. */
function closed(peer: Socket): Promise<void> {
  return new Promise((resolve) => peer.once('close', () => resolve()))
}

async function inFolder(run: (folder: string) => Promise<void>, ...names: string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-tls-'))
  try {
    makeAuthority(folder, ...names)
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('syslog over TLS', () => {
  testWith(
    ['program openssl'],
    'stores counted messages of a client that the authority knows, and of nobody else',
    async () => {
      await inFolder(
        async (folder) => {
          await using box = openTls(folder, { clientNames: ['printer'] })
          const printer = box.connect('printer')
          printer.write('11 <13>message12 <13>messages')
          await waitFor('two messages', () => (box.stored() === 2 ? true : undefined))
          expect(printer.authorized).toBe(true)
          for (const name of ['stranger', null, 'scanner']) {
            const peer = box.connect(name)
            peer.write('11 <13>message')
            await closed(peer)
          }
          const plain = connectPlainly({ port: box.port, host: '127.0.0.1' }).resume()
          plain.on('error', () => undefined)
          plain.write('<13>not over TLS\n')
          await closed(plain)
          expect(box.listener.counters()).toEqual({ failed: 3, refused: 1 })
          expect(box.refusals.report()).toMatchObject(
            [
              ['plain-text', 'what it sends is not TLS: plain text on a port for TLS'],
              ['name', 'its certificate has none of the client_names: it is for "scanner", "127.0.0.1"'],
              ['no-certificate', 'it shows no certificate, and client_ca asks for one'],
              ['unknown-authority', 'its certificate is not from an authority in client_ca'],
            ].map(([kind, reason]) => ({ address: '127.0.0.1', kind, reason, times: 1 })),
          )
          expect(box.stored()).toBe(2)
          expect(box.desk.counters()).toMatchObject({ accepted: 1, open: 1 })
          printer.destroy()
        },
        ...['box', 'printer', 'scanner', 'stranger'],
      )
    },
  )

  testWith(
    ['program openssl'],
    'goes on with the certificate that is there, and takes a renewed one without a restart',
    async () => {
      await inFolder(
        async (folder) => {
          await using box = openTls(folder, { clientCa: null })
          const nameOf = async (): Promise<string | undefined> => {
            const peer = box.connect(null)
            await once(peer, 'secureConnect')
            const name = peer.getPeerX509Certificate()?.subject
            peer.destroy()
            return name
          }
          expect(await nameOf()).toBe('CN=box')
          expect(box.identity.look()).toBe(false)
          expect(box.identity.fault(Date.now())).toBeNull()
          expect(box.identity.fault(Date.now() + 3 * 86_400_000)).toContain('has expired at')
          writeFileSync(join(folder, 'box.pem'), 'half a file')
          expect(box.identity.look()).toBe(false)
          expect(box.identity.fault(Date.now())).toContain('TLS goes on with the earlier ones')
          expect(await nameOf()).toBe('CN=box')
          for (const kind of ['pem', 'key']) copyFileSync(join(folder, `renewed.${kind}`), join(folder, `box.${kind}`))
          expect(box.identity.look()).toBe(true)
          box.listener.serve(box.identity)
          expect(await nameOf()).toBe('CN=renewed')
          expect(box.identity.fault(Date.now())).toBeNull()
        },
        ...['box', 'renewed'],
      )
    },
  )

  testWith(
    ['program openssl'],
    'names nobody as refused whose connection it broke off itself: to make room, or at its end',
    async () => {
      await inFolder(async (folder) => {
        await using box = openTls(folder, { clientCa: null })
        const peers = Array.from({ length: 129 }, () => {
          const peer = connectPlainly({ port: box.port, host: '127.0.0.1' }).resume()
          peer.on('error', () => undefined)
          return { peer, gone: closed(peer) }
        })
        await Promise.race(peers.map(({ gone }) => gone))
        await waitFor('a broken handshake', () => (box.listener.counters().failed > 0 ? true : undefined))
        expect(box.refusals.report()).toEqual([])
        box.listener.close()
        await Promise.all(peers.map(({ gone }) => gone))
        await waitFor('all handshakes', () => (box.listener.counters().failed === 129 ? true : undefined))
        expect(box.refusals.report()).toEqual([])
      }, 'box')
    },
  )

  test('without a certificate serves nobody and says why', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanward-tls-'))
    const box = openTls(folder)
    expect(box.identity.fault(Date.now())).toMatch(/^cannot use the certificate and key: ENOENT.*box\.pem.*; no TLS$/)
    await box[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
})
