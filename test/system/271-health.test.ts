import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { numberOption } from '../../daemons/dhcp/message/message.ts'
import { OPTION } from '../../daemons/dhcp/message/option-code.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { formatIpv4 } from '../../daemons/wire/address.ts'
import type { ServiceReport } from '../../supervisor/control/control-protocol.ts'
import { RelayAgentClient } from '../dhcp/daemon-under-test.ts'
import { ALL_FOUR, type Box, startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'

/** Probes often; heartbeats do not matter. */
const BY_PROBE = 'watchdog = "1h"\nprobe_every = "100ms"'
const BY_HEARTBEAT = 'watchdog = "400ms"\nprobe_every = "1h"'
const NAMES = ['syslog', 'ntp', 'dhcp', 'http']

async function pidOf(box: Box, name: string): Promise<number> {
  const { pid } = await box.service(name)
  if (pid === null) throw new Error(`${name} does not run`)
  return pid
}

/** Resolves when that many probes after now have come back, each with the same result; gives the last look. */
async function afterProbes(box: Box, name: string, count: number, ok: boolean): Promise<ServiceReport> {
  let seen = 0
  let age = Number.POSITIVE_INFINITY
  return box.until(name, `${count} probes that are ${ok ? 'ok' : 'not ok'}`, ({ probe }) => {
    if (probe !== null && probe.age_s < age) seen = probe.ok === ok ? seen + 1 : 0
    age = probe?.age_s ?? age
    return seen > count
  })
}

describe('health', () => {
  test('a daemon that stands still is degraded in words by its probe, then restarted with the reason probe', async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: BY_PROBE })
    for (const name of NAMES) process.kill(await pidOf(box, name), 'SIGSTOP')
    await Promise.all(
      NAMES.map(async (name) => {
        const sick = await box.until(name, 'degraded', ({ health }) => health === 'degraded')
        expect(sick).toMatchObject({ state: 'ready', reason: 'probe: no answer in 2000 ms', restarts: 0 })
        expect(sick.probe).toMatchObject({ ok: false, latency_ms: null, error: 'no answer in 2000 ms' })
        const well = await box.until(name, 'well again', ({ restarts, health }) => restarts === 1 && health === 'ok')
        expect(well.last_exit).toMatchObject({ reason: 'probe', code: null })
        expect(well.last_exit?.gap_ms).toBeGreaterThan(0)
      }),
    )
    expect(box.lanward('why', 'ntp').stdout).toContain('did not answer its probe')
  })

  test('a daemon whose heartbeat stops is restarted with the reason watchdog', async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: BY_HEARTBEAT })
    process.kill(await pidOf(box, 'ntp'), 'SIGSTOP')
    const well = await box.until('ntp', 'a new life', ({ restarts, health }) => restarts === 1 && health === 'ok')
    expect(well.last_exit).toMatchObject({ reason: 'watchdog' })
    const others = (await box.status()).services.filter(({ name }) => name !== 'ntp')
    expect(others.map(({ restarts }) => restarts)).toEqual([0, 0, 0])
  })

  test('a wrong answer degrades as long as it is wrong, and restarts nothing', async () => {
    const config = ALL_FOUR.replace('10.77.1.0-10.77.250.255', '10.77.1.1-10.77.1.1')
    await using box = await startBox({ config, supervisor: BY_PROBE })
    const { pid } = await afterProbes(box, 'dhcp', 1, true)
    await using relay = await new RelayAgentClient(await box.port('dhcp', 'udp')).open()
    const client = { mac: '52:54:00:00:00:07', giaddr: '10.77.0.1', xid: 7 }
    const offer = await relay.exchange({ ...client, type: 'DISCOVER' })
    const server = formatIpv4(numberOption(offer, OPTION.serverIdentifier) ?? 0)
    const requested = formatIpv4(offer.yiaddr)
    await relay.exchange({ ...client, type: 'REQUEST', server, requested })
    const sick = await afterProbes(box, 'dhcp', 6, false)
    expect(sick).toMatchObject({ state: 'ready', health: 'degraded', pid, restarts: 0, last_exit: null })
    expect(sick.reason).toMatch(/^no address of 10\.77\.0\.0\/16 is free; probe: no address: /)
    expect(box.lanward('status').status).toBe(1)
    await relay.send({ ...client, type: 'RELEASE', ciaddr: requested, server })
    expect(await afterProbes(box, 'dhcp', 1, true)).toMatchObject({ health: 'ok', reason: null, pid, restarts: 0 })
  })

  test('what waits and what is lost in the sockets of a daemon that stands still is told', async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: 'watchdog = "1h"\nprobe_every = "1h"' })
    const ports = { ntp: await box.port('ntp', 'udp'), http: await box.port('http', 'tcp') }
    const pids = { ntp: await pidOf(box, 'ntp'), http: await pidOf(box, 'http') }
    for (const pid of Object.values(pids)) process.kill(pid, 'SIGSTOP')
    using sender = openOnLoopback('udp://127.0.0.1:0')
    for (let sent = 0; sent < 20; sent++)
      sendDatagram(sender.fd, new Uint8Array(48), { address: '127.0.0.1', port: ports.ntp })
    const clients = [connect(ports.http, '127.0.0.1'), connect(ports.http, '127.0.0.1')]
    await Promise.all(clients.map((client) => new Promise((resolve) => client.once('connect', resolve))))
    const [udp] = (await box.service('ntp')).sockets
    expect(udp).toMatchObject({ listen: `udp://127.0.0.1:${ports.ntp}`, dropped: 0, waiting: null })
    expect(udp?.queued_bytes).toBeGreaterThan(20 * 48)
    expect(udp?.buffer_bytes).toBeGreaterThan(100_000)
    expect((await box.service('http')).sockets[0]).toMatchObject({ queued_bytes: null, waiting: 2 })
    expect(box.lanward('status', 'http').stdout).toMatch(/socket: tcp:.* 2 of \d+ connections waiting/)
    for (const pid of Object.values(pids)) process.kill(pid, 'SIGCONT')
    for (const client of clients) client.destroy()
    await box.until('ntp', 'an empty socket', ({ sockets }) => sockets[0]?.queued_bytes === 0)
  })
})
