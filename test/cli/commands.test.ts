import { expect, test } from 'vitest'
import { fakeSupervisor, run } from './fake-supervisor.ts'
import { exitReport, serviceReport, socketReport, statusReport, whyReport } from './reports.ts'

const HOSTILE = 'a\u001b[2Jb\u009b31m\u202ec\nd'
const PLAIN = 'a\\x1b[2Jb\\x9b31m\\u202ec\\x0ad'
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/

test('status prints a row for each service and what does not fit it', async () => {
  const ended = serviceReport({ name: 'syslog', restarts: 1, last_exit: exitReport(), listen: ['udp://[::1]:5514'] })
  await using supervisor = await fakeSupervisor({ result: statusReport(ended, serviceReport({ probe: null })) })
  const { code, stdout, stderr } = await run(['status', '--config', supervisor.configFile])
  expect(stdout).toBe(`lanward 0.1.0, pid 1, up 1 h 2 min, /etc/lanward/lanward.toml, health ok
spare: stands ready, pid 4711, 16.0 MiB

SERVICE  STATE  HEALTH  PID  UPTIME  RESTARTS  PROBE                    STATUS
syslog   ready  ok      123  11 s    1         ok in 0.7 ms, 2.1 s ago  local stratum 10, 3 clients
  listen: udp://[::1]:5514
  last exit: 2026-01-02 03:04:05Z, killed by SIGKILL; ready again after 83 ms, 12 waited, 0 dropped
ntp      ready  ok      123  11 s    0         -                        local stratum 10, 3 clients
  listen: udp://127.0.0.1:1123
`)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(supervisor.requests).toEqual([{ id: 1, method: 'status', params: {} }])
})

test.each([
  ['ready but degraded', { health: 'degraded', reason: 'probe failed' }, 'why: probe failed'],
  ['starting', { state: 'starting', health: 'unknown', pid: null, uptime_s: null }, 'starting'],
  ['parked', { state: 'parked', health: 'failing', next_retry_s: 42 }, 'next try: in 42 s'],
  [
    'sick',
    { health: 'degraded', probe: { ok: false, latency_ms: null, age_s: 1, error: 'disk full' } },
    'probe: disk full',
  ],
] as const)('status is 1 with a service that is %s', async (_, changes, text) => {
  await using supervisor = await fakeSupervisor({ result: statusReport(serviceReport(), serviceReport(changes)) })
  const { code, stdout } = await run(['status', '--config', supervisor.configFile])
  expect(stdout).toContain(text)
  expect(code).toBe(1)
})

test('status fits a narrow terminal: what has no room in the row is told below it', async () => {
  const report = statusReport(
    serviceReport({ name: 'syslog', listen: ['udp://127.0.0.1:5514', 'udp://[::1]:5514', 'tcp://[::1]:5514'] }),
  )
  await using supervisor = await fakeSupervisor({ result: report })
  const { stdout } = await run(['status', '--config', supervisor.configFile], { columns: 60 })
  const lines = stdout.split('\n').slice(1)
  expect(lines.filter((line) => line.length > 60)).toEqual([])
  expect(stdout).toContain(`
syslog   ready  ok      123  11 s    0
  probe: ok in 0.7 ms, 2.1 s ago
  status: local stratum 10, 3 clients
  listen: udp://127.0.0.1:5514 udp://[::1]:5514
    tcp://[::1]:5514
`)
})

test('status SERVICE tells the counters too, and only of this one', async () => {
  await using supervisor = await fakeSupervisor({
    result: statusReport(serviceReport({ name: 'syslog', state: 'parked' }), serviceReport()),
  })
  const { code, stdout } = await run(['status', 'ntp', '--config', supervisor.configFile])
  expect(stdout).toContain('counters: received 10, answered 10')
  expect(stdout).toContain('uses: 42.9 MiB of memory, 0.40 s of CPU time')
  expect(stdout).not.toContain('syslog')
  expect(code).toBe(0)
  expect(supervisor.requests[0]?.params).toEqual({ service: 'ntp' })
})

test('status SERVICE tells what lies in each socket; status of all only what is lost or half full', async () => {
  const sockets = [
    socketReport({ queued_bytes: 12_800 }),
    socketReport({ listen: 'udp://[::1]:1123', dropped: 3 }),
    socketReport({ listen: 'tcp://[::1]:80', queued_bytes: null, buffer_bytes: null, waiting: 600, backlog: 1024 }),
    socketReport({ listen: `unix:///${HOSTILE}`, queued_bytes: null, buffer_bytes: null, dropped: null }),
  ]
  await using supervisor = await fakeSupervisor({ result: statusReport(serviceReport({ sockets })) })
  const one = await run(['status', 'ntp', '--config', supervisor.configFile])
  const socketLines = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('  socket: '))
  expect(socketLines(one.stdout)).toEqual([
    '  socket: udp://127.0.0.1:1123, 12.5 KiB of 8.0 MiB queued, 0 dropped',
    '  socket: udp://[::1]:1123, 0 B of 8.0 MiB queued, 3 dropped',
    '  socket: tcp://[::1]:80, 600 of 1024 connections waiting, 0 dropped',
    `  socket: unix:///${PLAIN}`,
  ])
  const all = await run(['status', '--config', supervisor.configFile])
  expect(socketLines(all.stdout)).toEqual(socketLines(one.stdout).slice(1, 3))
})

test('status SERVICE names the configured addresses while no socket is held', async () => {
  await using supervisor = await fakeSupervisor({ result: statusReport(serviceReport({ state: 'parked' })) })
  const { stdout } = await run(['status', 'ntp', '--config', supervisor.configFile])
  expect(stdout).toContain('  listen: udp://127.0.0.1:1123\n')
})

test('status of a service that is not there is 64 and names those that are', async () => {
  await using supervisor = await fakeSupervisor({ result: statusReport(serviceReport()) })
  expect(await run(['status', 'npt', '--config', supervisor.configFile])).toEqual({
    code: 64,
    stdout: '',
    stderr: 'lanward: there is no service "npt"; there are: ntp\n',
  })
})

test.each([
  ['before the command', (file: string) => ['--json', '--config', file, 'status']],
  ['after the command', (file: string) => ['status', '--json', `--config=${file}`]],
])('--json %s prints the report as it came', async (_, argv) => {
  const report = statusReport(serviceReport({ state: 'backoff', status: HOSTILE }))
  await using supervisor = await fakeSupervisor({ result: report })
  const { code, stdout } = await run(argv(supervisor.configFile))
  expect(JSON.parse(stdout)).toEqual(report)
  expect(code).toBe(1)
})

test('colour marks health, and nothing is coloured without it', async () => {
  await using supervisor = await fakeSupervisor({ result: statusReport(serviceReport()) })
  const argv = ['status', '--config', supervisor.configFile]
  expect((await run(argv, { colour: true })).stdout).toContain('\u001b[32mready\u001b[0m')
  expect((await run(argv)).stdout).not.toContain('\u001b')
})

test('why tells the story: now, the exits with their last lines, the limit, what is next', async () => {
  await using supervisor = await fakeSupervisor({ result: whyReport() })
  const { code, stdout } = await run(['why', 'ntp', '--config', supervisor.configFile])
  expect(stdout).toBe(`ntp is ready for 11 s, health ok; it should run.

2026-01-02 03:04:05Z  run 3: killed by SIGKILL; ready again after 83 ms, 12 waited, 0 dropped
  last lines before it:
    first line
    last line

Restarts: 0 since lanward began; 1 of 5 allowed within 30 s are used.
Next: nothing; it is ready
`)
  expect(code).toBe(0)
  expect(supervisor.requests).toEqual([{ id: 1, method: 'why', params: { service: 'ntp' } }])
})

test('why tells JSON lines of our daemons as lines for people, and leaves those of others as they are', async () => {
  const time = Date.UTC(2026, 0, 2, 3, 4, 5)
  const err = { type: 'StartRefused', message: 'the right is missing', stack: 'Error: …' }
  const last_lines = [
    JSON.stringify({ level: 30, time, pid: 7, hostname: 'box', name: 'ntp', source: '192.0.2.1', msg: 'follows' }),
    JSON.stringify({ level: 60, time, pid: 7, hostname: 'box', name: 'ntp', err, msg: 'ends' }),
    '{"msg":"not ours"}',
    '{torn',
  ]
  await using supervisor = await fakeSupervisor({
    result: whyReport({ exits: [{ ...exitReport(), life: 3, last_lines }] }),
  })
  const { stdout } = await run(['why', 'ntp', '--config', supervisor.configFile])
  expect(stdout).toContain(`  last lines before it:
    03:04:05 follows source=192.0.2.1
    03:04:05 fatal ends err=the right is missing
    {"msg":"not ours"}
    {torn
`)
})

test('why tells the last 15 lines before the newest exit and 3 before each older one', async () => {
  const last_lines = Array.from({ length: 50 }, (_, index) => `line ${index}`)
  const exits = Array.from({ length: 7 }, (_, index) => ({ ...exitReport(), life: 9 - index, last_lines }))
  await using supervisor = await fakeSupervisor({ result: whyReport({ exits }) })
  const { stdout } = await run(['why', 'ntp', '--config', supervisor.configFile])
  expect(stdout.match(/line 35\n/g)).toHaveLength(1)
  expect(stdout.match(/line 4[789]\n/g)).toHaveLength(15)
  expect(stdout).not.toContain('line 34')
  expect(stdout).toContain('and 2 earlier exits (--json tells all)')
})

test.each([
  [{ reason: 'exit', signal: null, code: 70 }, 'exited with code 70'],
  [{ reason: 'signal' }, 'killed by SIGKILL'],
  [{ reason: 'start-timeout' }, 'stopped: not ready in time (killed by SIGKILL)'],
  [{ reason: 'watchdog', signal: 'SIGABRT' }, 'stopped: no sign of life (killed by SIGABRT)'],
  [{ reason: 'probe' }, 'stopped: did not answer its probe (killed by SIGKILL)'],
  [{ reason: 'spawn', signal: null }, 'could not be started'],
  [{ reason: 'memory' }, 'killed by the kernel, out of memory'],
  [{ reason: 'asked' }, 'stopped by command'],
] as const)('why tells the cause of %o', async (changes, text) => {
  const exit = { ...exitReport({ ...changes, gap_ms: null, queued: null, dropped: null }), life: 9, last_lines: [] }
  await using supervisor = await fakeSupervisor({ result: whyReport({ exits: [exit] }) })
  const { stdout } = await run(['why', 'ntp', '--config', supervisor.configFile])
  expect(stdout).toContain(`2026-01-02 03:04:05Z  run 9: ${text}\n`)
})

test('why of a service that never ended says so, and --json is the report', async () => {
  const report = whyReport({ exits: [], wanted: 'down', service: serviceReport({ state: 'parked', uptime_s: null }) })
  await using supervisor = await fakeSupervisor({ result: report })
  const { stdout } = await run(['why', 'ntp', '--config', supervisor.configFile])
  expect(stdout).toContain('ntp is parked, health ok; it should not run.\n')
  expect(stdout).toContain('It has not ended since records began.\n')
  expect(JSON.parse((await run(['why', 'ntp', '--json', '--config', supervisor.configFile])).stdout)).toEqual(report)
})

test.each(['start', 'stop', 'restart'] as const)('%s is 0 only when the state was reached', async (method) => {
  const reached = { reached: true, state: 'ready', message: 'ready' }
  await using supervisor = await fakeSupervisor({ result: reached })
  const argv = [method, 'ntp', '--config', supervisor.configFile]
  expect(await run(argv)).toEqual({ code: 0, stdout: 'ntp is ready\n', stderr: '' })
  expect(JSON.parse((await run([...argv, '--json'])).stdout)).toEqual(reached)
  expect(supervisor.requests[0]).toEqual({ id: 1, method, params: { service: 'ntp' } })
  await using refusing = await fakeSupervisor({ result: { reached: false, state: 'parked', message: 'exit code 78' } })
  expect(await run([method, 'ntp', '--config', refusing.configFile])).toEqual({
    code: 1,
    stdout: 'ntp is parked: exit code 78\n',
    stderr: '',
  })
})

test('reload prints what changed per service', async () => {
  const changes = [
    { service: 'syslog', change: 'unchanged' },
    { service: 'ntp', change: 'reloaded' },
  ]
  await using supervisor = await fakeSupervisor({ result: { changes } })
  const argv = ['reload', '--config', supervisor.configFile]
  expect(await run(argv)).toEqual({ code: 0, stdout: 'syslog  unchanged\nntp     reloaded\n', stderr: '' })
  expect(JSON.parse((await run(['--json', ...argv])).stdout)).toEqual({ changes })
})

const LEASE = {
  address: '10.77.1.0',
  mac: '52:54:00:aa:bb:cc',
  client_id: null,
  hostname: HOSTILE,
  subnet: '10.77.0.0/16',
  state: 'bound',
  starts: '2026-01-02T03:04:05Z',
  ends: '2026-01-02T04:04:05Z',
  relay: null,
  reserved: true,
}

test('leases prints a row for each lease, fit for a terminal', async () => {
  await using supervisor = await fakeSupervisor({ result: [LEASE] })
  const { code, stdout } = await run(['leases', '--config', supervisor.configFile])
  const [head, row] = stdout.split('\n')
  expect(head).toMatch(/^ADDRESS {4}CLIENT {13}HOSTNAME/)
  expect(row?.split(/ {2,}/)).toEqual([
    ...['10.77.1.0', '52:54:00:aa:bb:cc', PLAIN, 'bound', '2026-01-02 04:04:05Z', '10.77.0.0/16', '-', 'reserved'],
  ])
  expect(stdout).not.toMatch(CONTROL)
  expect(code).toBe(0)
  const asked = { service: 'dhcp', question: 'leases' }
  expect(supervisor.requests[0]?.params).toMatchObject({ ...asked, params: { all: false } })
  const json = await run(['leases', '--all', '--json', '--config', supervisor.configFile])
  expect(JSON.parse(json.stdout)).toEqual([LEASE])
  expect(supervisor.requests[1]?.params).toMatchObject({ ...asked, params: { all: true } })
})

test('leases asks for the parts that the daemon makes of a long list, one after the other', async () => {
  const parts = [
    { first: 0, last: 7 },
    { first: 8, last: 9 },
  ]
  await using supervisor = await fakeSupervisor(({ params }) => {
    const asked: unknown = Reflect.get(params, 'params')
    const part: unknown = typeof asked === 'object' && asked !== null ? Reflect.get(asked, 'part') : undefined
    if (part === undefined) return { result: { parts } }
    return { result: [{ ...LEASE, hostname: JSON.stringify(part) }] }
  })
  const { stdout } = await run(['leases', '--json', '--config', supervisor.configFile])
  const rows = parts.map((part) => ({ ...LEASE, hostname: JSON.stringify(part) }))
  expect(JSON.parse(stdout)).toEqual(rows)
})

test('leases without any says so to people and prints an empty list as JSON', async () => {
  await using supervisor = await fakeSupervisor({ result: [] })
  const argv = ['leases', '--config', supervisor.configFile]
  expect(await run(argv)).toEqual({ code: 0, stdout: '', stderr: 'no leases; --all shows expired ones too\n' })
  expect((await run([...argv, '--json'])).stdout).toBe('[]\n')
})

test('leases why prints the decisions for one client, and is 1 when there are none', async () => {
  const decisions = [
    {
      at: '2026-01-02T03:04:05.123Z',
      mac: '52:54:00:aa:bb:cc',
      type: 'DISCOVER',
      outcome: 'offer',
      reason: HOSTILE,
      address: '10.77.1.0',
      relay: null,
      times: 3,
    },
  ]
  await using supervisor = await fakeSupervisor({ result: decisions })
  const argv = ['leases', 'why', '52:54:00:aa:bb:cc', '--config', supervisor.configFile]
  const { code, stdout } = await run(argv)
  const words = ['2026-01-02 03:04:05Z', '3', '52:54:00:aa:bb:cc', 'DISCOVER', 'offer', '10.77.1.0', '-', PLAIN]
  expect(stdout.split('\n')[1]?.split(/ {2,}/)).toEqual(words)
  expect(code).toBe(0)
  expect(JSON.parse((await run([...argv, '--json'])).stdout)).toEqual(decisions)
  expect(supervisor.requests[0]?.params).toEqual({
    service: 'dhcp',
    question: 'why',
    params: { key: '52:54:00:aa:bb:cc' },
  })
  await using empty = await fakeSupervisor({ result: [] })
  expect(await run(['leases', 'why', '10.0.0.1', '--config', empty.configFile])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'nothing is remembered about 10.0.0.1\n',
  })
  expect((await run(['leases', 'why', 'ff-01:aB', '--config', empty.configFile])).code).toBe(1)
  expect(empty.requests).toHaveLength(2)
})

test.each(['10.0.0', '52:54:00:aa:bb:c', '10.0.0.1/24', 'printer\u001b'])(
  'leases why does not take %j',
  async (key) => {
    await using supervisor = await fakeSupervisor({ result: [] })
    const { code, stderr } = await run(['leases', 'why', key, '--config', supervisor.configFile])
    expect(code).toBe(64)
    expect(stderr).toMatch(/is no client: give a MAC .* an address/)
    expect(stderr).not.toMatch(CONTROL)
    expect(supervisor.requests).toEqual([])
  },
)

test('leases why takes a host name that one lease has alone', async () => {
  const lease = (address: string, hostname: string) => ({
    address,
    hostname,
    mac: `52:54:00:00:00:0${address.at(-1)}`,
    state: 'bound',
  })
  const leases = [lease('10.77.1.1', 'Printer'), lease('10.77.1.2', 'desk'), lease('10.77.1.3', 'desk')]
  await using supervisor = await fakeSupervisor({ result: leases })
  const why = (name: string) => run(['leases', 'why', name, '--config', supervisor.configFile])
  await why('printer')
  expect(supervisor.requests.at(-1)?.params).toMatchObject({ question: 'why', params: { key: '52:54:00:00:00:01' } })
  expect(await why('desk')).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('give one of 10.77.1.2, 10.77.1.3'),
  })
  expect(await why('nobody')).toMatchObject({ code: 1, stderr: expect.stringContaining('no lease has the host name') })
})

test('a fault is printed once in status, however many tell it', async () => {
  const error = 'cannot store messages: the disk is full'
  const probe = { ok: false, latency_ms: 1, age_s: 1, error }
  const sick = serviceReport({ health: 'degraded', status: `3 messages; ${error}`, reason: error, probe })
  await using supervisor = await fakeSupervisor({ result: statusReport(sick) })
  const { stdout } = await run(['status', '--config', supervisor.configFile])
  expect(stdout.split(error)).toHaveLength(2)
})

test('time drill without a fault to serve is 64 and names what there is', async () => {
  const { code, stderr } = await run(['time', 'drill', '--listen', 'udp://127.0.0.1:0'])
  expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringContaining('--offset 1h, --step -5s, or --leap') })
})

test('time prints the clock, the sources and the clients', async () => {
  const report = {
    clock: {
      synchronised: false,
      stratum: 10,
      reference_id: 'LOCL',
      offset_s: 0,
      root_delay_s: 0,
      root_dispersion_s: 0.0103302001953125,
      source: null,
    },
    sources: [],
    clients: [
      {
        address: '127.0.0.1',
        requests: 3,
        per_minute: 2,
        last_s: 61,
        rate_limited: 1,
        denied: 0,
        version: 4,
        authentication: 'none',
        interleaved: true,
        stratum: 11,
        reference_id: '127.0.0.1',
        follows_us: true,
        clock: 'real',
        error_s: -0.0123456789,
        refused: 'kissed',
      },
    ],
  }
  await using supervisor = await fakeSupervisor({ result: report })
  const argv = ['time', '--config', supervisor.configFile]
  expect(await run(argv)).toEqual({
    code: 0,
    stderr: '',
    stdout: `clock not synchronised, stratum 10, reference LOCL, source -
offset 0 s, root delay 0 s, root dispersion 0.01033 s

no upstream sources

ADDRESS    NAME  REQUESTS  A MINUTE  LAST ASKED     LIMITED  DENIED  REFUSED  VERSION  MODE         PROOF  SENDS  AHEAD (S)  FOLLOWS
127.0.0.1  -     3         2         1 min 1 s ago  1        0       kissed   4        interleaved  none   real   -0.012346  us, stratum 11
`,
  })
  const clients = report.clients.map((client) => ({ ...client, name: null, name_source: null }))
  expect(JSON.parse((await run([...argv, '--json'])).stdout)).toEqual({ ...report, clients, drill: null })
  const [first, ...others] = supervisor.requests.slice(0, 3).map(({ params }) => params)
  expect(first).toEqual({ service: 'ntp', question: 'time', params: {} })
  expect(new Set(others)).toEqual(
    new Set([
      { service: 'dhcp', question: 'lease-names', params: { addresses: ['127.0.0.1'] } },
      { service: 'syslog', question: 'sender-names', params: { addresses: ['127.0.0.1'] } },
    ]),
  )
})

test('time names clients by their lease, and else as their log messages do, and tells which', async () => {
  const clients = [{ address: '10.77.1.2' }, { address: '10.77.1.3' }, { address: '10.77.1.4' }]
  const answers: Record<string, unknown> = {
    time: { clock: {}, sources: [], clients },
    'lease-names': [{ address: '10.77.1.2', hostname: 'desk' }],
    'sender-names': [
      { address: '10.77.1.2', host: 'liar' },
      { address: '10.77.1.3', host: 'sw-7\u001b' },
    ],
  }
  await using supervisor = await fakeSupervisor(({ params }) => ({ result: answers[params.question ?? ''] }))
  const argv = ['time', '--config', supervisor.configFile]
  expect(JSON.parse((await run([...argv, '--json'])).stdout).clients).toEqual([
    { address: '10.77.1.2', name: 'desk', name_source: 'lease' },
    { address: '10.77.1.3', name: 'sw-7\u001b', name_source: 'syslog' },
    { address: '10.77.1.4', name: null, name_source: null },
  ])
  expect((await run(argv)).stdout).toMatch(
    /10\.77\.1\.2 +desk .*\n10\.77\.1\.3 +sw-7\S+ \(syslog\) .*\n10\.77\.1\.4 +- /,
  )
})

test.each<[string, unknown, string[]]>([
  [
    'status',
    statusReport(serviceReport({ status: HOSTILE, reason: HOSTILE, health: 'failing', listen: [HOSTILE] })),
    [],
  ],
  [
    'why',
    whyReport({ next: HOSTILE, exits: [{ ...exitReport({ at: HOSTILE }), life: 1, last_lines: [HOSTILE] }] }),
    ['ntp'],
  ],
  ['start', { reached: true, state: 'ready', message: HOSTILE }, ['ntp']],
  ['leases', [LEASE], []],
  ['leases', [{ reason: HOSTILE, hostname: HOSTILE, at: HOSTILE }], ['why', '10.0.0.1']],
  ['time', { clock: { source: HOSTILE }, sources: [{ address: HOSTILE }], clients: [{ address: HOSTILE }] }, []],
])('%s lets no control character from outside through', async (command, result, rest) => {
  await using supervisor = await fakeSupervisor({ result })
  const { stdout } = await run([command, ...rest, '--config', supervisor.configFile])
  expect(stdout).toContain(PLAIN)
  expect(stdout).not.toMatch(CONTROL)
})

test.each([
  ['one way', ['rfc3164'], 'rfc3164', 'dialect = "rfc3164"'],
  ['one way and lone lines', ['rfc3164', 'raw'], 'rfc3164', 'dialect = "rfc3164"'],
  ['mostly lone lines', ['rfc5424', 'raw'], 'raw', 'writes in several ways (rfc5424, raw)'],
  ['two forms', ['rfc5424', 'rfc3164'], 'rfc5424', 'writes in several ways (rfc5424, rfc3164)'],
])('senders --toml of one that writes in %s', async (_, dialects, dialect, text) => {
  const sender = { address: '192.0.2.1', hosts: ['sw-7'], dialects, dialect, zone: 'own', pinned: null }
  await using supervisor = await fakeSupervisor({ result: [sender] })
  const { code, stdout } = await run(['senders', '--toml', '--config', supervisor.configFile])
  expect(code).toBe(0)
  expect(stdout).toContain(text)
  expect(stdout).not.toContain('dialect = "raw"')
  expect(stdout.includes('[[syslog.sender]]')).toBe(text.startsWith('dialect'))
})
