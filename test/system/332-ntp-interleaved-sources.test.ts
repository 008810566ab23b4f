import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { timeReport } from '../support/ask-time.ts'
import { type Box, startBox } from '../support/box.ts'
import { Certificates } from '../support/certificates.ts'
import { startChronyd } from '../support/chronyd.ts'
import { freePort } from '../support/free-port.ts'
import { testWith } from '../support/needs.ts'
import { startTimeServer } from '../support/time-server.ts'
import { waitFor } from '../support/wait-for.ts'

const KEY = '1 SHA256 HEX:00112233445566778899aabbccddeeff\n'

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
      const keyPort = freePort()
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
      const found = await waitFor('three that are interleaved', async () => {
        const { sources: all } = await timeReport(box)
        return all.every(({ interleaved, error }) => interleaved && error === null) ? all : undefined
      })
      expect(found.map(({ authentication }) => authentication)).toEqual(['none', 'key 1', 'nts'])
      for (const { offset_s } of found) expect(Math.abs(offset_s ?? 1)).toBeLessThan(0.05)
      await box.until('ntp', 'a source', ({ status }) => status?.includes('stratum 5 from') === true)
      // What chronyd counts as answered in this mode itself.
      expect(Number(chronyd.tell('serverstats').split(',')[8])).toBeGreaterThanOrEqual(3)
    },
  )

  testWith([], 'are followed when another box serves them, and plainly when they do not know the mode', async () => {
    using plain = await startTimeServer()
    await using server = await startBox({ config: '[ntp]\nlisten = ["udp://127.0.0.1:0"]\n' })
    await using box = await boxWithSources(
      source('127.0.0.1', await server.port('ntp', 'udp')) + source('127.0.0.1', plain.port),
    )
    const found = await waitFor('several answers', async () => {
      const { sources: all } = await timeReport(box)
      const isHeard = all.every(({ reach, error }) => (Number.parseInt(reach, 8) & 7) === 7 && error === null)
      return isHeard && all[0]?.interleaved === true ? all : undefined
    })
    expect(found.map(({ interleaved }) => interleaved)).toEqual([true, false])
    expect((await server.service('ntp')).counters['answered_interleaved']).toBeGreaterThan(0)
  })
})
