import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ALL_FOUR, type Box, descendants, startBox } from '../support/box.ts'
import { isGone } from '../support/process-state.ts'
import { waitFor } from '../support/wait-for.ts'

function pidOf(box: Box): number {
  if (box.supervisor.pid === undefined) throw new Error('no pid')
  return box.supervisor.pid
}

describe('a box', () => {
  test('starts all services and says so: exit 0, every field that programs rely on', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const report = await box.status()
    expect(report.supervisor).toMatchObject({ pid: pidOf(box), version: '0.1.0', config: box.config, health: 'ok' })
    expect(readFileSync(`/proc/${pidOf(box)}/comm`, 'utf8')).toBe('lanward\n')
    expect(report.services.map(({ name }) => name)).toEqual(['syslog', 'ntp', 'dhcp', 'http'])
    for (const service of report.services) {
      expect(service).toMatchObject({ state: 'ready', health: 'ok', restarts: 0, last_exit: null, next_retry_s: null })
      expect(service.probe).toMatchObject({ ok: true, error: null })
      expect(service.pid).toBeGreaterThan(1)
      expect(service.memory_bytes).toBeGreaterThan(1_000_000)
      expect(service.cpu_s).toBeGreaterThan(0)
      expect(service.listen.length).toBeGreaterThan(0)
    }
    const counters = Object.fromEntries(report.services.map(({ name, counters }) => [name, Object.keys(counters)]))
    expect(counters['syslog']).toEqual(
      expect.arrayContaining(['received', 'stored', 'dropped_kernel', 'rejected', 'forwarded']),
    )
    expect(counters['ntp']).toEqual(
      expect.arrayContaining(['received', 'answered', 'rate_limited', 'denied', 'malformed']),
    )
    expect(counters['dhcp']).toEqual(
      expect.arrayContaining(['discover', 'offer', 'request', 'ack', 'nak', 'decline', 'release', 'inform', 'dropped']),
    )
    expect(counters['http']).toEqual(expect.arrayContaining(['requests']))
    const asked = box.lanward('status', '--json')
    expect(asked.status).toBe(0)
    expect(JSON.parse(asked.stdout).services).toHaveLength(4)
  })

  test('stops everything at SIGINT and leaves neither process nor socket behind', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const family = descendants(pidOf(box))
    expect(family.length).toBeGreaterThanOrEqual(4)
    expect(await box.stop('SIGINT')).toBe(0)
    expect(readdirSync(join(box.folder, 'run'))).toEqual(['lanward.lock'])
    expect(family.filter((pid) => !isGone(pid))).toEqual([])
    expect(existsSync(join(box.folder, 'run/control.sock'))).toBe(false)
    expect(box.lanward('status').status).toBe(69)
  })

  test('keeps its control socket to itself', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    expect(statSync(join(box.folder, 'run/control.sock')).mode & 0o777).toBe(0o600)
  })

  test('refuses a second supervisor on the same folder, naming the first', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const second = box.lanward('up')
    expect(second.status).toBe(75)
    expect(second.stderr).toContain(String(pidOf(box)))
    expect(box.lanward('status').status).toBe(0)
  })

  test('takes its daemons along when it is killed, and starts again over the stale socket', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const family = descendants(pidOf(box))
    await box.stop('SIGKILL')
    await waitFor('the end of the orphans', () => family.every(isGone) || undefined)
    const again = spawn(process.execPath, ['supervisor/lanward.js', 'up', '--config', box.config], { stdio: 'ignore' })
    const ended = once(again, 'exit')
    await waitFor('its answer', async () => {
      const report = await box.status().catch(() => undefined)
      return report?.supervisor.pid === again.pid || undefined
    })
    again.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })

  test('stop, start and restart reach their state before they return', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const before = await box.service('ntp')
    expect(box.lanward('stop', 'ntp').status).toBe(0)
    expect(await box.service('ntp')).toMatchObject({ state: 'stopped', pid: null })
    expect(box.lanward('status').status).toBe(1)
    expect(box.lanward('start', 'ntp').status).toBe(0)
    expect((await box.service('ntp')).state).toBe('ready')
    expect(box.lanward('restart', 'ntp').status).toBe(0)
    const after = await box.service('ntp')
    expect(after.state).toBe('ready')
    expect(after.pid).not.toBe(before.pid)
    expect(after.last_exit?.reason).toBe('asked')
    expect(box.lanward('restart', 'nosuch').status).not.toBe(0)
  })
})
