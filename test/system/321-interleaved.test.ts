import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect } from 'vitest'
import { startBox } from '../support/box.ts'
import { startChronydIn } from '../support/chronyd-in.ts'
import { testWith } from '../support/needs.ts'
import { makeLan, runIn } from '../support/network.ts'
import { waitFor } from '../support/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-interleaved-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const CONFIG = '[ntp]\nlisten = ["udp://192.168.50.1:123", "udp://[::1]:0"]\n'

describe('the interleaved mode', () => {
  testWith(
    ['namespaces', 'program chronyd', 'program chronyc', 'program ntpdig'],
    'is served to a chronyd that asks for it, by the kernel time of departure; others are served as before',
    async () => {
      using lan = makeLan('192.168.50.2/24')
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      const server = 'server 192.168.50.1 minpoll -4 maxpoll -4'
      {
        await using basic = startChronydIn(lan.client, folder, [server])
        const told = await basic.until('measurements', (fields) => Number(fields.get('Total good RX')) > 4)
        expect(told.get('Interleaved')).toBe('No')
      }
      expect((await box.service('ntp')).counters['answered_interleaved']).toBe(0)

      await using client = startChronydIn(lan.client, folder, [`${server} xleave`])
      const told = await client.until(
        'interleaved measurements',
        // One that was long on its way is good, and fails the tests of its delay.
        (fields) =>
          fields.get('Interleaved') === 'Yes' &&
          Number(fields.get('Total good RX')) > 20 &&
          fields.get('NTP tests') === '111 111 1111',
      )
      expect(told.get('TX timestamping')).toBe('Kernel')
      // The clocks are the same: what it measures beyond the time on the cable is our error.
      expect(Math.abs(Number.parseFloat(told.get('Offset') ?? ''))).toBeLessThan(0.001)
      const ntp = await box.until('ntp', 'the count', ({ counters }) => (counters['answered_interleaved'] ?? 0) > 10)
      expect(ntp).toMatchObject({ health: 'ok', restarts: 0, counters: { bug: 0 } })
      const [seen] = JSON.parse(box.lanward('time', '--json').stdout).clients
      expect(seen).toMatchObject({ interleaved: true, follows_us: null })
      expect(seen.rate_per_s).toBeGreaterThan(0.5)
      expect(seen.per_minute).toBeGreaterThan(20)
      expect(runIn(lan.client, ['ntpdig', '-p', '1', '192.168.50.1'])).toContain('s10')
    },
  )

  testWith(
    ['namespaces', 'program chronyd', 'program chronyc'],
    'a peer that has its time from us is told to follow us',
    async () => {
      using lan = makeLan('192.168.50.2/24')
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      await using _peer = startChronydIn(lan.client, folder, ['peer 192.168.50.1 minpoll -4 maxpoll -4'])
      const seen = await waitFor('a peer that follows us', () => {
        const [client] = JSON.parse(box.lanward('time', '--json').stdout).clients
        return client?.follows_us === true ? client : undefined
      })
      expect(seen).toMatchObject({ address: '192.168.50.2', stratum: 11, reference_id: '192.168.50.1' })
      expect(Math.abs(Date.parse(seen.reference_time) - Date.now())).toBeLessThan(60_000)
      expect(box.lanward('time').stdout).toMatch(/ us, stratum 11\n/)
    },
  )
})
