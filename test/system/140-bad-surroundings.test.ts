import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { ALL_FOUR, startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { testWith } from '../support/needs.ts'
import { ip, makeLan, setKernel } from '../support/network.ts'

describe('bad surroundings', () => {
  testWith(
    ['namespaces'],
    'a machine without IPv6 serves on IPv4, and an address that comes later is served then',
    async () => {
      using lan = makeLan()
      setKernel(lan.server, 'net/ipv6/conf/all/disable_ipv6', 1)
      const config = ALL_FOUR.replace('[ntp]\nlisten = [', '[ntp]\nlisten = ["udp://192.168.50.9:0", ')
      await using box = await startBox({ config, namespace: lan.server, untilReady: false })
      const ntp = await box.until('ntp', 'degraded', ({ health }) => health === 'degraded')
      expect(ntp.reason).toBe('cannot open udp://192.168.50.9:0: this machine does not have the address (now)')
      await box.until('syslog', 'ok', ({ health }) => health === 'ok')
      expect((await box.status()).supervisor.limits.join()).toContain('no IPv6')
      ip('-n', lan.server, 'address', 'add', '192.168.50.9/32', 'dev', 'lan0')
      await box.until('ntp', 'ok', ({ health }) => health === 'ok')
      expect(await box.port('ntp', 'udp', '192.168.50.9')).toBeGreaterThan(0)
      expect(box.lanward('status').status).toBe(0)
    },
  )

  test('a taken port parks that service with the name of the holder; the others run', async () => {
    using taken = openOnLoopback('udp://127.0.0.1:0')
    const config = ALL_FOUR.replace(
      '[ntp]\nlisten = ["udp://127.0.0.1:0", "udp://[::1]:0"]',
      `[ntp]\nlisten = ["udp://127.0.0.1:${taken.port}"]`,
    )
    await using box = await startBox({ config, untilReady: false })
    const ntp = await box.until('ntp', 'parked', ({ state }) => state === 'parked')
    expect(ntp.health).toBe('failing')
    expect(ntp.reason).toContain(`pid ${process.pid}`)
    expect(ntp.next_retry_s).toBeGreaterThan(0)
    await box.until('http', 'ready', ({ state, health }) => state === 'ready' && health === 'ok')
    const why = box.lanward('why', 'ntp')
    expect(why.stdout).toContain(`pid ${process.pid}`)
    expect(box.lanward('status').status).toBe(1)
  })

  test('a wrong configuration is named by file and line, and nothing starts', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    writeFileSync(box.config, `${readFileSync(box.config, 'utf8')}\n[ntpp]\nlisten = 5\n`)
    const line = readFileSync(box.config, 'utf8').split('\n').indexOf('[ntpp]') + 1
    for (const command of ['check', 'up']) {
      const run = box.lanward(command)
      expect(run.status).toBe(78)
      expect(`${run.stdout}${run.stderr}`).toContain(`${box.config}:${line}: ntpp: `)
      expect(`${run.stdout}${run.stderr}`).toContain('"ntp"')
    }
    // The running box refuses it too, and goes on with what it has.
    expect(box.lanward('reload').status).toBe(78)
    expect(box.lanward('status').status).toBe(0)
  })

  test('malformed packets are counted under a name by each daemon, and none of them restarts', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const socket = createSocket('udp4')
    const pause = new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    await pause
    for (const name of ['ntp', 'dhcp', 'syslog']) {
      const port = await box.port(name, 'udp')
      for (const bytes of ['', 'x', '\u0000'.repeat(47), '\u00ff'.repeat(300), '<999>', '\u0001'.repeat(1400)]) {
        await new Promise<void>((resolve, reject) =>
          socket.send(Buffer.from(bytes, 'latin1'), port, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
        )
      }
    }
    const http = connect(await box.port('http', 'tcp'), '127.0.0.1')
    http.end('\u0000\u0001 nonsense\r\n\r\n')
    http.resume()
    await once(http, 'close')
    const ntp = await box.until('ntp', 'six counted', ({ counters }) => (counters['received'] ?? 0) >= 6)
    expect(ntp.counters).toMatchObject({ answered: 0 })
    expect(ntp.counters['malformed']).toBeGreaterThan(0)
    const dhcp = await box.until('dhcp', 'six counted', ({ counters }) => (counters['received'] ?? 0) >= 6)
    expect(
      Object.entries(dhcp.counters).filter(([key, count]) => key.startsWith('malformed') && count > 0),
    ).not.toEqual([])
    expect(dhcp.counters['offer']).toBe(0)
    const syslog = await box.until('syslog', 'six counted', ({ counters }) => (counters['received'] ?? 0) >= 6)
    expect((syslog.counters['stored'] ?? 0) + (syslog.counters['rejected'] ?? 0)).toBe(syslog.counters['received'])
    const report = await box.status()
    expect(report.services.map(({ restarts }) => restarts)).toEqual([0, 0, 0, 0])
    socket.close()
  })
})
