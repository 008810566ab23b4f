import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { askSupervisor } from '../../supervisor/control/control-client.ts'
import { type Box, startBox } from '../support/box.ts'
import { Certificates } from '../support/certificates.ts'
import { startChronyd } from '../support/chronyd.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { testWith } from '../support/needs.ts'
import { waitFor } from '../support/wait-for.ts'

const KEY = '1 SHA256 HEX:00112233445566778899aabbccddeeff\n'

interface SourceAnswer {
  readonly authentication: string
  readonly interleaved: boolean
  readonly state: string
  readonly reach: string
  readonly offset_s: number | null
  readonly error: string | null
}

/** Asked without blocking: a server of a test answers from this process. */
async function sourcesOf(box: Box): Promise<readonly SourceAnswer[]> {
  const socket = join(box.folder, 'run/control.sock')
  const asked = await askSupervisor(socket, 'query', { service: 'ntp', question: 'time', params: {} }, 5000)
  return (asked as { readonly sources: readonly SourceAnswer[] }).sources
}

function freeTcpPort(): number {
  using socket = openOnLoopback('tcp://127.0.0.1:0')
  return socket.port
}

function source(address: string, port: number, rest = ''): string {
  return `[[ntp.source]]\naddress = "${address}"\nport = ${port}\ninterleaved = true\n${rest}poll = { min = "2s", max = "4s" }\n`
}

async function boxWithSources(sources: string): Promise<Box> {
  const box = await startBox({
    config: `[ntp]\nlisten = ["udp://127.0.0.1:0"]\nkeys = "ntp.keys"\n${sources}`,
    untilReady: false,
  })
  await box.until('ntp', 'ready', ({ state }) => state === 'ready')
  writeFileSync(join(box.folder, 'ntp.keys'), KEY, { mode: 0o600 })
  expect(box.lanward('reload').status).toBe(0)
  return box
}

describe('sources in the interleaved mode', () => {
  testWith(
    ['root', 'program chronyd', 'program openssl'],
    'are followed when chronyd serves them, plainly, with a key and with network time security',
    async () => {
      using certificates = new Certificates()
      certificates.issue('chronyd', { alternatives: 'DNS:localhost,IP:127.0.0.1' })
      const keyPort = freeTcpPort()
      await using chronyd = startChronyd((folder) => {
        writeFileSync(join(folder, 'keys'), KEY, { mode: 0o600 })
        return [
          'allow 127.0.0.0/8',
          'local stratum 4',
          `keyfile ${join(folder, 'keys')}`,
          `ntsservercert ${certificates.path('chronyd.pem')}`,
          `ntsserverkey ${certificates.path('chronyd.key')}`,
          `ntsport ${keyPort}`,
        ]
      })
      const nts = `nts = true\nnts_port = ${keyPort}\nnts_ca = "${certificates.path('ca.pem')}"\n`
      const { port } = chronyd
      await using box = await boxWithSources(
        source('127.0.0.1', port) + source('127.0.0.2', port, 'key = 1\n') + source('localhost', port, nts),
      )
      const found = await waitFor(
        'three that are interleaved',
        async () => {
          const all = await sourcesOf(box)
          return all.every(({ interleaved, error }) => interleaved && error === null) ? all : undefined
        },
        40_000,
      )
      expect(found.map(({ authentication }) => authentication)).toEqual(['none', 'key 1', 'nts'])
      for (const { offset_s } of found) expect(Math.abs(offset_s ?? 1)).toBeLessThan(0.05)
      await box.until('ntp', 'a source', ({ status }) => status?.includes('stratum 5 from') === true)
      // What chronyd counts as answered in this mode itself.
      expect(Number(chronyd.tell('serverstats').split(',')[8])).toBeGreaterThanOrEqual(3)
    },
  )

  testWith([], 'are followed when another box serves them, and plainly when they do not know the mode', async () => {
    const plain = createSocket('udp4')
    plain.on('message', (question, { port, address }) => {
      const answer = Buffer.alloc(48)
      answer.set([0x24, 2, 6, -20 & 0xff])
      question.copy(answer, 24, 40, 48)
      answer.writeUInt32BE(0x7f7f_0101, 12)
      const now = BigInt(Math.round((Date.now() / 1000 + 2_208_988_800) * 2 ** 20)) << 12n
      for (const at of [32, 40]) answer.writeBigUInt64BE(BigInt.asUintN(64, now), at)
      plain.send(answer, port, address)
    })
    plain.bind(0, '127.0.0.1')
    await once(plain, 'listening')
    await using server = await startBox({ config: '[ntp]\nlisten = ["udp://127.0.0.1:0"]\n' })
    await using box = await boxWithSources(
      source('127.0.0.1', await server.port('ntp', 'udp')) + source('127.0.0.1', plain.address().port),
    )
    const found = await waitFor(
      'several answers',
      async () => {
        const all = await sourcesOf(box)
        return all.every(({ reach }) => Number.parseInt(reach, 8) >= 7) && all[0]?.interleaved === true
          ? all
          : undefined
      },
      40_000,
    )
    plain.close()
    expect(found.map(({ interleaved, error }) => [interleaved, error])).toEqual([
      [true, null],
      [false, null],
    ])
    expect((await server.service('ntp')).counters['answered_interleaved']).toBeGreaterThan(0)
  })
})
