import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { checkConfig } from '../../config/load-config.ts'
import { gatherFacts } from '../../supervisor/doctor/gather-facts.ts'
import { findPortHolder, trySocket } from '../../supervisor/doctor/machine-calls.ts'
import { seeFiles } from '../../supervisor/doctor/see-files.ts'
import { fileSystemOf, seeFolders } from '../../supervisor/doctor/see-folders.ts'
import { seeLocalLog } from '../../supervisor/doctor/see-local-log.ts'
import { seeDescriptors, seeMemory } from '../../supervisor/doctor/see-memory.ts'
import { readUfwRules, seeFirewall, seeInterfaces } from '../../supervisor/doctor/see-network.ts'
import { seePrograms } from '../../supervisor/doctor/see-programs.ts'
import { seeSecrets } from '../../supervisor/doctor/see-secrets.ts'
import { seeSockets } from '../../supervisor/doctor/see-sockets.ts'
import { findObstacle } from '../../supervisor/doctor/see-users.ts'
import type { ServiceSpec } from '../../supervisor/spec/spec.ts'
import { serviceReport, socketReport, statusReport } from '../cli/reports.ts'
import { childSpec, shellSpec, socketSpec } from '../supervisor/open-fleet.ts'
import { Certificates } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { listenUrl, openOnLoopback } from '../support/loopback.ts'
import { testWith } from '../support/needs.ts'

const made: string[] = []
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true })
})

/** A folder with these files; a value that begins with `->` is a symbolic link. */
function tree(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-seen-'))
  made.push(folder)
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    if (text.startsWith('->')) symlinkSync(text.slice(2), path)
    else writeFileSync(path, text)
  }
  return folder
}

/** `/proc` with chronyd in its unit (812), a script of Python (900) and a child of 500 (501). */
const ROW = '00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0'
const proc = tree({
  'net/udp': `head\n 1: 00000000:007B ${ROW} 71 2 0 0\n 2: 00000000:0202 ${ROW} 72 2 0 0\n 3: 00000000:0043 ${ROW} 73 2 0 0\n`,
  'net/unix': 'head\n0: 2 0 0 2 01 74 /run/systemd/journal/dev-log\n',
  '812/fd/4': '->socket:[71]',
  '812/exe': '->/usr/sbin/chronyd',
  '812/cgroup': '0::/system.slice/chrony.service\n',
  '900/fd/4': '->socket:[72]',
  '900/exe': '->/usr/bin/python3.11',
  '900/cmdline': `python3\0/opt/collect.py\0${'--long'.repeat(20)}\0`,
  '900/cgroup': '0::/user.slice/user-1000.slice/session-3.scope\n',
  '501/fd/4': '->socket:[73]',
  '501/exe': '->/usr/bin/node',
  '501/stat': '501 (a ) b) S 500 501 501 0',
  '1/fd/9': '->socket:[74]',
  '1/exe': '->/usr/lib/systemd/systemd',
})

function specOf(...texts: string[]): readonly ServiceSpec[] {
  return [childSpec('ntp', 'says-ready.ts', { sockets: texts.map((text) => socketSpec(text)) })]
}

const REFUSING = { trySocket: () => ({ code: 'EADDRINUSE', message: 'in use' }), findPortHolder }

describe('seeSockets', () => {
  test.each([
    ['udp://0.0.0.0:123', { pid: 812, name: 'chronyd', unit: 'chrony.service', script: null, own: false }],
    [
      'udp://0.0.0.0:514',
      {
        pid: 900,
        name: 'python3.11',
        unit: null,
        script: expect.stringMatching(/^\/opt\/collect\.py --long.*…$/),
        own: false,
      },
    ],
    ['udp://0.0.0.0:67', { pid: 501, name: 'node', script: null, own: true }],
    ['udp://0.0.0.0:9', null],
  ])('tells who has %s', (text, holder) => {
    const report = statusReport(serviceReport())
    const ours = { ...report, supervisor: { ...report.supervisor, pid: 500 } }
    const [fact] = seeSockets(specOf(text), ours, REFUSING, proc)
    if (holder === null) expect(fact?.holder).toBeNull()
    else expect(fact?.holder).toMatchObject(holder)
  })

  test('asks nothing of the kernel about a socket that the running supervisor holds', () => {
    const report = statusReport(serviceReport({ sockets: [socketReport({ listen: 'udp://[::1]:5' })] }))
    const tried: string[] = []
    const facts = seeSockets(specOf('udp://[::1]:5', 'udp://[::1]:6'), report, {
      findPortHolder,
      trySocket: (url) => {
        tried.push('port' in url ? String(url.port) : '')
        return 'free'
      },
    })
    expect(tried).toEqual(['6'])
    expect(facts.map(({ holder }) => holder?.own ?? null)).toEqual([true, null])
  })

  test('leaves the door of the probes out, and tries nothing where no system calls can be made', () => {
    const [spec] = specOf('udp://127.0.0.1:0')
    const door = { ...socketSpec('udp://127.0.0.1:0'), probeOnly: true }
    const specs = spec === undefined ? [] : [{ ...spec, sockets: [...spec.sockets, door] }]
    expect(seeSockets(specs, null, null)).toMatchObject([{ trial: 'untried', holder: null }])
  })

  test('finds who is bound to the path of a unix socket', () => {
    const [fact] = seeSockets(specOf('unix:///run/systemd/journal/dev-log'), null, { trySocket, findPortHolder }, proc)
    expect(fact).toMatchObject({ trial: 'untried', holder: { pid: 1, name: 'systemd', own: false } })
  })
})

test('trySocket says free, or the refusal of the kernel, and keeps nothing open', () => {
  using taken = openOnLoopback('udp://127.0.0.1:0')
  expect(trySocket(taken.url)).toMatchObject({ code: 'EADDRINUSE' })
  expect(trySocket(listenUrl('udp://192.0.2.77:9'))).toMatchObject({ code: 'EADDRNOTAVAIL' })
  const free = listenUrl(`tcp://127.0.0.1:${freePort()}`)
  expect([trySocket(free), trySocket(free)]).toEqual(['free', 'free'])
})

describe('findObstacle', () => {
  const user = { name: 'lanward', uid: 900, gid: 901, home: '/' }
  const door = (mode: number, uid = 0, gid = 0, isFolder = true) => [{ path: '/x', uid, gid, mode, isFolder }]
  test.each([
    ['a folder open to all', door(0o40755), null],
    ['a folder of root', door(0o40700), '/x'],
    ['a folder that may be passed but not listed', door(0o40711), null],
    ['a folder of its own', door(0o40700, 900), null],
    ['a folder of its group', door(0o40750, 0, 901), null],
    ['a folder open to others but not to its group', door(0o40705, 0, 901), '/x'],
    ['a file that only root reads', door(0o100600, 0, 0, false), '/x'],
    ['a file for all', door(0o100644, 0, 0, false), null],
  ])('%s', (_, doors, want) => expect(findObstacle(doors, user)).toBe(want))

  test('nothing stops root', () => expect(findObstacle(door(0o40000), { ...user, uid: 0 })).toBeNull())
})

describe('seeFolders', () => {
  const state = tree({
    'syslog/segments/a.ndjson': 'x'.repeat(1000),
    'dhcp/leases.sqlite': 'y',
    '.compile-cache/z': 'z',
  })
  const later = new Date(Date.UTC(2030, 0, 1))
  utimesSync(join(state, 'dhcp/leases.sqlite'), later, later)
  utimesSync(join(state, '.compile-cache/z'), new Date(Date.UTC(2040, 0, 1)), new Date(Date.UTC(2040, 0, 1)))

  test('finds the newest file of state, the size of the store, and the room', () => {
    const { folders, newest } = seeFolders(state, join(state, 'not/yet'))
    expect(newest).toEqual({ path: join(state, 'dhcp/leases.sqlite'), atMs: later.getTime() })
    expect(folders).toMatchObject({ storedBytes: 1000, unwritable: [] })
    expect(folders.state).toMatchObject({ path: state, exists: true, writable: true })
    expect(folders.state.freeBytes).toBeGreaterThan(0)
    expect(folders.run).toMatchObject({ path: join(state, 'not/yet'), exists: false, writable: true })
  })

  test('sees nothing in a folder that is not there', () => {
    expect(seeFolders(join(state, 'nowhere'), state)).toMatchObject({ newest: null, folders: { storedBytes: 0 } })
  })

  const MOUNTS = [
    '/dev/sda1 / ext4 rw',
    'tmpfs /run tmpfs rw',
    'nas:/x /mnt/my\\040nas nfs4 rw',
    'none /run ramfs rw',
  ].join('\n')
  test.each([
    ['/var/lib', 'ext4'],
    ['/run', 'ramfs'],
    ['/run/lanward', 'ramfs'],
    ['/running', 'ext4'],
    ['/mnt/my nas/logs', 'nfs4'],
  ])('%s lies on %s', (path, want) => expect(fileSystemOf(path, MOUNTS)).toBe(want))
})

test('seePrograms looks for the programs of others as they would be started', () => {
  const specs = [
    shellSpec('a', 'true'),
    childSpec('b', '', { command: ['sh'] }),
    childSpec('c', '', { command: ['nosuch'] }),
  ]
  const own = { ...childSpec('d', '', { command: ['nosuch'] }), own: true }
  expect(seePrograms([...specs, own], '/nowhere:/bin', () => null)).toEqual([
    { service: 'a', error: null },
    { service: 'b', error: null },
    { service: 'c', error: 'cannot start nosuch: no such program, or not executable' },
  ])
})

test('seePrograms looks with the eyes of the user that a program is started as', () => {
  const folder = tree({ 'private/tool': '#!/bin/sh\n' })
  const hidden = join(folder, 'private')
  chmodSync(folder, 0o755)
  chmodSync(join(hidden, 'tool'), 0o755)
  const { gid } = statSync(hidden)
  const spec = { ...childSpec('a', '', { command: ['tool'] }), user: 'anna' }
  const see = (groups: readonly number[]) =>
    seePrograms([spec], hidden, () => ({ name: 'anna', uid: 60_001, gid: 60_001, home: '/', groups }))[0]?.error
  chmodSync(hidden, 0o750)
  expect(see([])).toBe(`the user anna cannot run ${join(hidden, 'tool')}: ${hidden} is closed to it`)
  expect(see([gid])).toBeNull()
  chmodSync(hidden, 0o755)
  expect(see([])).toBeNull()
  chmodSync(join(hidden, 'tool'), 0o744)
  expect(see([])).toBe(`the user anna cannot run ${join(hidden, 'tool')}`)
})

describe('seeMemory', () => {
  const meminfo = 'MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  600 kB\nSwapTotal:  100 kB\nSwapFree:  40 kB\n'

  test('reads the machine, the group and the supervisor', () => {
    const seen = tree({
      meminfo,
      vmstat: 'pgfault 7\noom_kill 3\n',
      'pressure/memory':
        'some avg10=1.00 avg60=12.50 avg300=0.00 total=1\nfull avg10=0.00 avg60=1.00 avg300=0.00 total=1\n',
      'self/cgroup': '0::/a/b\n',
      '77/oom_score_adj': '200\n',
    })
    const groups = tree({
      'a/b/memory.max': '5000\n',
      'a/b/memory.current': '4000\n',
      'a/b/memory.stat': 'anon 1\ninactive_file 500\n',
    })
    expect(seeMemory(77, seen, groups)).toEqual({
      totalBytes: 1_024_000,
      availableBytes: 614_400,
      swapTotalBytes: 102_400,
      swapFreeBytes: 40_960,
      groupFreeBytes: 1500,
      pressure: 12.5,
      kills: 3,
      oomScore: 200,
    })
  })

  test('a group without a limit, or an old kernel, is no limit', () => {
    const seen = tree({ meminfo, 'self/cgroup': '0::/\n' })
    const unlimited = tree({ 'memory.max': 'max\n', 'memory.current': '4000\n' })
    expect(seeMemory(null, seen, unlimited)).toMatchObject({
      groupFreeBytes: null,
      pressure: null,
      kills: 0,
      oomScore: null,
    })
  })

  test('seeDescriptors reads the machine and the supervisor', () => {
    const limits =
      'Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 4096                 files\n'
    const seen = tree({ 'sys/fs/file-nr': '2000\t0\t9223372036854775807\n', '77/limits': limits })
    expect(seeDescriptors(9, 77, seen)).toEqual({
      limit: 9,
      supervisorLimit: 1024,
      openOnMachine: 2000,
      maxOnMachine: Number('9223372036854775807'),
    })
    expect(seeDescriptors(null, null, tree({}))).toMatchObject({
      limit: null,
      supervisorLimit: null,
      openOnMachine: null,
    })
  })
})

test('seeInterfaces sees those that are down or have no address too', () => {
  const folder = tree({
    'eth0/flags': '0x1003\n',
    'eth0/carrier': '1\n',
    'eth1/flags': '0x1002\n',
    'eth2/flags': '0x1003\n',
    'eth2/carrier': '0\n',
  })
  const address = { address: '10.0.0.1', netmask: '', mac: '', internal: false, cidr: null, family: 'IPv4' } as const
  const byName = new Map(seeInterfaces(folder, { eth0: [address] }).map((one) => [one.name, one]))
  expect(byName.get('eth0')).toEqual({ name: 'eth0', up: true, carrier: true, ipv4: ['10.0.0.1'], ipv6: [] })
  expect(byName.get('eth1')).toMatchObject({ up: false, ipv4: [] })
  expect(byName.get('eth2')).toMatchObject({ up: true, carrier: false })
})

describe('seeFirewall', () => {
  const rules = [
    '### tuple ### allow udp 514 0.0.0.0/0 any 0.0.0.0/0 in',
    '-A ufw-user-input -p udp --dport 514 -j ACCEPT',
    '### tuple ### limit any 22 0.0.0.0/0 any 192.168.50.0/24 in',
    '### tuple ### allow tcp 80,443 0.0.0.0/0 any 0.0.0.0/0 in comment=77',
    '### tuple ### allow udp 67:69 0.0.0.0/0 any 0.0.0.0/0 in_eth1',
    '### tuple ### deny tcp 25 0.0.0.0/0 any 0.0.0.0/0 in',
    '### tuple ### allow tcp 99 0.0.0.0/0 any 0.0.0.0/0 out',
  ].join('\n')

  test('reads what ufw lets in', () => {
    const open = ['udp/514', 'any/22', 'tcp/80', 'tcp/443', 'udp/67', 'udp/68', 'udp/69']
    expect(readUfwRules(rules)).toEqual(open)
    const etc = tree({ 'ufw/ufw.conf': '# x\nENABLED=yes\nLOGLEVEL=low\n', 'ufw/user.rules': rules })
    expect(seeFirewall(etc, tree({}))).toEqual({ program: 'ufw', open })
    expect(seeFirewall(tree({ 'ufw/ufw.conf': 'ENABLED=yes\n' }), tree({}))).toEqual({ program: 'ufw', open: null })
  })

  test('finds firewalld by its process, and else none', () => {
    expect(seeFirewall(tree({}), tree({ '9/comm': 'firewalld\n' }))).toEqual({ program: 'firewalld', open: null })
    expect(seeFirewall(tree({ 'ufw/ufw.conf': 'ENABLED=no\n' }), tree({ '9/comm': 'bash\n' })).program).toBeNull()
  })
})

test('seeLocalLog follows /dev/log to its owner', () => {
  const dev = tree({ journal: '', log: '->journal' })
  expect(seeLocalLog(REFUSING, join(dev, 'log'), proc)).toEqual({ target: join(dev, 'journal'), holder: null })
  expect(seeLocalLog(REFUSING, join(dev, 'none'), proc)).toEqual({ target: null, holder: null })
})

test('gatherFacts sees this very machine, with the configuration right or wrong', async () => {
  const folder = tree({})
  const file = join(folder, 'f.toml')
  const text = 'state_dir = "s"\nrun_dir = "r"\n[ntp]\nlisten = ["udp://127.0.0.1:0"]\n'
  const parts = { file, runDir: join(folder, 'r'), installed: '0.1.0', nowMs: 5, searchPath: '/bin' }
  const facts = await gatherFacts({ ...parts, loaded: checkConfig(text, file, '') })
  expect(facts).toMatchObject({
    runtime: { version: process.versions.node, systemCallError: null },
    configuration: { kind: 'ok' },
    supervisor: { kind: 'absent' },
    rights: { uid: process.getuid?.() },
    sockets: [{ service: 'ntp', trial: 'free' }],
    clock: { nowMs: 5 },
  })
  expect(facts.kernel.grantedBytes).toBeGreaterThan(0)
  expect(facts.memory.availableBytes).toBeGreaterThan(0)
  expect(facts.interfaces.map(({ name }) => name)).toContain('lo')
  const wrong = await gatherFacts({ ...parts, runDir: null, loaded: checkConfig('x = 1', file, '') })
  expect(wrong).toMatchObject({ configuration: { kind: 'wrong' }, sockets: [], folders: null })
})

describe('certificates and keys', () => {
  testWith(['program openssl'], 'are seen with what is wrong with them', () => {
    using certificates = new Certificates()
    certificates.issue('time')
    certificates.issue('other')
    chmodSync(certificates.path('time.key'), 0o600)
    const folder = tree({ keys: '1 MD5 secret\n' })
    const see = (key: string, keys: string) => {
      const nts = `[ntp.nts]\ncert = "${certificates.path('time.pem')}"\nkey = "${certificates.path(key)}"\n`
      const checked = checkConfig(`[ntp]\nkeys = "${keys}"\n${nts}`, join(folder, 'lanward.toml'), '')
      return checked.kind === 'wrong' ? [] : seeSecrets(checked.config, null)
    }
    const keys = join(folder, 'keys')
    chmodSync(keys, 0o600)
    const good = see('time.key', keys)
    expect(good.map(({ setting, isPublic, error }) => [setting, isPublic, error])).toEqual([
      ['ntp.nts.cert', false, null],
      ['ntp.nts.key', false, null],
      ['ntp.keys', false, null],
    ])
    expect((good[0]?.expiresMs ?? 0) - Date.now()).toBeGreaterThan(86_400_000)
    chmodSync(keys, 0o644)
    expect(see('other.key', keys).map(({ error, isPublic }) => error ?? isPublic)).toEqual([
      false,
      { kind: 'wrong', words: `is not the key of ${certificates.path('time.pem')}` },
      true,
    ])
    expect(see('time.key', join(folder, 'none'))[2]?.error).toEqual({ kind: 'absent', words: 'does not exist' })
  })

  testWith(['program openssl'], 'of syslog over TLS are seen in both directions, each file once for a setting', () => {
    using certificates = new Certificates()
    certificates.issue('box')
    certificates.issue('old', { expired: true })
    const pem = (name: string): string => readFileSync(certificates.path(name), 'utf8')
    const folder = tree({
      'both.pem': `some words\n${pem('old.pem')}${pem('ca.pem')}`,
      'none.pem': 'no certificate',
      'old.key': 'no key',
    })
    const [cert, key] = [certificates.path('box.pem'), certificates.path('box.key')]
    const forward = (host: string, tls: string): string =>
      `[[syslog.forward]]\nto = "tls://${host}"\ntls = { ${tls} }\n`
    const text = `[syslog.tls]\ncert = "${cert}"\nkey = "${key}"\nclient_ca = "both.pem"
${forward('one', `ca = "none.pem", cert = "${cert}", key = "old.key"`)}
${forward('two', 'ca = "none.pem"')}
${forward('three', 'ca = "absent.pem"')}`
    const checked = checkConfig(text, join(folder, 'lanward.toml'), folder)
    if (checked.kind === 'wrong') throw new Error(checked.problems.map(({ message }) => message).join())
    const seen = seeSecrets(checked.config, null)
    expect(seen.map(({ setting, role, error }) => [setting, role, error?.words ?? null])).toEqual([
      ['syslog.tls.cert', 'certificate', null],
      ['syslog.tls.key', 'key', null],
      ['syslog.tls.client_ca', 'authority', null],
      ['syslog.forward.tls.ca', 'authority', 'holds no certificate in PEM form'],
      ['syslog.forward.tls.cert', 'certificate', null],
      ['syslog.forward.tls.key', 'key', 'holds no private key in PEM form'],
      ['syslog.forward.tls.ca', 'authority', 'does not exist'],
    ])
    // One authority that holds is enough.
    expect(seen[2]?.expiresMs).toBeGreaterThan(Date.now())
  })

  test('are seen beside each other: the authority of a time source too', () => {
    const source = '[[ntp.source]]\naddress = "time.example"\nnts = true\nnts_ca = "none.pem"\n'
    const checked = checkConfig(`[ntp]\n${source}`, '/etc/lanward.toml', '')
    if (checked.kind === 'wrong') throw new Error('a wrong configuration')
    expect(seeSecrets(checked.config, null)).toMatchObject([
      { setting: 'ntp.source.nts_ca', role: 'authority', error: { kind: 'absent' } },
    ])
  })

  test('are looked at with the eyes of the user who has to read them', () => {
    const folder = tree({ keys: '1 MD5 secret\n' })
    const keys = join(folder, 'keys')
    const closedTo = (uid: number) => {
      const checked = checkConfig(`[ntp]\nkeys = "${keys}"\n`, join(folder, 'lanward.toml'), '')
      if (checked.kind === 'wrong') throw new Error('a wrong configuration')
      return seeSecrets(checked.config, { name: 'lanward', uid, gid: 60_001, home: '/' })[0]?.closed
    }
    const { uid } = statSync(keys)
    chmodSync(folder, 0o700)
    chmodSync(keys, 0o600)
    expect(closedTo(60_001)).toEqual({ path: folder, user: 'lanward' })
    chmodSync(folder, 0o755)
    expect(closedTo(60_001)).toEqual({ path: keys, user: 'lanward' })
    expect(closedTo(uid)).toBeNull()
    chmodSync(keys, 0o644)
    expect(closedTo(60_001)).toBeNull()
  })

  test('whether what services only read is there', () => {
    const folder = tree({ 'leap-seconds.list': '', 'www/index.html': '' })
    const see = (root: string, leaps: string) => {
      const text = `[http]\nroot = "${root}"\n[ntp]\nleap_file = "${leaps}"\n`
      const checked = checkConfig(text, join(folder, 'lanward.toml'), folder)
      if (checked.kind === 'wrong') throw new Error(checked.problems.map(({ message }) => message).join())
      return Object.fromEntries(seeFiles(checked.config).map(({ setting, error }) => [setting, error]))
    }
    expect(see('www', 'leap-seconds.list')).toEqual({ 'http.root': null, 'ntp.leap_file': null })
    expect(see('leap-seconds.list/www', 'www')).toEqual({
      ...{ 'http.root': 'does not exist', 'ntp.leap_file': 'is a folder' },
    })
  })
})
