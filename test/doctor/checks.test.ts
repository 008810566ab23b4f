import { describe, expect, test } from 'vitest'
import { examine, unseen } from '../../supervisor/doctor/examine.ts'
import type { Facts, SecretFact } from '../../supervisor/doctor/facts.ts'
import type { Finding, Verdict } from '../../supervisor/doctor/finding.ts'
import { serviceReport, socketReport, statusReport } from '../cli/reports.ts'
import {
  configured,
  folderFact,
  holderFact,
  interfaceFact,
  LAN,
  machine,
  running,
  socketFact,
  TAKEN,
} from './machine.ts'

/** What is not well on a machine. */
function ills(changes: Partial<Facts>): readonly Finding[] {
  return examine(machine(changes)).filter(({ verdict }) => verdict !== 'ok')
}

test('on a healthy machine every check is ok, but that nothing runs yet', () => {
  const findings = examine(machine())
  expect(findings.filter(({ verdict }) => verdict !== 'ok').map(({ check }) => check)).toEqual(['supervisor'])
  expect(new Set(findings.map(({ check }) => check)).size).toBeGreaterThanOrEqual(15)
  for (const { found, why } of findings) expect([found, why].every((text) => text.length > 5)).toBe(true)
})

test('every finding that is not ok names what mends it, unless only a person can', () => {
  expect(ills({ ...SICK })).not.toEqual([])
  expect(ills({ ...SICK }).filter(({ mend }) => mend === null)).toEqual([])
})

type Row = readonly [
  title: string,
  changes: Partial<Facts>,
  check: string,
  verdict: Verdict,
  found: string,
  mend: string,
]

const { memory, clock, runtime, kernel, folders } = machine()
const KEPT = { configuration: configured('[ntp]\ndiscipline = true\n[[ntp.source]]\naddress = "192.0.2.1"\n') }
if (folders === null) throw new Error('a machine without folders')

const full = (changes: Parameters<typeof folderFact>[0]): Partial<Facts> => ({
  folders: { ...folders, state: folderFact(changes) },
})

const secret = (changes: Partial<SecretFact>): Partial<Facts> => ({
  secrets: [
    {
      setting: 'ntp.nts.cert',
      path: '/etc/time.pem',
      role: 'certificate',
      isPublic: false,
      expiresMs: null,
      error: null,
      closed: null,
      ...changes,
    },
  ],
})

const rows: readonly Row[] = [
  [
    'an expired certificate',
    secret({ expiresMs: clock.nowMs - 1 }),
    ...(['secrets', 'fail', '/etc/time.pem expired on 2026-05-31', 'renew it'] as const),
  ],
  [
    'a certificate that expires soon',
    secret({ expiresMs: clock.nowMs + 29 * 86_400_000 }),
    ...(['secrets', 'warn', '[ntp.nts.cert] /etc/time.pem expires on 2026-06-30', 'renew it'] as const),
  ],
  [
    'a certificate that is none',
    secret({ error: { kind: 'wrong', words: 'holds no PEM' } }),
    'secrets',
    'fail',
    '/etc/time.pem holds no PEM',
    'put a good one',
  ],
  [
    'a certificate that is not there',
    secret({ error: { kind: 'absent', words: 'does not exist' } }),
    ...(['secrets', 'fail', '[ntp.nts.cert] /etc/time.pem does not exist', 'put it there'] as const),
  ],
  [
    'a folder of files that is not there',
    { files: [{ setting: 'http.root', path: '/srv/www', error: 'does not exist' }] },
    ...(['files', 'fail', '[http.root] /srv/www does not exist', 'change http.root'] as const),
  ],
  [
    'a port of another Lanward',
    {
      sockets: [
        socketFact('udp://0.0.0.0:123', {
          trial: TAKEN,
          holder: holderFact({ unit: null, name: 'node', isLanward: true }),
        }),
      ],
    },
    ...(['ports', 'fail', 'udp://0.0.0.0:123 (ntp) is taken by another Lanward (pid 812)', 'end that one'] as const),
  ],
  [
    'a state folder that we may not make',
    full({ exists: false, writable: false }),
    ...(['state_dir', 'fail', '/var/lib/lanward does not exist, and we may not make it', 'sudo mkdir -p'] as const),
  ],
  [
    'a state folder below a file',
    full({ exists: false, obstacle: '/var/lib' }),
    ...(['state_dir', 'fail', '/var/lib/lanward cannot be made: /var/lib is no folder', 'another path'] as const),
  ],
  [
    'a state folder in /proc',
    full({ exists: false, fileSystem: 'proc' }),
    ...(['state_dir', 'fail', 'nothing can be made in proc', 'another path'] as const),
  ],
  [
    'a key that the daemons may not read',
    secret({ closed: { path: '/etc/time.pem', user: 'lanward' } }),
    ...(['secrets', 'fail', 'as the user lanward, cannot read /etc/time.pem', 'chmod g+r /etc/time.pem'] as const),
  ],
  [
    'a key in a folder that the daemons may not pass',
    secret({ closed: { path: '/etc', user: 'lanward' } }),
    ...(['secrets', 'fail', 'cannot read /etc/time.pem: /etc is closed to them', 'chmod g+x /etc'] as const),
  ],
  ['a key that everybody may read', secret({ isPublic: true }), 'secrets', 'warn', 'everybody may read', 'chmod 640'],
  ['an old Node', { runtime: { ...runtime, version: '20.19.0' } }, 'runtime', 'fail', '20.19.0', 'npm ci'],
  [
    'no system calls',
    { runtime: { ...runtime, systemCallError: 'cannot find koffi' } },
    ...(['runtime', 'fail', 'cannot find koffi', 'npm ci'] as const),
  ],
  [
    'a wrong configuration',
    { configuration: configured('[ntp]\nlisten = 5\n') },
    ...(['configuration', 'fail', 'lanward.toml:2: ntp.listen: ', 'lanward check'] as const),
  ],
  [
    'nothing enabled',
    { configuration: configured('[ntp]\nenabled = false\n') },
    'configuration',
    'warn',
    'nothing is enabled',
    'enabled = true',
  ],
  [
    'no answer in time',
    { supervisor: { kind: 'mute', message: 'silent' } },
    'supervisor',
    'fail',
    'silent',
    'lanward up',
  ],
  [
    'another user',
    { supervisor: { kind: 'forbidden', message: 'no permission' } },
    ...(['supervisor', 'warn', 'no permission', 'sudo lanward doctor'] as const),
  ],
  [
    'an older supervisor',
    { supervisor: running(), runtime: { ...runtime, installed: '0.2.0' } },
    ...(['supervisor', 'warn', 'in version 0.1.0, but 0.2.0', 'lanward reexec'] as const),
  ],
  [
    'a parked service',
    { supervisor: running(serviceReport({ state: 'parked', health: 'failing', reason: 'exit code 1' })) },
    ...(['service', 'fail', 'ntp is parked and failing: exit code 1', 'lanward why ntp'] as const),
  ],
  [
    'a stopped service',
    { supervisor: running(serviceReport({ state: 'stopped', health: 'unknown', reason: 'stopped by command' })) },
    ...(['service', 'warn', 'ntp is stopped: stopped by command', 'lanward why ntp'] as const),
  ],
  [
    'losses',
    { supervisor: running(serviceReport({ sockets: [socketReport({ dropped: 7 })] })) },
    ...(['service', 'warn', 'the kernel dropped 7 on udp://127.0.0.1:1123', 'lanward status ntp'] as const),
  ],
  [
    'a port taken by a unit',
    { sockets: [socketFact('udp://0.0.0.0:123', { trial: TAKEN, holder: holderFact() })] },
    ...(['ports', 'fail', 'udp://0.0.0.0:123 (ntp) is taken by chronyd (pid 812, chrony.service)', 'port 0'] as const),
  ],
  [
    'a port taken by a process',
    { sockets: [socketFact('udp://0.0.0.0:9', { trial: TAKEN, holder: holderFact({ name: 'nc', unit: null }) })] },
    ...(['ports', 'fail', 'taken by nc (pid 812)', 'kill 812'] as const),
  ],
  [
    'a hidden holder',
    { sockets: [socketFact('udp://0.0.0.0:9', { trial: TAKEN })] },
    ...(['ports', 'fail', 'hidden from us', 'sudo lanward doctor'] as const),
  ],
  [
    'two ports of one holder',
    {
      sockets: [
        socketFact('udp://[::]:514', {
          trial: TAKEN,
          holder: holderFact({ name: 'rsyslogd', unit: 'rsyslog.service' }),
        }),
        socketFact('tcp://[::]:514', {
          trial: TAKEN,
          holder: holderFact({ name: 'rsyslogd', unit: 'rsyslog.service' }),
        }),
      ],
    },
    ...([
      'ports',
      'fail',
      'udp://[::]:514 (ntp), tcp://[::]:514 (ntp) are taken',
      'rsyslog.service syslog.socket',
    ] as const),
  ],
  [
    'a path of another program',
    { sockets: [socketFact('unix:///dev/log', { trial: 'untried', holder: holderFact({ name: 'rsyslogd' }) })] },
    ...(['ports', 'warn', 'unix:///dev/log (ntp) belongs to rsyslogd', 'systemctl disable'] as const),
  ],
  [
    'an absent address among others',
    {
      sockets: [socketFact('udp://127.0.0.1:9'), socketFact('udp://192.0.2.1:9', { trial: refused('EADDRNOTAVAIL') })],
    },
    ...([
      'addresses',
      'warn',
      'udp://192.0.2.1:9 (ntp): this machine has no such address',
      'ip -brief address',
    ] as const),
  ],
  [
    'no address at all',
    { sockets: [socketFact('udp://192.0.2.1:9', { trial: refused('EADDRNOTAVAIL') })] },
    ...(['addresses', 'fail', 'no such address', 'ip -brief address'] as const),
  ],
  [
    'no IPv6',
    {
      sockets: [socketFact('udp://[::]:9', { trial: refused('EAFNOSUPPORT') })],
      interfaces: [interfaceFact({ ipv6: [] })],
    },
    ...(['addresses', 'fail', 'this machine has no IPv6', 'disable_ipv6=0'] as const),
  ],
  [
    'no such LAN',
    { interfaces: [interfaceFact({ name: 'eth0' })] },
    'interfaces',
    'fail',
    'no interface eth1; there are eth0',
    'interfaces',
  ],
  [
    'a LAN that is down',
    { interfaces: [interfaceFact({ up: false })] },
    'interfaces',
    'fail',
    'eth1 is down',
    'ip link set eth1 up',
  ],
  [
    'a LAN without address',
    { interfaces: [interfaceFact({ ipv4: [] })] },
    ...(['interfaces', 'fail', 'eth1 has no IPv4 address', 'ip address add 192.168.50.1/24 dev eth1'] as const),
  ],
  [
    'a LAN with another address',
    { interfaces: [interfaceFact({ ipv4: ['10.0.0.1'] })] },
    ...(['interfaces', 'fail', 'eth1 has only 10.0.0.1', 'ip address add 192.168.50.1/24 dev eth1'] as const),
  ],
  [
    'an IPv6 network without address',
    { configuration: configured(`${LAN}[[dhcp.subnet6]]\nsubnet = "fd00:50::/64"\n`) },
    'interfaces',
    'fail',
    'no interface of [dhcp] has an address in fd00:50::/64',
    'ip address add fd00:50::1/64 dev eth1',
  ],
  [
    'a LAN without IPv6',
    {
      configuration: configured(`${LAN}[[dhcp.subnet6]]\nsubnet = "fd00:50::/64"\ninterface = "eth1"\n`),
      interfaces: [interfaceFact({ ipv6: [] })],
    },
    ...(['interfaces', 'fail', 'eth1 has no IPv6', 'sysctl -w net.ipv6.conf.eth1.disable_ipv6=0'] as const),
  ],
  [
    'router advertisements for the root of a container',
    { sockets: [socketFact('icmp6://eth1', { trial: refused('EPERM') })] },
    ...(['rights', 'fail', 'needs CAP_NET_RAW', '--cap-add=NET_RAW'] as const),
  ],
  [
    'a low port for a plain user',
    {
      rights: { uid: 1000, name: 'anna', capabilities: 0n, inUserNamespace: false },
      sockets: [socketFact('udp://0.0.0.0:123', { trial: refused('EACCES') })],
    },
    ...(['rights', 'fail', 'not allowed to anna: it needs CAP_NET_BIND_SERVICE', 'sudo lanward up'] as const),
  ],
  [
    'frames for the root of a container',
    { sockets: [socketFact('packet://eth1', { trial: refused('EPERM') })] },
    ...(['rights', 'fail', 'needs CAP_NET_RAW', '--cap-add=NET_RAW'] as const),
  ],
  [
    'a root that cannot change its user',
    { rights: { uid: 0, name: 'root', capabilities: (1n << 41n) - 1n - (1n << 7n), inUserNamespace: false } },
    ...(['rights', 'fail', 'lacks CAP_SETUID', '--cap-add=SETUID'] as const),
  ],
  [
    'no such user',
    { users: [{ name: 'lanward', user: null, obstacle: null }] },
    ...(['users', 'fail', 'user lanward does not exist', 'useradd --system'] as const),
  ],
  [
    'programs that the user cannot read',
    { users: [{ name: 'l', user: { name: 'l', uid: 9, gid: 9, home: '/' }, obstacle: '/root' }] },
    ...(['users', 'fail', 'l cannot get past /root', '/usr/lib/lanward'] as const),
  ],
  [
    'a program that is not there',
    { programs: [{ service: 'relay', error: 'cannot start relayd: no such program, or not executable' }] },
    ...(['programs', 'fail', 'relay: cannot start relayd', 'command of [[service]] "relay"'] as const),
  ],
  [
    'a firewall that stops us',
    { firewall: { program: 'ufw', open: ['udp/123', 'tcp/22'] } },
    ...(['firewall', 'warn', 'does not let udp/514 in', 'ufw allow 514/udp'] as const),
  ],
  [
    'a firewall with hidden rules',
    { firewall: { program: 'ufw', open: null } },
    ...(['firewall', 'warn', 'its rules are hidden', 'sudo lanward doctor'] as const),
  ],
  [
    'a firewall that tells nothing',
    { firewall: { program: 'firewalld', open: null } },
    ...([
      'firewall',
      'warn',
      'firewalld is on',
      'firewall-cmd --permanent --add-port=123/udp --add-port=514/udp',
    ] as const),
  ],
  [
    'small buffers',
    { kernel: { ...kernel, grantedBytes: 212_992 } },
    ...(['rmem_max', 'warn', '212992 bytes', 'net.core.rmem_max = 4194304'] as const),
  ],
  [
    'small buffers that are in use',
    { supervisor: running(serviceReport({ sockets: [socketReport({ buffer_bytes: 425_984 })] })) },
    ...(['rmem_max', 'warn', 'sockets of the running supervisor have 212992', 'start lanward anew'] as const),
  ],
  [
    'a small backlog',
    { kernel: { ...kernel, somaxconn: 128 } },
    'somaxconn',
    'warn',
    '128 connections',
    'net.core.somaxconn = 1024',
  ],
  [
    'a short unix queue',
    { kernel: { ...kernel, unixQueue: 10 } },
    'max_dgram_qlen',
    'warn',
    '10 local messages',
    'max_dgram_qlen = 512',
  ],
  ['a full disk', full({ freeBytes: 5 << 20 }), 'state_dir', 'fail', '5 MiB free', 'retention.size'],
  ['a nearly full disk', full({ freeBytes: 500 << 20 }), 'state_dir', 'warn', '500 MiB free', 'retention.size'],
  ['no inodes', full({ freeInodes: 20 }), 'state_dir', 'fail', 'room for 20 more files', 'du -xh'],
  ['few inodes', full({ freeInodes: 2000 }), 'state_dir', 'warn', 'room for 2000 more files', 'du -xh'],
  ['state in memory', full({ fileSystem: 'tmpfs' }), 'state_dir', 'warn', 'is on tmpfs', 'state_dir on a disk'],
  [
    'little room in memory',
    full({ fileSystem: 'tmpfs', freeBytes: 8 << 10 }),
    ...(['state_dir', 'fail', '0 MiB free', 'retention.size'] as const),
  ],
  [
    'little room far away',
    full({ fileSystem: 'nfs4', freeInodes: 20 }),
    ...(['state_dir', 'fail', '20 more files', 'retention.size'] as const),
  ],
  ['state far away', full({ fileSystem: 'nfs4' }), 'state_dir', 'warn', 'is on nfs4', 'of this machine'],
  ['state of others', full({ writable: false }), 'state_dir', 'fail', 'not writable', 'sudo chown -R'],
  [
    'files of root',
    { folders: { ...folders, unwritable: ['/var/lib/lanward/ledger.sqlite', '/x'] } },
    ...(['state_dir', 'fail', 'ledger.sqlite is not writable for us, nor are 1 more', 'sudo chown -R'] as const),
  ],
  [
    'less room than may be kept',
    full({ freeBytes: 4 * 2 ** 30 }),
    'retention',
    'warn',
    'only for 4.0 GiB',
    'size = "3276MiB"',
  ],
  [
    'a long run_dir',
    { folders: { ...folders, run: folderFact({ path: `/run/${'long'.repeat(24)}` }) } },
    ...(['run_dir', 'fail', 'is too long', 'a shorter run_dir'] as const),
  ],
  [
    'a run_dir of others',
    { folders: { ...folders, run: folderFact({ path: '/run/lanward', writable: false }) } },
    ...(['run_dir', 'fail', 'not writable', 'sudo mkdir -p /run/lanward'] as const),
  ],
  [
    'a run_dir far away',
    { folders: { ...folders, run: folderFact({ path: '/run/lanward', fileSystem: '9p' }) } },
    ...(['run_dir', 'warn', 'is on 9p', 'run_dir = "/run/lanward"'] as const),
  ],
  ['a clock never set', { clock: { ...clock, nowMs: 12_000 } }, 'clock', 'fail', '1970-01-01', 'timesyncd'],
  ['a clock set wildly', { clock: { ...clock, nowMs: Date.UTC(2150, 1, 1) } }, 'clock', 'fail', '2150', 'date --set'],
  [
    'a clock set back',
    { clock: { ...clock, newest: { path: '/s/x.ndjson', atMs: clock.nowMs + 3_600_000 } } },
    ...(['clock', 'fail', '/s/x.ndjson was written at 2026-06-01T01:00', 'date --set'] as const),
  ],
  [
    'a clock that nobody keeps',
    { clock: { ...clock, synchronised: false, hasHardwareClock: false } },
    ...([
      'clock',
      'warn',
      'no clock that runs while it is off; clients are given it as stratum 10',
      'timesyncd',
    ] as const),
  ],
  [
    'a clock that nobody keeps, while clients are given the time of sources',
    {
      clock: { ...clock, synchronised: false },
      configuration: configured('[ntp]\n[[ntp.source]]\naddress = "192.0.2.1"\n'),
    },
    ...([
      'clock',
      'warn',
      'nobody keeps it right; clients are given the time of the sources',
      'discipline = true',
    ] as const),
  ],
  [
    'a clock that ntp is to keep and does not yet',
    { clock: { ...clock, synchronised: false }, ...KEPT },
    ...(['clock', 'warn', 'nobody keeps it right', 'lanward time, to see whether ntp follows a source'] as const),
  ],
  [
    'a clock that ntp is to keep without the right to',
    { ...KEPT, rights: { uid: 0, name: 'root', capabilities: (1n << 41n) - 1n - (1n << 25n), inUserNamespace: false } },
    ...(['discipline', 'fail', 'this root lacks CAP_SYS_TIME', '--cap-add=SYS_TIME'] as const),
  ],
  [
    'a clock that ntp is to keep as a plain user',
    { ...KEPT, rights: { uid: 1000, name: 'anna', capabilities: 0n, inUserNamespace: false } },
    ...(['discipline', 'fail', 'anna lacks CAP_SYS_TIME', 'sudo lanward up'] as const),
  ],
  [
    'a clock that ntp is to keep from a rootless container',
    { ...KEPT, rights: { uid: 0, name: 'root', capabilities: (1n << 41n) - 1n, inUserNamespace: true } },
    ...(['discipline', 'fail', 'user namespace', 'keep the clock on the host'] as const),
  ],
  [
    'a clock that ntp is to keep beside chrony',
    KEPT,
    ...(['discipline', 'warn', 'another program seems to keep the clock', 'systemctl disable --now'] as const),
  ],
  [
    'a clock that nobody keeps and nobody trusts',
    { clock: { ...clock, synchronised: false }, configuration: configured('[ntp]\nlocal_stratum = 0\n') },
    ...(['clock', 'warn', 'clients are told that it is not synchronised', 'timesyncd'] as const),
  ],
  [
    'few descriptors',
    { descriptors: { limit: 1024, supervisorLimit: null, openOnMachine: null, maxOnMachine: null } },
    ...(['descriptors', 'warn', 'may open 1024', 'LimitNOFILE'] as const),
  ],
  [
    'far too few for the running supervisor',
    { descriptors: { limit: 1 << 20, supervisorLimit: 64, openOnMachine: 1, maxOnMachine: 100 } },
    ...(['descriptors', 'fail', 'the running supervisor may open 64', 'LimitNOFILE'] as const),
  ],
  [
    'a machine with everything open',
    { descriptors: { limit: 1 << 20, supervisorLimit: null, openOnMachine: 95, maxOnMachine: 100 } },
    ...(['descriptors', 'warn', '95 of 100', 'fs.file-max=200'] as const),
  ],
  [
    'little memory',
    { memory: { ...memory, availableBytes: 100 << 20 } },
    'memory',
    'warn',
    '100 MiB available, 264 MiB',
    'ps -eo',
  ],
  [
    'a tight group',
    { memory: { ...memory, groupFreeBytes: 90 << 20 } },
    'memory',
    'warn',
    '90 MiB available in this control group',
    'ps -eo',
  ],
  ['memory pressure', { memory: { ...memory, pressure: 33.4 } }, 'memory', 'warn', '33 % of the last minute', 'ps -eo'],
  [
    'swapping',
    { memory: { ...memory, totalBytes: 1 << 30, swapFreeBytes: 0 } },
    'memory',
    'warn',
    '1024 MiB are swapped out',
    'ps -eo',
  ],
  ['kills', { memory: { ...memory, kills: 3 } }, 'memory', 'warn', 'has killed 3 processes', 'journalctl -k'],
  [
    'a supervisor to be killed first',
    { memory: { ...memory, oomScore: 200 } },
    'memory',
    'warn',
    'oom_score_adj 200',
    'OOMScoreAdjust',
  ],
]

describe('the doctor finds', () => {
  test.each(rows)('%s', (_, changes, check, verdict, found, mend) => {
    const all = ills(changes)
    const mine = all.filter((finding) => finding.check === check && finding.verdict === verdict)
    expect(mine).toEqual([
      expect.objectContaining({ found: expect.stringContaining(found), mend: expect.stringContaining(mend) }),
    ])
    const others = all.filter((finding) => !mine.includes(finding)).map(({ check: other }) => other)
    expect(others.filter((other) => !KNOCK_ON.has(other))).toEqual([])
  })
})

/** Ills that come with others: before the start nothing runs, and a full disk has no room for the store. */
const KNOCK_ON: ReadonlySet<string> = new Set(['supervisor', 'retention'])

const SICK: Partial<Facts> = Object.assign({}, ...rows.map(([, changes]) => changes)) as Partial<Facts>

test('what the machine does not allow the running supervisor is told in its own words, buffers by their own check', () => {
  const report = statusReport(serviceReport({ sockets: [socketReport()] }))
  const limits = ['receive buffer of 2 sockets is small', '/usr/bin/setpriv is missing']
  const supervisor = { kind: 'running', report: { ...report, supervisor: { ...report.supervisor, limits } } } as const
  expect(ills({ supervisor }).map(({ check, found }) => [check, found])).toEqual([
    ['limit', '/usr/bin/setpriv is missing'],
  ])
})

test('a drill of time is told, with the command that ends it', () => {
  const timeDrills = [{ pid: 4711, listen: 'udp://192.0.2.1:1223', fault: 'an hour ahead' }]
  expect(ills({ timeDrills, supervisor: running() })).toMatchObject([
    {
      check: 'drill',
      verdict: 'warn',
      found: 'udp://192.0.2.1:1223 serves a wrong time on purpose (pid 4711): an hour ahead',
      mend: 'kill -INT 4711',
    },
  ])
})

test('a configuration that is written but not in force is told', () => {
  const report = statusReport()
  const supervisor = {
    kind: 'running',
    report: { ...report, supervisor: { ...report.supervisor, config_changed: true } },
  }
  expect(ills({ supervisor: supervisor as Facts['supervisor'] })).toMatchObject([
    { check: 'supervisor', verdict: 'warn', mend: 'lanward check && lanward reload' },
  ])
})

test('what another user runs is not judged by our rights', () => {
  const supervisor = { kind: 'forbidden', message: 'no permission' } as const
  const sockets = [socketFact('udp://0.0.0.0:123', { trial: refused('EACCES') })]
  const rights = { uid: 1000, name: 'anna', capabilities: 0n, inUserNamespace: false }
  const broken = { ...folders, state: folderFact({ writable: false }) }
  const facts = machine({ supervisor, sockets, rights, folders: broken })
  expect(examine(facts).filter(({ verdict }) => verdict !== 'ok')).toMatchObject([{ check: 'supervisor' }])
  expect(unseen(facts)).toContainEqual(expect.stringContaining('ports, rights and folders'))
})

test('with a wrong configuration the rest of the machine is looked at all the same', () => {
  const checks = examine(machine({ configuration: configured('x = 1'), folders: null, sockets: [] }))
  expect(checks.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['runtime', 'configuration', 'clock', 'descriptors', 'memory']),
  )
})

test.each([
  [
    'rights of their own',
    { rights: { uid: 1, name: 'x', capabilities: 1n << 10n, inUserNamespace: false } },
    'x, and nothing here needs more',
  ],
  [
    'ports that are ours',
    { sockets: [socketFact('udp://[::]:123', { trial: TAKEN, holder: holderFact({ own: true }) })] },
    '1 held by our supervisor',
  ],
  ['rmem_max without meaning', {}, 'against net.core.rmem_max = 212992'],
  [
    'a firewall that lets us in',
    { firewall: { program: 'ufw', open: ['any/123', 'udp/any'] } as const },
    'ufw is on and lets udp/123, udp/514 in',
  ],
  ['an unknown clock', { clock: { ...clock, synchronised: null } }, 'the kernel does not tell'],
  ['a file system without inodes', full({ freeInodes: 0, totalInodes: 0 }), '50.0 GiB free'],
  ['no /dev/log', { localLog: { target: null, holder: null } }, 'there is no /dev/log'],
  [
    'a /dev/log of others',
    { localLog: { target: '/dev/log', holder: holderFact({ name: 'rsyslogd' }) } },
    'belongs to rsyslogd (pid 812)',
  ],
  ['programs that are there', { programs: [{ service: 'relay', error: null }] }, 'relay: there, and executable'],
  ['a certificate that is good', secret({ expiresMs: clock.nowMs + 31 * 86_400_000 }), 'is good until 2026-07-02'],
  ['a /dev/log of ours', { localLog: { target: '/run/lanward/log.sock', holder: null } }, 'leads to our syslog'],
] satisfies readonly (readonly [string, Partial<Facts>, string])[])('%s are no ill', (_, changes, found) => {
  expect(ills(changes).map(({ check }) => check)).toEqual(['supervisor'])
  expect(
    examine(machine(changes))
      .map((finding) => finding.found)
      .join('\n'),
  ).toContain(found)
})

function refused(code: string): { readonly code: string; readonly message: string } {
  return { code, message: `bind: refused (${code})` }
}
