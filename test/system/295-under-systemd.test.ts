import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import type { StatusReport } from '../../supervisor/control/control-protocol.ts'
import { testWith } from '../support/needs.ts'
import { INSIDE, SystemdHost } from '../support/systemd-host.ts'
import { unitNames, unitText } from '../support/unit-file.ts'
import { waitFor } from '../support/wait-for.ts'

const CONFIG = '/etc/lanward/lanward.toml'
const LANWARD = `${INSIDE}/supervisor/lanward.js`
const GROUP = '/sys/fs/cgroup/system.slice/lanward.service'
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-systemd-'))
  mkdirSync(join(folder, 'units'))
  for (const name of unitNames()) {
    writeFileSync(join(folder, 'units', name), unitText(name, INSIDE))
    // The little world has no targets that a whole system reaches first.
    mkdirSync(join(folder, 'units', `${name}.d`))
    writeFileSync(join(folder, 'units', `${name}.d/test.conf`), '[Unit]\nDefaultDependencies=no\nWants=\nAfter=\n')
  }
  writeFileSync(join(folder, 'units/lanward.service.d/test.conf'), '[Service]\nWatchdogSec=2s\n', { flag: 'a' })
  writeFileSync(
    join(folder, 'lanward.toml'),
    readFileSync(new URL('../../config/lanward.toml', import.meta.url), 'utf8'),
  )
})
afterEach(() => rmSync(folder, { recursive: true }))

function change(host: SystemdHost, from: string, to: string): void {
  expect(host.run('sed', '-i', `s/${from}/${to}/`, CONFIG).status).toBe(0)
}

describe('under systemd as init', () => {
  testWith(
    ['systemd as init'],
    'the supervisor does all its duties in its sandbox, and outlives its own death',
    async () => {
      await using host = await SystemdHost.boot(folder)
      const status = (): StatusReport =>
        JSON.parse(host.run(LANWARD, 'status', '--json', '--config', CONFIG).stdout || '{"services":[]}')
      const mainPid = (): string => host.property('lanward.service', 'MainPID')

      expect(host.run('systemctl', 'start', 'lanward')).toMatchObject({ status: 0 })
      expect(host.property('lanward.service', 'StatusText')).toBe('4 of 4 services are ready')
      const all = await waitFor('probes', () => {
        const report = status()
        return report.services.length === 4 && report.services.every(({ health }) => health === 'ok')
          ? report
          : undefined
      })
      expect(all.services.find(({ name }) => name === 'dhcp')?.listen).toEqual([
        'udp://0.0.0.0%eth1:67',
        'packet://eth1',
      ])
      expect(all.supervisor).toMatchObject({ kill_scope: 'cgroup', limits: [] })
      for (const { pid, memory_bytes, processes } of all.services) {
        expect(memory_bytes).toBeGreaterThan(1_000_000)
        expect(processes).toBe(1)
        const rights = host.run('cat', `/proc/${pid}/status`).stdout
        expect(rights).not.toMatch(/^Uid:\t0\b/m)
        expect(rights).toMatch(/^CapPrm:\t0+$/m)
        expect(rights).toMatch(/^Seccomp:\t2$/m)
        expect(host.run('cat', `/proc/${pid}/cgroup`).stdout).toMatch(/\/lanward\.service\/lanward-\d+\/./)
      }

      // What the kernel says of its clock is heard, though nobody here may set it.
      const { clock } = JSON.parse(host.run(LANWARD, 'time', '--json', '--config', CONFIG).stdout)
      expect(clock.kept_by).toMatch(/^(nobody|another program)$/)

      const inSandbox = (...words: string[]): string =>
        host.run('nsenter', '--mount', '--target', mainPid(), ...words).stderr
      expect(inSandbox('mkdir', `${GROUP}/mine`)).toBe('')
      expect(inSandbox('rmdir', `${GROUP}/mine`)).toBe('')
      expect(inSandbox('mkdir', '/sys/fs/cgroup/mine')).toContain('Read-only')
      expect(inSandbox('touch', '/etc/mine')).toContain('Read-only')

      expect(host.run('systemctl', 'reload', 'lanward').status).toBe(0)
      change(host, 'local_stratum = 10', 'local_stratum = 99')
      expect(host.run('systemctl', 'reload', 'lanward').status).not.toBe(0)
      change(host, 'local_stratum = 99', 'local_stratum = 10')
      expect(host.property('lanward.service', 'ActiveState')).toBe('active')

      const pids = (): readonly (number | null)[] => status().services.map(({ pid }) => pid)
      const [before, leader] = [pids(), mainPid()]
      expect(host.run(LANWARD, 'reexec', '--config', CONFIG)).toMatchObject({ status: 0 })
      expect({ pids: pids(), leader: mainPid() }).toEqual({ pids: before, leader })
      await waitFor('systemd to know', () => host.property('lanward.service', 'ActiveState') === 'active' || undefined)
      expect(host.property('lanward.service', 'NRestarts')).toBe('0')

      const first = mainPid()
      host.run('sh', '-c', `kill -STOP ${first}`)
      await waitFor('the watchdog', () => (mainPid() !== first && mainPid() !== '0' ? true : undefined))
      await waitFor('all services again', () => status().services.length === 4 || undefined)
      expect(host.property('lanward.service', 'NRestarts')).toBe('1')

      expect(host.run('systemctl', 'stop', 'lanward').status).toBe(0)
      expect(host.property('lanward.service', 'Result')).toBe('success')
      expect(host.run('find', '/proc', '-maxdepth', '1', '-user', 'lanward').stdout).toBe('')
    },
  )

  testWith(
    ['systemd as init'],
    'each daemon alone is ready, is restarted with its sockets, and rests on a wrong configuration',
    async () => {
      await using host = await SystemdHost.boot(folder)
      const units = ['syslog', 'ntp', 'dhcp', 'http'].map((name) => `lanward-${name}.service`)
      expect(host.run('systemctl', 'start', ...units)).toMatchObject({ status: 0, stderr: '' })
      for (const unit of units) {
        expect(host.property(unit, 'StatusText')).not.toBe('')
        host.run('systemctl', 'kill', '--signal=KILL', unit)
      }
      for (const unit of units) {
        await waitFor(`${unit} again`, () => host.property(unit, 'NRestarts') === '1' || undefined)
        await waitFor(`${unit} ready`, () => host.property(unit, 'ActiveState') === 'active' || undefined)
      }
      expect(host.run('cat', '/proc/net/udp').stdout).toContain(':007B ')

      change(host, 'local_stratum = 10', 'local_stratum = 4')
      expect(host.run('systemctl', 'reload', 'lanward-ntp').status).toBe(0)
      await waitFor('the new stratum', () => /stratum 4/.test(host.property('lanward-ntp', 'StatusText')) || undefined)
      change(host, 'local_stratum = 4', 'local_stratum = 99')
      expect(host.run('systemctl', 'reload', 'lanward-ntp').status).not.toBe(0)
      expect(host.property('lanward-ntp', 'ActiveState')).toBe('active')
      expect(host.run('systemctl', 'restart', 'lanward-ntp').status).not.toBe(0)
      expect(host.property('lanward-ntp', 'ExecMainStatus')).toBe('78')
      expect(host.property('lanward-ntp', 'ActiveState')).toBe('failed')

      expect(host.run('systemctl', 'stop', ...units).status).toBe(0)
      for (const unit of units.filter((each) => !each.includes('ntp')))
        expect(host.property(unit, 'ExecMainStatus')).toBe('0')
    },
  )
})
