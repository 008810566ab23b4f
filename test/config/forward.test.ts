import { expect, test } from 'vitest'
import { configOf, problemsOf } from './check-text.ts'

/** The targets of a configuration with these `[[syslog.forward]]` in it. */
function targetsOf(...targets: string[]): unknown {
  const text = `[syslog]\n${targets.map((keys) => `[[syslog.forward]]\n${keys}\n`).join('')}`
  const [daemon] = configOf(text).daemons
  return daemon?.name === 'syslog' ? daemon.section.forward : null
}

test('a target needs no more than an address', () => {
  const open = { severity: 7, facilities: [], hosts: [], apps: [] }
  const common = {
    ...{ filter: open, format: 'rfc5424', framing: 'octet-counted', origin: true, http: null },
    ...{ tls: { ca: null, cert: null, key: null, name: null }, spool: { sizeBytes: 2 ** 30, ageMs: 7 * 86_400_000 } },
  }
  expect(targetsOf('to = "tcp://loghost"', 'to = "udp://[2001:db8::1]:5514"')).toEqual([
    {
      ...common,
      ...{ name: 'tcp://loghost:514', to: { scheme: 'tcp', host: 'loghost', port: 514 } },
      ...{ maxMessageBytes: 16 << 20, rate: null },
    },
    {
      ...common,
      ...{ name: 'udp://[2001:db8::1]:5514', to: { scheme: 'udp', host: '2001:db8::1', port: 5514 } },
      ...{ maxMessageBytes: 65_507, rate: 10_000 },
    },
  ])
})

test('all keys are taken over', () => {
  const keys = `to = "tls://log.example"
name = "central"
severity = "warning"
facility = ["auth", "local7"]
host = ["SW-*"]
app = ["sshd"]
format = "json"
origin = false
max_message = "8KiB"
rate = 100
tls = { ca = "tls/ca.pem", cert = "/etc/box.pem", key = "/etc/box.key", name = "other.example" }
spool = { size = "2GiB", age = "1d" }`
  expect(targetsOf(keys)).toEqual([
    {
      name: 'central',
      to: { scheme: 'tls', host: 'log.example', port: 6514 },
      filter: { severity: 4, facilities: [4, 23], hosts: ['sw-*'], apps: ['sshd'] },
      format: 'json',
      framing: 'newline',
      origin: false,
      maxMessageBytes: 8192,
      rate: 100,
      tls: { ca: '/etc/lanward/tls/ca.pem', cert: '/etc/box.pem', key: '/etc/box.key', name: 'other.example' },
      http: null,
      spool: { sizeBytes: 2 * 2 ** 30, ageMs: 86_400_000 },
    },
  ])
})

test('a URL tells by its end what the batches are', () => {
  const headers = 'headers = { Authorization = "Bearer x" }\nlabels = ["app"]\nbatch = { size = "2KiB", wait = "50ms" }'
  const loki = 'http://log:3100/loki/api/v1/push'
  const victoria = 'https://log/insert/jsonline'
  expect(
    targetsOf(
      `to = "${loki}"\n${headers}`,
      `to = "${victoria}"`,
      `to = "${victoria}?_stream_fields=x"\nname = "2"`,
      'to = "http://log/in"',
    ),
  ).toMatchObject([
    {
      ...{ format: 'loki', to: { scheme: 'http', url: loki }, maxMessageBytes: 262_144, rate: null },
      http: { headers: { Authorization: 'Bearer x' }, labels: ['app'], batch: { sizeBytes: 2048, waitMs: 50 } },
    },
    {
      ...{ format: 'json', name: victoria },
      to: { scheme: 'https', url: `${victoria}?_stream_fields=host%2Capp&_msg_field=msg&_time_field=rt` },
      http: { headers: {}, labels: ['host', 'severity'], batch: { sizeBytes: 1 << 20, waitMs: 1000 } },
    },
    { to: { url: `${victoria}?_stream_fields=x&_msg_field=msg&_time_field=rt` } },
    { format: 'json', to: { scheme: 'http', url: 'http://log/in' } },
  ])
})

const WHAT =
  'a target such as "tcp://loghost:514", "tls://loghost:6514", "udp://192.0.2.9:514" or "https://loghost/insert/jsonline"'

test.each([
  ['tcp://192.0.2.1:514', 'is our own listener tcp://192.0.2.1:514: each message would come back to us'],
  ['tls://192.0.2.1', 'is our own listener tls://192.0.2.1:6514'],
  ['udp://192.0.2.1:514', null],
  ['tcp://192.0.2.2:514', null],
])('a target that is our own listener is refused: %s', (to, says) => {
  const tls = '[syslog.tls]\nlisten = ["tls://192.0.2.1:6514"]\ncert = "c"\nkey = "k"\n'
  const text = `[syslog]\nlisten = ["tcp://192.0.2.1:514", "udp://192.0.2.1:5514"]\n${tls}[[syslog.forward]]\nto = "${to}"\n`
  expect(problemsOf(text)).toEqual(says === null ? [] : [expect.stringContaining(says)])
})

test.each([
  ['severity = "err"', 'f.toml:2: syslog.forward[0].to: is missing'],
  ['to = "loghost:514"', `f.toml:3: syslog.forward[0].to: must be ${WHAT}, not "loghost:514"`],
  ['to = "tcp://log host"', `f.toml:3: syslog.forward[0].to: must be ${WHAT}, not "tcp://log host"`],
  ['to = "tcp://300.1.1.1"', `f.toml:3: syslog.forward[0].to: must be ${WHAT}, not "tcp://300.1.1.1"`],
  ['to = "tcp://[::x]:1"', `f.toml:3: syslog.forward[0].to: must be ${WHAT}, not "tcp://[::x]:1"`],
  ['to = "tcp://h:0"', 'f.toml:3: syslog.forward[0].to: must have a port from 1 to 65535, not 0'],
  ['to = "tcp://h:70000"', 'f.toml:3: syslog.forward[0].to: must have a port from 1 to 65535, not 70000'],
  [
    'to = "tcp://h"\nseverity = "warn"',
    'f.toml:4: syslog.forward[0].severity: must be one of "emerg", "alert", "crit"',
  ],
  ['to = "tcp://h"\nfacility = ["auht"]', 'f.toml:4: syslog.forward[0].facility[0]: must be one of "kern"'],
  [
    'to = "tcp://h"\nsevrity = "err"',
    'f.toml:4: syslog.forward[0].sevrity: is not a known key; did you mean "severity"?',
  ],
  [
    'to = "tcp://h"\ntls = { ca = "x" }',
    'f.toml:4: syslog.forward[0].tls: is only for tls:// and https:// targets, not tcp://',
  ],
  ['to = "tls://h"\ntls = { cert = "x" }', 'f.toml:4: syslog.forward[0].tls: needs both cert and key, or neither'],
  ['to = "udp://h"\nframing = "newline"', 'f.toml:4: syslog.forward[0].framing: is only for tcp:// and tls:// targets'],
  [
    'to = "tcp://h"\nformat = "json"\nframing = "octet-counted"',
    'f.toml:5: syslog.forward[0].framing: must be "newline" with format "json"',
  ],
  [
    'to = "udp://h"\nmax_message = "1MiB"',
    'f.toml:4: syslog.forward[0].max_message: must not exceed 65507B, the longest datagram',
  ],
  [
    'to = "tcp://h"\nspool = { size = "1MiB" }',
    'f.toml:4: syslog.forward[0].spool: size must not be smaller than segment.size: whole segments are skipped',
  ],
  [
    'to = "tcp://h"\n[[syslog.forward]]\nto = "tcp://h:514"',
    'f.toml:5: syslog.forward[1].to: is that of the target before it (number 1): give one of them a name',
  ],
  [
    `to = "tcp://${'h.'.repeat(60)}h"`,
    'f.toml:3: syslog.forward[0].to: is longer than 80 characters; give a shorter name',
  ],
])('a target with %s is refused', (keys, want) => {
  const [problem, ...others] = problemsOf(`[syslog]\n[[syslog.forward]]\n${keys}\n`)
  expect(problem?.slice(0, want.length)).toBe(want)
  expect(others).toEqual([])
})
