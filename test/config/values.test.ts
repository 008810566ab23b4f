import { expect, test } from 'vitest'
import { configOf, subnetText } from './check-text.ts'

test('what is left out has the documented value', () => {
  const config = configOf(`[syslog]\n[ntp]\n[http]\n${subnetText('pools = ["10.0.0.9"]')}\n`)
  const restart = {
    backoff: { firstMs: 50, factor: 2, maxMs: 30_000, jitter: 0.1 },
    limit: { restarts: 5, withinMs: 30_000 },
    parkRetryMs: 300_000,
    resetAfterMs: 10_000,
    on: 'always',
    restForOne: false,
  }
  expect(config).toEqual({
    file: '/etc/lanward/f.toml',
    fileHash: '',
    stateDir: '/var/lib/lanward',
    runDir: '/run/lanward',
    logLevel: 'info',
    supervisor: {
      user: 'lanward',
      startTimeoutMs: 10_000,
      stopTimeoutMs: 5_000,
      watchdogMs: 10_000,
      spare: true,
      probeEveryMs: 5_000,
    },
    daemons: [
      {
        name: 'syslog',
        enabled: true,
        restart,
        section: {
          listen: [
            'udp://0.0.0.0:514',
            'udp://[::]:514',
            'tcp://0.0.0.0:514',
            'tcp://[::]:514',
            'unix:///run/lanward/log.sock',
          ],
          instances: 1,
          maxMessageBytes: 65_536,
          segment: { sizeBytes: 64 * 2 ** 20, ageMs: 3_600_000 },
          retention: { ageMs: 30 * 86_400_000, sizeBytes: 10 * 2 ** 30 },
          archive: { enabled: true, afterMs: 3_600_000 },
          sync: 1000,
          tls: null,
          forward: [],
          senders: [],
          limits: { connections: 1024, connectionsPerSender: 1024, rate: null },
        },
      },
      {
        name: 'ntp',
        enabled: true,
        restart,
        section: {
          listen: ['udp://0.0.0.0:123', 'udp://[::]:123'],
          clock: 'local',
          localStratum: 10,
          kernelStratum: 5,
          smear: false,
          instances: 1,
          allow: ['127.0.0.0/8', '::1/128', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fe80::/10', 'fc00::/7'],
          rateLimit: null,
          sources: [],
        },
      },
      {
        name: 'dhcp',
        enabled: true,
        restart,
        section: {
          interfaces: ['eth1'],
          listen: [],
          relayPort: 67,
          serverId: null,
          conflictCheck: 'arp',
          conflictWaitMs: 300,
          trustedServers: [],
          trustedLinks: [],
          searchServersMs: null,
          limits: { perMac: 100, perPort: 1000, perLink: 0, leasesPerPort: 0 },
          classes: [],
          subnets6: [],
          subnets: [
            {
              subnet: '10.0.0.0/24',
              pools: [{ first: '10.0.0.9', last: '10.0.0.9' }],
              leaseSeconds: 3600,
              minLeaseSeconds: 120,
              maxLeaseSeconds: 86_400,
              network: null,
              options: [],
              boots: [],
              authoritative: true,
              rapidCommit: false,
              bootp: 'static',
              deny: { macs: [], classes: [] },
              routers: [],
              reservations: [],
            },
          ],
        },
      },
      { name: 'http', enabled: true, restart, section: { listen: ['tcp://0.0.0.0:80'], root: null } },
    ],
    foreign: [],
  })
})

test('relative paths are taken from the folder of the file, those in unix sockets too', () => {
  const config = configOf(`state_dir = "../s"
run_dir = "r"
[syslog]
listen = ["unix://../log.sock"]
[http]
root = "www"
[[service]]
name = "a"
command = ["./run", "./x"]
listen = ["unix://a.sock"]
[[service]]
name = "b"
command = ["sleep", "1"]
`)
  expect(config.stateDir).toBe('/etc/s')
  expect(config.runDir).toBe('/etc/lanward/r')
  expect(config.daemons.map((daemon) => daemon.section)).toMatchObject([
    { listen: ['unix:///etc/log.sock'] },
    { root: '/etc/lanward/www' },
  ])
  expect(config.foreign.map(({ command, listen }) => [command, listen])).toEqual([
    [['/etc/lanward/run', './x'], ['unix:///etc/lanward/a.sock']],
    [['sleep', '1'], []],
  ])
})

test('the local socket of syslog is in run_dir when nothing else is said', () => {
  const [syslog] = configOf('run_dir = "/r"\n[syslog]\n').daemons
  expect(syslog?.section.listen.at(-1)).toBe('unix:///r/log.sock')
})

test('[NAME.restart] lies over [supervisor.restart], key by key', () => {
  const config = configOf(`[supervisor.restart]
backoff = { first = "1s", factor = 3 }
limit = { restarts = 9 }
on = "failure"
watchdog = "3s"
probe_every = "2s"
[ntp]
restart = { backoff = { factor = 4 }, limit = { within = "1m" } }
[http]
[[service]]
name = "a"
command = ["a"]
restart = { on = "never" }
[[service]]
name = "b"
command = ["b"]
after = ["a"]
restart = { rest_for_one = true }
`)
  expect(config.supervisor).toMatchObject({ watchdogMs: 3000, probeEveryMs: 2000 })
  const [ntp, http] = config.daemons
  expect(ntp?.restart).toMatchObject({
    backoff: { firstMs: 1000, factor: 4, maxMs: 30_000 },
    limit: { restarts: 9, withinMs: 60_000 },
    on: 'failure',
  })
  expect(http?.restart).toMatchObject({
    backoff: { firstMs: 1000, factor: 3 },
    limit: { restarts: 9, withinMs: 30_000 },
  })
  expect(config.foreign[0]?.restart).toMatchObject({ backoff: { factor: 3 }, on: 'never', restForOne: false })
  expect(config.foreign[1]?.restart).toMatchObject({ on: 'failure', restForOne: true })
})

test.each([
  ['rate_limit = { interval = "0s" }', null],
  ['rate_limit = { burst = 3 }', null],
  ['rate_limit = { interval = "500ms" }', { intervalMs: 500, burst: 16, kod: true }],
  ['rate_limit = { interval = "1s", burst = 2, kod = false }', { intervalMs: 1000, burst: 2, kod: false }],
])('ntp %s', (text, want) => {
  expect(configOf(`[ntp]\n${text}\n`).daemons[0]?.section).toMatchObject({ rateLimit: want })
})

test.each([
  ['"batch"', 'batch'],
  ['"off"', 'off'],
  ['"250ms"', 250],
])('syslog sync = %s', (text, want) => {
  expect(configOf(`[syslog]\nsync = ${text}\n`).daemons[0]?.section).toMatchObject({ sync: want })
})

test('pools come out in order, reservations and clients in one spelling', () => {
  const config = configOf(
    subnetText(`pools = ["10.0.0.200 - 10.0.0.210", "10.0.0.9", "10.0.0.20-10.0.0.30"]
ntp = "self"
log = ["10.0.0.3", "10.0.0.4"]
[[dhcp.subnet.reservation]]
mac = "52-54-00-AA-BB-CC"
address = "10.0.0.10"
hostname = "printer"
[[dhcp.subnet.reservation]]
client_id = "01:52:54:00:AA:BB:CC"
address = "10.0.0.11"
[ntp]
`),
  )
  expect(config.daemons.find(({ name }) => name === 'dhcp')?.section).toMatchObject({
    subnets: [
      {
        pools: [
          { first: '10.0.0.9', last: '10.0.0.9' },
          { first: '10.0.0.20', last: '10.0.0.30' },
          { first: '10.0.0.200', last: '10.0.0.210' },
        ],
        options: [
          { code: 42, hex: 'self', always: false },
          { code: 7, hex: '0a0000030a000004', always: false },
        ],
        reservations: [
          { macs: ['52:54:00:aa:bb:cc'], clientIds: [], address: '10.0.0.10', hostname: 'printer' },
          { macs: [], clientIds: ['01525400aabbcc'], address: '10.0.0.11', hostname: null },
        ],
      },
    ],
  })
})

test.each([
  ['type = "ipv4", value = "10.0.0.1"', '0a000001'],
  ['type = "ipv4", value = ["10.0.0.1", "255.255.255.255"]', '0a000001ffffffff'],
  ['type = "string", value = "tftp/é"', '746674702fc3a9'],
  ['type = "u8", value = 200', 'c8'],
  ['type = "u16", value = [1, 65535]', '0001ffff'],
  ['type = "u32", value = 4294967295', 'ffffffff'],
  ['type = "bool", value = true', '01'],
  ['type = "hex", value = "0A:0b"', '0a0b'],
])('dhcp option { %s } is compiled to the bytes on the wire', (text, hex) => {
  const config = configOf(subnetText(`options = [{ code = 150, ${text} }]`))
  expect(config.daemons[0]?.section).toMatchObject({ subnets: [{ options: [{ code: 150, hex }] }] })
})

test('TLS sockets of syslog are listened on beside the others, and files are found from the folder of the configuration', () => {
  const tls = 'tls = { cert = "tls/c.pem", key = "/k.pem", client_ca = "ca.pem", client_names = ["*.lab.example"] }'
  const [syslog] = configOf(`[syslog]\nlisten = ["udp://0.0.0.0:514"]\n${tls}\n`).daemons
  expect(syslog?.section).toMatchObject({
    listen: ['udp://0.0.0.0:514', 'tls://0.0.0.0:6514', 'tls://[::]:6514'],
    tls: {
      cert: '/etc/lanward/tls/c.pem',
      key: '/k.pem',
      clientCa: '/etc/lanward/ca.pem',
      clientNames: ['*.lab.example'],
    },
  })
})

test('the proofs of time have files beside the configuration, and sockets of their own', () => {
  const text = `[ntp]
keys = "ntp.keys"
[ntp.nts]
cert = "time.pem"
key = "/etc/time.key"
rotate = "7d"
[[ntp.source]]
address = "a.example"
nts = true
nts_ca = "ca.pem"
[[ntp.source]]
address = "b.example"
key = 5
[[ntp.source]]
address = "c.example"
`
  const section = configOf(text).daemons[0]?.section
  expect(section).toMatchObject({
    listen: ['udp://0.0.0.0:123', 'udp://[::]:123', 'tls://0.0.0.0:4460', 'tls://[::]:4460'],
    keys: expect.stringMatching(/^\/.*\/ntp\.keys$/),
    nts: {
      cert: expect.stringMatching(/^\/.*\/time\.pem$/),
      key: '/etc/time.key',
      rotateMs: 604_800_000,
      server: null,
    },
    sources: [
      { authentication: { kind: 'nts', port: 4460, ca: expect.stringMatching(/^\/.*\/ca\.pem$/) } },
      { authentication: { kind: 'key', id: 5 } },
      { address: 'c.example' },
    ],
  })
})

test.each([
  ['', { thresholdSeconds: 1, updates: 3 }],
  ['step = { threshold = "128ms", updates = 0 }', { thresholdSeconds: 0.128, updates: 0 }],
])('a clock that is kept, with %j', (step, want) => {
  const [ntp] = configOf(`[ntp]\ndiscipline = true\n${step}\n[[ntp.source]]\naddress = "192.0.2.1"\n`).daemons
  expect(ntp?.section).toMatchObject({ discipline: { step: want } })
})
