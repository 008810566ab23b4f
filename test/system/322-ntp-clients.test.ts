import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect } from 'vitest'
import { startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { makeLan, runIn } from '../support/network.ts'
import { askByNtpdate, OpenNtpd } from '../support/ntp-clients.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-ntp-clients-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const CONFIG = '[ntp]\nlisten = ["udp://0.0.0.0:123", "udp://[::]:123"]\n'

describe('clients of the time', () => {
  testWith(
    ['namespaces', 'program ntpdig', 'ntpdate'],
    'ntpdate and ntpdig get it, and what their requests carry is told, by the name that the log knows them by',
    async () => {
      using lan = makeLan('192.168.50.2/24')
      const config = `${CONFIG}[syslog]\nlisten = ["udp://0.0.0.0:514"]\n`
      await using box = await startBox({ config, namespace: lan.server })
      for (const said of [
        askByNtpdate(lan.client, '192.168.50.1'),
        runIn(lan.client, ['ntpdig', '-p', '1', '192.168.50.1']),
      ]) {
        expect(said).toContain('192.168.50.1 s10 no-leap')
        expect(Math.abs(Number(/ ([+-][\d.]+) \+\/-/.exec(said)?.[1]))).toBeLessThan(0.1)
      }
      runIn(lan.client, ['bash', '-c', "echo -n '<13>1 - cam-3 - - - - Hello' > /dev/udp/192.168.50.1/514"])
      await box.until('syslog', 'the message', ({ counters }) => counters['stored'] === 1)
      const { clients } = JSON.parse(box.lanward('time', '--json').stdout)
      expect(clients).toMatchObject([
        {
          ...{ address: '192.168.50.2', name: 'cam-3', name_source: 'syslog' },
          ...{ requests: 2, version: 4, refused: null },
        },
      ])
    },
  )

  testWith(
    ['namespaces', 'OpenNTPD'],
    'OpenNTPD finds the server valid and follows it',
    async () => {
      using lan = makeLan('192.168.50.2/24')
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      await using client = new OpenNtpd(lan.client, folder, '192.168.50.1')
      await client.says(/peer 192\.168\.50\.1 now valid/)
      const { clients } = JSON.parse(box.lanward('time', '--json').stdout)
      expect(clients).toMatchObject([{ address: '192.168.50.2', clock: 'nonce', error_s: null }])
      expect(client.said).not.toMatch(/reply from 192\.168\.50\.1: not synced/)
    },
    180_000,
  )
})
