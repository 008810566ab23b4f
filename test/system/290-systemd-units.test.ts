import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LEAN_ENVIRONMENT } from '../../daemons/runtime/lean-memory.ts'
import { testWith } from '../support/needs.ts'
import { unitNames, unitText, unitValues } from '../support/unit-file.ts'

const CHECKOUT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')
const DAEMONS = ['syslog', 'ntp', 'dhcp', 'http']
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-units-'))
  for (const name of unitNames()) writeFileSync(join(folder, name), unitText(name, CHECKOUT))
})
afterEach(() => rmSync(folder, { recursive: true }))

function run(...words: string[]): { status: number | null; output: string } {
  const ran = spawnSync(words[0] ?? '', words.slice(1), { encoding: 'utf8', timeout: 30_000 })
  return { status: ran.status, output: `${ran.stdout}${ran.stderr}` }
}

describe('the units', () => {
  test('are one for the supervisor and one for each daemon', () => {
    expect(unitNames()).toEqual(
      expect.arrayContaining(['lanward.service', ...DAEMONS.map((name) => `lanward-${name}.service`)]),
    )
  })

  testWith(['program systemd-analyze'], 'hold nothing that systemd does not understand', () => {
    const files = unitNames().map((name) => join(folder, name))
    expect(run('systemd-analyze', 'verify', '--man=no', ...files)).toEqual({ status: 0, output: '' })
    writeFileSync(join(folder, 'lanward-ntp.service'), '[Service]\nExecStart=/nosuch\nNoSuchKey=yes\n')
    expect(run('systemd-analyze', 'verify', '--man=no', ...files).output).toContain('NoSuchKey')
  })

  testWith(['program systemd-analyze'], 'leave little exposed', () => {
    const exposure = (name: string): number => {
      const { output } = run('systemd-analyze', 'security', '--no-pager', '--offline=true', join(folder, name))
      return Number(/Overall exposure level for \S+ ([0-9.]+)/.exec(output)?.[1])
    }
    expect(exposure('lanward.service')).toBeLessThan(3.3)
    for (const name of DAEMONS) expect(exposure(`lanward-${name}.service`)).toBeLessThan(2)
  })

  test('give the daemons what the supervisor would give them', () => {
    const lean = Object.entries(LEAN_ENVIRONMENT).map(([name, value]) => `${name}=${value}`)
    for (const name of DAEMONS) {
      const words = unitValues(unitText(`lanward-${name}.service`), 'Environment').flatMap((value) => value.split(' '))
      expect(words).toEqual(expect.arrayContaining(lean))
    }
  })

  test('never forbid what Node needs to start, and say why', () => {
    for (const name of unitNames().filter((each) => each.endsWith('.service'))) {
      expect(unitValues(unitText(name), 'MemoryDenyWriteExecute')).toEqual([])
      expect(unitText(name)).toContain('# Not MemoryDenyWriteExecute: V8')
    }
  })

  test('of single daemons differ only where the daemons do', () => {
    const common = (name: string): string =>
      unitText(`lanward-${name}.service`)
        .replaceAll(name, 'NAME')
        .replace(/^Description=.*$/m, '')
    expect(common('http')).toBe(common('syslog'))
    const linesBeyond = (name: string, other: string): readonly string[] => {
      const known = new Set(common(other).split('\n'))
      return common(name)
        .split('\n')
        .filter((line) => !known.has(line) && !line.startsWith('#'))
    }
    // It reads how the kernel judges the clock; to set it would take a capability.
    expect(linesBeyond('ntp', 'syslog')).toEqual(['SystemCallFilter=adjtimex clock_adjtime'])
    expect(linesBeyond('syslog', 'ntp')).toEqual(['ProtectClock=yes'])
    expect(linesBeyond('dhcp', 'syslog')).toEqual([
      'Wants=network-online.target',
      'After=network-online.target',
      'AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_NET_RAW',
      'CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_NET_RAW',
      'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET',
    ])
  })
})

describe('the files for users and folders', () => {
  testWith(['root', 'program systemd-sysusers'], 'make the user that cannot log in', () => {
    mkdirSync(join(folder, 'etc'))
    const file = join(folder, 'lanward.conf')
    writeFileSync(file, unitText('lanward.sysusers.conf'))
    expect(run('systemd-sysusers', `--root=${folder}`, file).status).toBe(0)
    expect(readFileSync(join(folder, 'etc/passwd'), 'utf8')).toMatch(
      /^lanward:x:\d+:\d+:Lanward daemons:\/var\/lib\/lanward:\/usr\/sbin\/nologin$/m,
    )
  })

  testWith(['root', 'program systemd-tmpfiles'], 'make the two folders', () => {
    const file = join(folder, 'lanward.conf')
    writeFileSync(file, unitText('lanward.tmpfiles.conf'))
    expect(run('systemd-tmpfiles', '--create', `--root=${folder}`, file).status).toBe(0)
    for (const path of ['run/lanward', 'var/lib/lanward']) expect(statSync(join(folder, path)).mode & 0o777).toBe(0o755)
  })
})
