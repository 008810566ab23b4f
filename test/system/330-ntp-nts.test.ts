import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect as connectPlainly } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { SourceReport } from '../../daemons/ntp/client/upstream.ts'
import { timeReport } from '../support/ask-time.ts'
import { type Box, startBox } from '../support/box.ts'
import { Certificates } from '../support/certificates.ts'
import { type Chronyd, startChronyd } from '../support/chronyd.ts'
import { freePort } from '../support/free-port.ts'
import { testWith } from '../support/needs.ts'
import { waitFor } from '../support/wait-for.ts'

let certificates: Certificates
beforeAll(() => {
  certificates = new Certificates()
})
afterAll(() => certificates[Symbol.dispose]())

/** A certificate for a host of this machine, and its key. */
function issue(name: string): { readonly cert: string; readonly key: string } {
  certificates.issue(name, { alternatives: `DNS:${name},DNS:localhost,IP:127.0.0.1` })
  return { cert: certificates.path(`${name}.pem`), key: certificates.path(`${name}.key`) }
}

const NEEDS = ['root', 'program chronyd', 'program openssl'] as const

/** A server with a certificate of its own. */
async function ntsBox(name: string, rest = ''): Promise<Box & { readonly keyPort: number; readonly timePort: number }> {
  const { cert, key } = issue(name)
  const config = `[ntp]\nlisten = ["udp://127.0.0.1:0"]\n[ntp.nts]\nlisten = ["tls://127.0.0.1:0"]\ncert = "${cert}"\nkey = "${key}"\n${rest}`
  const box = await startBox({ config })
  return { ...box, keyPort: await box.port('ntp', 'tls'), timePort: await box.port('ntp', 'udp') }
}

/** A chronyd that asks our server, protected. */
function ntsClient(keyPort: number): Chronyd {
  return startChronyd(() => [
    `server 127.0.0.1 nts ntsport ${keyPort} iburst minpoll 0 maxpoll 0 xleave`,
    `ntstrustedcerts ${certificates.path('ca.pem')}`,
  ])
}

/** What chronyc tells of its only source: how it is proved, attempts to get keys, refusals, cookies. */
function authData(chronyd: Chronyd) {
  const [, mode, keyId, type, keyBits, , attempts, naks, cookies, cookieBytes] = chronyd
    .tell('authdata')
    .trim()
    .split(',')
  return {
    mode,
    keyId: Number(keyId),
    type: Number(type),
    keyBits: Number(keyBits),
    attempts: Number(attempts),
    naks: Number(naks),
    cookies: Number(cookies),
    cookieBytes: Number(cookieBytes),
  }
}

/** The same when it has all eight cookies: one is away while a question is under way. */
function settledData(chronyd: Chronyd): Promise<ReturnType<typeof authData>> {
  return waitFor('all cookies', () => {
    const data = authData(chronyd)
    return data.cookies === 8 ? data : undefined
  })
}

/** Answers that chronyd took as good. */
function goodAnswers(chronyd: Chronyd): number {
  return Number(chronyd.tell('ntpdata').trim().split(',').at(-1))
}

describe('network time security', () => {
  testWith(NEEDS, 'is served to chronyd, which loses nothing when the daemon is killed', async () => {
    await using box = await ntsBox('served')
    await using chronyd = ntsClient(box.keyPort)
    const synchronised = async (more: number): Promise<void> => {
      const before = goodAnswers(chronyd) || 0
      await waitFor('answers', () => (goodAnswers(chronyd) >= before + more ? true : undefined), 20_000)
    }
    await synchronised(3)
    expect(await settledData(chronyd)).toMatchObject({ mode: 'NTS', type: 15, keyBits: 256, naks: 0, cookieBytes: 100 })
    await waitFor('the interleaved mode', () =>
      chronyd.tell('ntpdata').split(',').at(-8) === 'Yes' ? true : undefined,
    )
    expect((await timeReport(box)).clients[0]?.authentication).toBe('nts')
    expect((await box.service('ntp')).counters).toMatchObject({ nts_nak: 0, nts_ke_established: 1 })
    expect((await box.service('ntp')).counters['answered_nts']).toBeGreaterThanOrEqual(3)
    const keys = join(box.folder, 'state/ntp/nts-keys.json')
    expect(statSync(keys).mode & 0o777).toBe(0o600)

    const { pid } = await box.service('ntp')
    process.kill(pid ?? 0, 'SIGKILL')
    await box.until('ntp', 'another life', (service) => service.pid !== pid && service.state === 'ready')
    await synchronised(3)
    expect(await settledData(chronyd)).toMatchObject({ attempts: 0, naks: 0 })
    expect((await box.service('ntp')).counters).toMatchObject({ nts_nak: 0, nts_ke_established: 0 })

    // Keys that are lost are told by a refusal, and the client begins anew.
    rmSync(keys)
    expect(box.lanward('stop', 'ntp').status).toBe(0)
    rmSync(keys, { force: true })
    expect(box.lanward('start', 'ntp').status).toBe(0)
    await waitFor(
      'a refusal',
      async () => ((await box.service('ntp')).counters['nts_nak_stale_cookie'] ?? 0) > 0 || undefined,
    )
    await synchronised(2)
    expect((await box.service('ntp')).counters['nts_ke_established']).toBe(1)
  })

  testWith(NEEDS, 'goes on with a renewed certificate without a restart, and says what is wrong with one', async () => {
    await using box = await ntsBox('renewed')
    const shown = async (): Promise<string> => {
      const peer = connect({
        host: '127.0.0.1',
        port: box.keyPort,
        rejectUnauthorized: false,
        ALPNProtocols: ['ntske/1'],
      })
      await once(peer, 'secureConnect')
      const { subject } = peer.getPeerCertificate()
      peer.destroy()
      return String(subject.CN)
    }
    expect(await shown()).toBe('renewed')
    const { pid } = await box.service('ntp')
    const fresh = issue('fresh')
    copyFileSync(fresh.cert, certificates.path('renewed.pem'))
    copyFileSync(fresh.key, certificates.path('renewed.key'))
    expect(box.lanward('reload').status).toBe(0)
    expect(await shown()).toBe('fresh')
    writeFileSync(certificates.path('renewed.pem'), 'no certificate')
    expect(box.lanward('reload').status).toBe(0)
    await box.until(
      'ntp',
      'degraded',
      ({ health, reason }) => health === 'degraded' && /certificate/.test(reason ?? ''),
    )
    expect(await shown()).toBe('fresh')
    expect((await box.service('ntp')).pid).toBe(pid)
  })

  testWith(NEEDS, 'is used with a chronyd as source, through its restart and the loss of its keys', async () => {
    const { cert, key } = issue('chronyd')
    const keyPort = freePort()
    const lines = (own: string): readonly string[] => [
      'allow 127.0.0.0/8',
      'bindaddress 127.0.0.1',
      'local stratum 4',
      `ntsservercert ${cert}`,
      `ntsserverkey ${key}`,
      `ntsport ${keyPort}`,
      `ntsdumpdir ${own}`,
    ]
    let chronyd = startChronyd(lines)
    const { port } = chronyd
    const source = (ca: string): string =>
      `[[ntp.source]]\naddress = "localhost"\nport = ${port}\nnts = true\nnts_port = ${keyPort}\nnts_ca = "${ca}"\npoll = { min = "2s", max = "2s" }\n`
    await using box = await startBox({
      config: `[ntp]\nlisten = ["udp://127.0.0.1:0"]\n${source(certificates.path('ca.pem'))}`,
      untilReady: false,
    })
    await box.until('ntp', 'ready', ({ state }) => state === 'ready')
    try {
      const report = async (): Promise<SourceReport | undefined> => (await timeReport(box)).sources[0]
      // One cookie is away while a question is under way.
      const followed = async (): Promise<SourceReport> =>
        waitFor('a source that is followed', async () => {
          const found = await report()
          return found?.state === 'selected' && found.error === null && found.cookies === 8 ? found : undefined
        })
      expect(await followed()).toMatchObject({ authentication: 'nts' })
      expect(box.lanward('time').stdout).toMatch(/nts, [78] cookies/)

      await chronyd[Symbol.asyncDispose]()
      await waitFor('silence', async () => ((await report())?.error === null ? undefined : true), 20_000)
      chronyd = startChronyd(lines, port)
      await followed()

      writeFileSync(box.config, readFileSync(box.config, 'utf8').replace('max = "2s"', 'max = "4s"'))
      expect(box.lanward('reload').status).toBe(0)
      const kept = await report()
      expect(kept).toMatchObject({ state: 'selected', error: null })
      expect(kept?.cookies).toBeGreaterThanOrEqual(7)

      writeFileSync(
        box.config,
        readFileSync(box.config, 'utf8').replace(certificates.path('ca.pem'), certificates.path('other.pem')),
      )
      expect(box.lanward('reload').status).toBe(0)
      await waitFor('mistrust', async () => (/certificate/.test((await report())?.error ?? '') ? true : undefined))
      expect(await report()).toMatchObject({ state: 'unreachable', cookies: 0 })
    } finally {
      await chronyd[Symbol.asyncDispose]()
    }
  })

  testWith(
    NEEDS,
    'answers floods of bad cookies no longer than they are, counts them by name, and stays up',
    async () => {
      await using box = await ntsBox('flooded')
      const { pid } = await box.service('ntp')
      const socket = createSocket('udp4')
      let longest = 0
      socket.on('message', (answer) => {
        longest = Math.max(longest, answer.length)
      })
      const bad = Buffer.alloc(48 + 36 + 104 + 40)
      bad[0] = 0x23
      bad.writeUInt32BE(0x0104_0024, 48)
      bad.writeUInt32BE(0x0204_0068, 84)
      bad.writeUInt32BE(0x0404_0028, 188)
      bad.writeUInt32BE(0x0010_0010, 192)
      const sent = 2000
      for (let count = 0; count < sent; count++) {
        bad.writeUInt32BE(count, 88)
        bad.writeUInt32BE(count + 1, 40)
        await new Promise((resolve) => socket.send(bad, box.timePort, '127.0.0.1', resolve))
      }
      await waitFor(
        'all counted',
        async () => ((await box.service('ntp')).counters['nts_nak'] ?? 0) >= sent || undefined,
      )
      expect(longest).toBe(84)
      const { counters } = await box.service('ntp')
      expect(counters).toMatchObject({ nts_nak: sent, nts_nak_stale_cookie: sent, answered: 0, bug: 0 })
      const talk = () => {
        const options = { rejectUnauthorized: false, ALPNProtocols: ['ntske/1'] }
        return connect({ host: '127.0.0.1', port: box.keyPort, ...options })
      }
      const noisy = talk()
      noisy.end(Buffer.alloc(5000, 1))
      const [answer] = (await once(noisy, 'data')) as [Buffer]
      expect(answer.toString('hex')).toBe('80020002000180000000')
      const brief = talk().resume()
      brief.end('GET / HTTP/1.0\r\n\r\n')
      await once(brief, 'close')
      for (let count = 0; count < 10; count++) {
        const rude = connectPlainly(box.keyPort, '127.0.0.1')
        await once(rude, 'connect')
        if (count % 2 === 0) rude.write(Buffer.from('1603010200010001fc0303', 'hex'))
        rude.resetAndDestroy()
      }
      const stranger = connect({ host: '127.0.0.1', port: box.keyPort, rejectUnauthorized: false })
      await once(stranger, 'close').catch(() => undefined)
      const old = connect({
        host: '127.0.0.1',
        port: box.keyPort,
        rejectUnauthorized: false,
        maxVersion: 'TLSv1.2',
        ALPNProtocols: ['ntske/1'],
      })
      await expect(once(old, 'secureConnect')).rejects.toThrow()
      await waitFor('all told', async () => {
        const told = (await box.service('ntp')).counters
        // Who resets at once may be gone before anybody accepts, or be met after the handshake.
        const isTold = told['nts_ke_bad_request'] === 1 && (told['nts_ke_unfinished'] ?? 0) >= 1
        return isTold && (told['nts_ke_handshake'] ?? 0) >= 2 ? true : undefined
      })
      expect((await box.service('ntp')).pid).toBe(pid)
      socket.close()
    },
  )
})
