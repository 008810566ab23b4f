import { expect, test } from 'vitest'
import { problemsOf, subnetText, warningsOf } from './check-text.ts'

const DURATION = 'a duration such as "250ms", "30s", "15m", "12h" or "7d"'
const SIZE = 'a size such as "512B", "64KiB", "8MiB" or "10GiB"'

test.each<[string, string, string[]]>([
  ['an empty file', '', ['f.toml:1: there is nothing to run; give a section such as [syslog] or [ntp]']],
  ['only comments', '# x\n', ['f.toml:1: there is nothing to run; give a section such as [syslog] or [ntp]']],
  [
    'a string without its end',
    '[ntp]\n\nlocal_stratum = "3\n',
    ['f.toml:3: not valid TOML: unterminated string constant'],
  ],
  [
    'a key twice',
    '[ntp]\nlisten = []\nlisten = []\n',
    ['f.toml:3: not valid TOML: defining a key multiple times is invalid'],
  ],
  ['a mistyped section', '[syslgo]\n', ['f.toml:1: syslgo: is not a known key; did you mean "syslog"?']],
  [
    'a mistyped key',
    '[ntp]\nlocal_statum = 3\n',
    ['f.toml:2: ntp.local_statum: is not a known key; did you mean "local_stratum"?'],
  ],
  [
    'a hyphen for an underscore',
    '[ntp]\nlocal-stratum = 3\n',
    ['f.toml:2: ntp.local-stratum: is not a known key; did you mean "local_stratum"?'],
  ],
  [
    'a key like none',
    '[http]\nzzzzzz = 1\n',
    ['f.toml:2: http.zzzzzz: is not a known key; known here: enabled, listen, root, restart'],
  ],
  [
    'a key of Object.prototype',
    '[http]\ntoString = 1\n',
    ['f.toml:2: http.toString: is not a known key; known here: enabled, listen, root, restart'],
  ],
  [
    'a key named __proto__',
    '[http.__proto__]\nroot = 1\n',
    ['f.toml:1: http.__proto__: is not a known key; known here: enabled, listen, root, restart'],
  ],
  [
    'a key that needs quotes',
    '[http]\n"a\\u001bb" = 1\n',
    ['f.toml:2: http."a\\u001bb": is not a known key; known here: enabled, listen, root, restart'],
  ],
  ['a section that is no table', 'ntp = 3\n', ['f.toml:1: ntp: must be a table, not 3']],
  ['a section that is a list', '[[ntp]]\n', ['f.toml:1: ntp: must be a table, not a list']],
  [
    'a service that is no list',
    '[service]\nname = "a"\n',
    ['f.toml:1: service: must be a list in square brackets, not a table'],
  ],
  [
    'a date where text belongs',
    'state_dir = 2026-01-01\n[ntp]\n',
    ['f.toml:1: state_dir: must be the path of a folder, not a date'],
  ],
  ['an empty folder', 'run_dir = ""\n[ntp]\n', ['f.toml:1: run_dir: must be the path of a folder, not empty']],
  [
    'an unknown level',
    'log_level = "loud"\n[ntp]\n',
    ['f.toml:1: log_level: must be one of "debug", "info", "warn", "error", not "loud"'],
  ],
  [
    'a number as duration',
    '[ntp]\n[supervisor]\nstop_timeout = 5\n',
    [`f.toml:3: supervisor.stop_timeout: must be ${DURATION}, not 5`],
  ],
  [
    'a duration with a space',
    '[ntp]\n[supervisor]\nstop_timeout = "5 s"\n',
    [`f.toml:3: supervisor.stop_timeout: must be ${DURATION}, not "5 s"`],
  ],
  [
    'a duration of zero',
    '[ntp]\n[supervisor]\nstop_timeout = "0s"\n',
    ['f.toml:3: supervisor.stop_timeout: must be from 100ms to 1d, not 0s'],
  ],
  ['a decimal size', '[syslog]\nmax_message = "64KB"\n', [`f.toml:2: syslog.max_message: must be ${SIZE}, not "64KB"`]],
  [
    'a size out of range',
    '[syslog]\nmax_message = "1B"\n',
    ['f.toml:2: syslog.max_message: must be from 480B to 1MiB, not 1B'],
  ],
  [
    'a stratum out of range',
    '[ntp]\nlocal_stratum = 16\n',
    ['f.toml:2: ntp.local_stratum: must be a whole number from 0 to 15, not 16'],
  ],
  [
    'a clock that is to be kept without sources',
    '[ntp]\ndiscipline = true\n',
    ['f.toml:2: ntp.discipline: needs a [[ntp.source]]: there is nothing to keep the clock by'],
  ],
  [
    'a step of a clock that is not touched',
    '[ntp]\nstep = { updates = 0 }\n',
    ['f.toml:2: ntp.step: needs discipline = true: without it the clock is not touched'],
  ],
  ['a flag as text', '[ntp]\nenabled = "yes"\n', ['f.toml:2: ntp.enabled: must be true or false, not "yes"']],
  [
    'a prefix with host bits',
    '[ntp]\nallow = ["::1",\n "10.0.0.1/8"]\n',
    [
      'f.toml:3: ntp.allow[1]: must be a prefix such as "10.0.0.0/8" or "fe80::/10", or one address, with all bits behind the prefix zero, not "10.0.0.1/8"',
    ],
  ],
  ['no socket', '[http]\nlisten = []\n', ['f.toml:2: http.listen: must name at least one socket']],
  [
    'a socket of the wrong kind',
    '[http]\nlisten = ["udp://0.0.0.0:80"]\n',
    ['f.toml:2: http.listen[0]: must start with tcp://, not "udp://0.0.0.0:80"'],
  ],
  [
    'a socket by name',
    '[ntp]\nlisten = ["udp://localhost:123"]\n',
    [
      'f.toml:2: ntp.listen[0]: must be a socket such as "udp://0.0.0.0:514" with a literal address, not "udp://localhost:123"',
    ],
  ],
  [
    'a TLS socket',
    '[syslog]\nlisten = ["tls://0.0.0.0:6514"]\n',
    ['f.toml:2: syslog.listen[0]: "tls://0.0.0.0:6514" needs a certificate: it belongs under [syslog.tls]'],
  ],
  [
    'a TLS socket of ntp',
    '[ntp]\nlisten = ["tls://0.0.0.0:4460"]\n',
    ['f.toml:2: ntp.listen[0]: "tls://0.0.0.0:4460" needs a certificate: it belongs under [ntp.nts]'],
  ],
  [
    'a key of a source without a file of keys',
    '[[ntp.source]]\naddress = "192.0.2.1"\nkey = 5\n',
    ['f.toml:3: ntp.source[0].key: needs [ntp] keys: the file that has this key'],
  ],
  [
    'two proofs of one source',
    '[ntp]\nkeys = "k"\n[[ntp.source]]\naddress = "192.0.2.1"\nkey = 5\nnts = true\n',
    ['f.toml:5: ntp.source[0].key: is not used with nts = true; remove one of them'],
  ],
  [
    'what belongs to NTS without it',
    '[[ntp.source]]\naddress = "192.0.2.1"\nnts_port = 1\nnts_ca = "c"\n',
    ['f.toml:3: ntp.source[0].nts_port: needs nts = true', 'f.toml:4: ntp.source[0].nts_ca: needs nts = true'],
  ],
  [
    'NTS without a socket, and with a server that is none',
    '[ntp.nts]\ncert = "c"\nkey = "k"\nlisten = []\nserver = "a b"\n',
    [
      'f.toml:4: ntp.nts.listen: must name at least one socket',
      'f.toml:5: ntp.nts.server: must be a host name or an address',
    ],
  ],
  [
    'NTS without a certificate',
    '[ntp.nts]\nkey = "k"\n',
    [
      'f.toml:1: ntp.nts.cert: is missing: file of the certificate, and behind it those that lead to its authority (PEM)',
    ],
  ],
  [
    'names of clients without an authority',
    '[syslog.tls]\ncert = "c"\nkey = "k"\nclient_names = ["a"]\n',
    ['f.toml:4: syslog.tls.client_names: needs client_ca: without it no client shows a certificate'],
  ],
  [
    'TLS without a certificate',
    '[syslog]\ntls = {}\n',
    [
      'f.toml:2: syslog.tls.cert: is missing: file of the certificate, and behind it those that lead to its authority (PEM)',
      'f.toml:2: syslog.tls.key: is missing: file of its key (PEM), readable by the user of the daemons',
    ],
  ],
  [
    'a unix path too long',
    `[syslog]\nlisten = ["unix:///${'x'.repeat(107)}"]\n`,
    [`f.toml:2: syslog.listen[0]: must be a path of at most 107 bytes, not /${'x'.repeat(107)}`],
  ],
  [
    'limits that are none',
    '[syslog]\nmax_connections = 3\nmax_connections_per_sender = 0\nrate_limit = { burst = 5 }\n',
    [
      'f.toml:2: syslog.max_connections: must be a whole number from 16 to 65000, not 3',
      'f.toml:3: syslog.max_connections_per_sender: must be a whole number from 1 to 65000, not 0',
      'f.toml:4: syslog.rate_limit.per_second: is missing: messages per second, for ever',
      'f.toml:4: syslog.rate_limit.burst: must be a whole number from 16 to 10000000, not 5',
    ],
  ],
  [
    'datagrams and connections at one path',
    '[syslog]\nlisten = ["unix:///run/x.sock", "unix-stream:///run/x.sock"]\n',
    [
      'f.toml:2: syslog.listen[1]: unix-stream:///run/x.sock collides with unix:///run/x.sock, taken by this service already',
    ],
  ],
  [
    'one socket for two services',
    '[syslog]\nlisten = ["udp://127.0.0.1:5000"]\n[ntp]\nlisten = ["udp://127.0.0.1:5000"]\n',
    ['f.toml:4: ntp.listen[0]: udp://127.0.0.1:5000 is taken by syslog already'],
  ],
  [
    'one socket twice',
    '[ntp]\nlisten = ["udp://[::1]:5000", "udp://[0::1]:5000"]\n',
    ['f.toml:2: ntp.listen[1]: udp://[::1]:5000 is taken by this service already'],
  ],
  [
    'a socket that a wildcard covers',
    '[syslog]\nlisten = ["udp://0.0.0.0:5000"]\n[ntp]\nlisten = ["udp://127.0.0.1:5000"]\n',
    ['f.toml:4: ntp.listen[0]: udp://127.0.0.1:5000 collides with udp://0.0.0.0:5000, taken by syslog already'],
  ],
  [
    'retention below one segment',
    '[syslog]\nretention = { size = "1MiB" }\n',
    ['f.toml:2: syslog.retention.size: must not be smaller than segment.size'],
  ],
  [
    'a sync that is none',
    '[syslog]\nsync = "always"\n',
    ['f.toml:2: syslog.sync: must be a duration such as "1s", or "batch", or "off", not "always"'],
  ],
  [
    'backoff upside down',
    '[http]\n[http.restart]\nbackoff = { first = "1m" }\n',
    ['f.toml:3: http.restart.backoff: first (60000ms) must not be longer than max (30000ms)'],
  ],
  [
    'a factor below one',
    '[http]\nrestart.backoff.factor = 0.5\n',
    ['f.toml:2: http.restart.backoff.factor: must be a number from 1 to 100, not 0.5'],
  ],
  [
    'a watchdog set twice',
    '[http]\n[supervisor]\nwatchdog = "1s"\n[supervisor.restart]\nwatchdog = "1s"\n',
    [
      'f.toml:5: supervisor.restart.watchdog: is set twice; keep it under [supervisor] or under [supervisor.restart], not both',
    ],
  ],
  [
    'a watchdog of one service',
    '[http]\nrestart = { watchdog = "1s" }\n',
    ['f.toml:2: http.restart.watchdog: is the same for all services; set it under [supervisor]'],
  ],
])('%s is told with its line', (_, text, want) => {
  expect(problemsOf(text)).toEqual(want)
})

test.each<[string, string, string]>([
  [
    '[lpd]',
    '[ntp]\n[lpd]\nenabled = false\n',
    'f.toml:2: lpd: print spooling is not in this version yet; remove the section',
  ],
  [
    '[[lpd.queue]]',
    '[ntp]\n[[lpd.queue]]\n',
    'f.toml:2: lpd: print spooling is not in this version yet; remove the section',
  ],
])('%s says that it is not in this version', (_, text, want) => {
  expect(problemsOf(text)).toEqual([want])
})

test.each([
  ['address = ""', 'f.toml:3: ntp.source[0].address: must be an IP address or a host name, not empty'],
  ['address = "192.0.2.1"\nport = 0', 'f.toml:4: ntp.source[0].port: must be a whole number from 1 to 65535, not 0'],
  ['address = "192.0.2.1"\npoll = { min = "1s" }', 'f.toml:4: ntp.source[0].poll.min: must be from 2s to 36h, not 1s'],
  ['address = "192.0.2.1"\npoll = { min = "2h" }', 'f.toml:4: ntp.source[0].poll: min must not be longer than max'],
  [
    'address = "192.0.2.1"\n[[ntp.source]]\naddress = "192.0.2.1"',
    'f.toml:4: ntp.source[1]: 192.0.2.1 is a source already',
  ],
])('a time source with %j is refused', (text, want) => {
  expect(problemsOf(`[ntp]\n[[ntp.source]]\n${text}\n`)).toEqual([want])
})

test.each<[string, string, string[]]>([
  [
    'out of reach',
    '[dhcp]\n[[dhcp.subnet]]\nsubnet = "10.0.0.0/24"\npools = ["10.0.0.1"]\n',
    ['f.toml:1: dhcp: must be reachable: give interfaces, or listen for relay agents, or both'],
  ],
  [
    'that trusts a link that it does not serve',
    '[dhcp]\ninterfaces = ["a"]\ntrusted_links = ["a", "b"]\n[[dhcp.subnet]]\nsubnet = "10.0.0.0/24"\npools = ["10.0.0.1"]\n',
    ['f.toml:3: dhcp.trusted_links[1]: "b" is none of interfaces'],
  ],
  [
    'with a relay socket for IPv6',
    '[dhcp]\nlisten = ["udp://[::]:67"]\n[[dhcp.subnet]]\nsubnet = "10.0.0.0/24"\npools = ["10.0.0.1"]\n',
    ['f.toml:2: dhcp.listen[0]: must be an IPv4 address: relays of DHCPv4 have no other'],
  ],
  [
    'with a relay socket that hears what interfaces hear',
    '[dhcp]\ninterfaces = ["eth1"]\nlisten = ["udp://0.0.0.0:67"]\n[[dhcp.subnet]]\nsubnet = "10.0.0.0/24"\npools = ["10.0.0.1"]\n',
    [
      'f.toml:3: dhcp.listen[0]: must be the address that relays write to: 0.0.0.0 hears what clients on interfaces broadcast, too',
    ],
  ],
  [
    'without a subnet',
    '[dhcp]\ninterfaces = ["eth1"]\n',
    ['f.toml:1: dhcp.subnet: is missing; give at least one [[dhcp.subnet]]'],
  ],
  [
    'with an interface twice',
    '[dhcp]\ninterfaces = ["a",\n"a"]\n[[dhcp.subnet]]\nsubnet = "10.0.0.0/24"\n',
    ['f.toml:3: dhcp.interfaces[1]: "a" is given twice'],
  ],
  [
    'with a strange relay port',
    '[dhcp]\nrelay_port = "sauce"\ninterfaces = ["a"]\nsubnet = []\n',
    ['f.toml:2: dhcp.relay_port: must be a port from 1 to 65535, or "source", not "sauce"'],
  ],
  [
    'with a host as subnet',
    '[dhcp]\ninterfaces = ["a"]\nsubnet = [{ subnet = "10.0.0.9/24" }]\n',
    ['f.toml:3: dhcp.subnet[0].subnet: must be the address of the network, 10.0.0.0/24, not 10.0.0.9/24'],
  ],
  [
    'with a subnet left out',
    '[dhcp]\ninterfaces = ["a"]\n[[dhcp.subnet]]\n',
    ['f.toml:3: dhcp.subnet[0].subnet: is missing: the network with its prefix length'],
  ],
  [
    'with subnets that overlap',
    '[dhcp]\ninterfaces = ["a"]\n[[dhcp.subnet]]\nsubnet = "10.0.0.0/16"\n[[dhcp.subnet]]\nsubnet = "10.0.3.0/24"\n',
    ['f.toml:6: dhcp.subnet[1].subnet: must not overlap the subnet 10.0.0.0/16'],
  ],
  [
    'with a pool outside',
    subnetText('pools = ["10.0.1.1-10.0.1.9"]'),
    ['f.toml:5: dhcp.subnet[0].pools[0]: must lie within 10.0.0.1-10.0.0.254, not 10.0.1.1-10.0.1.9'],
  ],
  [
    'with the broadcast address in a pool',
    subnetText('pools = ["10.0.0.9-10.0.0.255"]'),
    ['f.toml:5: dhcp.subnet[0].pools[0]: must lie within 10.0.0.1-10.0.0.254, not 10.0.0.9-10.0.0.255'],
  ],
  [
    'with pools that overlap',
    subnetText('pools = ["10.0.0.1-10.0.0.9", "10.0.0.9"]'),
    ['f.toml:5: dhcp.subnet[0].pools[1]: must not overlap the pool 10.0.0.1-10.0.0.9'],
  ],
  [
    'with a pool backwards',
    subnetText('pools = ["10.0.0.9-10.0.0.1"]'),
    ['f.toml:5: dhcp.subnet[0].pools[0]: must start with the lower address, not 10.0.0.9'],
  ],
  [
    'with the server in a pool',
    subnetText('pools = ["10.0.0.1-10.0.0.9"]\n[dhcp.restart]\n').replace('eth1"]', 'eth1"]\nserver_id = "10.0.0.5"'),
    ['f.toml:6: dhcp.subnet[0].pools[0]: must not hold 10.0.0.5, the address of the server'],
  ],
  [
    'with a lease below the least',
    subnetText('lease_time = "1m"'),
    ['f.toml:5: dhcp.subnet[0].lease_time: must not be shorter than min_lease_time (120s)'],
  ],
  [
    'with a lease above the most',
    subnetText('lease_time = "2d"'),
    ['f.toml:5: dhcp.subnet[0].lease_time: must not be longer than max_lease_time (86400s)'],
  ],
  [
    'with the least above the most',
    subnetText('min_lease_time = "2d"'),
    ['f.toml:5: dhcp.subnet[0].min_lease_time: must not be longer than max_lease_time (86400s)'],
  ],
  [
    'with half a second of lease',
    subnetText('lease_time = "1500ms"'),
    ['f.toml:5: dhcp.subnet[0].lease_time: must be whole seconds, not 1500ms'],
  ],
  [
    'with a multicast router',
    subnetText('routers = ["224.0.0.1"]'),
    ['f.toml:5: dhcp.subnet[0].routers[0]: must be the address of one host; 224.0.0.1 is reserved'],
  ],
  [
    'with a time server that is no list',
    subnetText('ntp = "me"'),
    ['f.toml:5: dhcp.subnet[0].ntp: must be "self" or a list of addresses, not "me"'],
  ],
  [
    'with a wrong time server',
    subnetText('ntp = ["10.0.0.256"]'),
    ['f.toml:5: dhcp.subnet[0].ntp[0]: must be an IPv4 address such as "192.168.50.1", not "10.0.0.256"'],
  ],
  [
    'with an option of our own',
    subnetText('options = [{ code = 51, type = "u32", value = 1 }]'),
    ['f.toml:5: dhcp.subnet[0].options[0].code: must not be 51: this option is the key `lease_time`'],
  ],
  [
    'with option 255',
    subnetText('options = [{ code = 255, type = "u8", value = 1 }]'),
    ['f.toml:5: dhcp.subnet[0].options[0].code: must be a whole number from 1 to 254, not 255'],
  ],
  [
    'with an option twice',
    subnetText('options = [{ code = 150, type = "u8", value = 1 }, { code = 150, type = "u8", value = 1 }]'),
    ['f.toml:5: dhcp.subnet[0].options[1]: option 150 is given twice'],
  ],
  [
    'with an option that does not fit',
    subnetText('options = [{ code = 150, type = "u8", value = [1, 256] }]'),
    ['f.toml:5: dhcp.subnet[0].options[0].value: must be a whole number from 0 to 255 or a list of them, not 256'],
  ],
  [
    'with a reservation outside',
    subnetText('[[dhcp.subnet.reservation]]\nmac = "52-54-00-AA-BB-CC"\naddress = "10.0.1.1"'),
    ['f.toml:7: dhcp.subnet[0].reservation[0].address: must lie within 10.0.0.1-10.0.0.254, not 10.0.1.1'],
  ],
  [
    'with a reservation for nobody',
    subnetText('[[dhcp.subnet.reservation]]\naddress = "10.0.0.1"'),
    ['f.toml:5: dhcp.subnet[0].reservation[0]: must have one of mac, client_id, circuit_id, remote_id'],
  ],
  [
    'with an address reserved twice',
    subnetText(
      'reservation = [{ mac = "52:54:00:aa:bb:cc", address = "10.0.0.1" },\n{ client_id = "01", address = "10.0.0.1" }]',
    ),
    ['f.toml:6: dhcp.subnet[0].reservation[1].address: is reserved already by reservation[0]'],
  ],
  [
    'with a client twice',
    subnetText(
      'reservation = [{ mac = "52:54:00:aa:bb:cc", address = "10.0.0.1" },\n{ mac = "52-54-00-AA-BB-CC", address = "10.0.0.2" }]',
    ),
    ['f.toml:6: dhcp.subnet[0].reservation[1].mac: has an address already by reservation[0]'],
  ],
])('dhcp %s is told with its line', (_, text, want) => {
  expect(problemsOf(text)).toEqual(want)
})

test.each<[string, string, string[]]>([
  ['without a name', '[[service]]\ncommand = ["a"]\n', ['f.toml:1: service[0].name: is missing: name of the service']],
  [
    'without a program',
    '[[service]]\nname = "a"\ncommand = []\n',
    ['f.toml:3: service[0].command: must name a program'],
  ],
  [
    'with a name of ours',
    '[[service]]\nname = "ntp"\ncommand = ["a"]\n',
    ['f.toml:2: service[0].name: must not be "ntp", a name of Lanward itself'],
  ],
  [
    'with a path as name',
    '[[service]]\nname = "../a"\ncommand = ["a"]\n',
    ['f.toml:2: service[0].name: must be 1 to 32 lower-case letters, digits, hyphens and underscores, a letter first'],
  ],
  [
    'with a name used twice',
    '[[service]]\nname = "a"\ncommand = ["a"]\n[[service]]\nname = "a"\ncommand = ["a"]\n',
    ['f.toml:5: service[1].name: "a" is used twice'],
  ],
  [
    'after nothing known',
    '[syslog]\n[[service]]\nname = "a"\ncommand = ["a"]\nafter = ["sylog"]\n',
    ['f.toml:5: service[0].after[0]: "sylog" is not a service of this file; did you mean "syslog"?'],
  ],
  [
    'after a section that is absent',
    '[[service]]\nname = "a"\ncommand = ["a"]\nafter = ["ntp"]\n',
    ['f.toml:4: service[0].after[0]: "ntp" is not a service of this file'],
  ],
  [
    'after itself',
    '[[service]]\nname = "a"\ncommand = ["a"]\nafter = ["a"]\n',
    ['f.toml:4: service[0].after[0]: must not name the service itself'],
  ],
  [
    'in a circle',
    '[[service]]\nname = "a"\ncommand = ["a"]\nafter = ["b"]\n[[service]]\nname = "b"\ncommand = ["b"]\nafter = ["c"]\n[[service]]\nname = "c"\ncommand = ["c"]\nafter = ["a"]\n',
    ['f.toml:4: service[0].after: goes round in a circle: a -> b -> c -> a'],
  ],
])('a service %s is told with its line', (_, text, want) => {
  expect(problemsOf(text)).toEqual(want)
})

test('all problems of a file are told, in its order', () => {
  const text = `runn_dir = "x"
[syslog]
max_message = 3
[ntp]
local_stratum = 77
[dhcp]
interfaces = [5]
${subnetText('pools = ["10.0.1.1"]').split('\n').slice(2).join('\n')}
[[service]]
name = "a"
command = ["a"]
after = ["b"]
[[service]]
name = "b"
command = [""]
type = "x"
`
  expect(problemsOf(text).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'f.toml:1: runn_dir:',
    'f.toml:3: syslog.max_message:',
    'f.toml:5: ntp.local_stratum:',
    'f.toml:7: dhcp.interfaces[0]:',
    'f.toml:10: dhcp.subnet[0].pools[0]:',
    'f.toml:18: service[1].type:',
  ])
})

test('a wrong value of a subnet hides nothing else that is wrong in it, or between it and others', () => {
  const text = `[dhcp]
interfaces = ["eth1"]
server_id = "10.0.0.30"
[[dhcp.subnet]]
subnet = "10.0.0.0/24"
lease_time = "soon"
max_lease_time = "10s"
pools = ["10.0.0.20-10.0.0.40", "nonsense", "10.0.0.40-10.0.0.50", "10.0.1.1"]
options = [{ code = 51, type = "u8", value = 1 }, { code = 150, type = "u8", value = 1 }, { code = 150, type = "u8", value = 2 }]
[[dhcp.subnet.reservation]]
mac = "nonsense"
address = "10.0.0.5"
[[dhcp.subnet.reservation]]
mac = "52:54:00:aa:bb:cc"
address = "10.0.0.5"
[[dhcp.subnet.reservation]]
mac = "52:54:00:aa:bb:cc"
address = "10.0.0.5"
[[dhcp.subnet]]
subnet = "10.0.0.128/25"
routers = 5
`
  expect(problemsOf(text)).toEqual([
    `f.toml:6: dhcp.subnet[0].lease_time: must be ${DURATION}, not "soon"`,
    'f.toml:8: dhcp.subnet[0].pools[0]: must not hold 10.0.0.30, the address of the server',
    'f.toml:8: dhcp.subnet[0].pools[1]: must be a range such as "192.168.50.100-192.168.50.199", not "nonsense"',
    'f.toml:8: dhcp.subnet[0].pools[2]: must not overlap the pool 10.0.0.20-10.0.0.40',
    'f.toml:8: dhcp.subnet[0].pools[3]: must lie within 10.0.0.1-10.0.0.254, not 10.0.1.1-10.0.1.1',
    'f.toml:9: dhcp.subnet[0].options[0].code: must not be 51: this option is the key `lease_time`',
    'f.toml:9: dhcp.subnet[0].options[2]: option 150 is given twice',
    'f.toml:11: dhcp.subnet[0].reservation[0].mac: must be an Ethernet address such as "52:54:00:aa:bb:cc", not "nonsense"',
    'f.toml:17: dhcp.subnet[0].reservation[2].mac: has an address already by reservation[1]',
    'f.toml:18: dhcp.subnet[0].reservation[2].address: is reserved already by reservation[1]',
    'f.toml:20: dhcp.subnet[1].subnet: must not overlap the subnet 10.0.0.0/24',
    'f.toml:21: dhcp.subnet[1].routers: must be a list in square brackets, not 5',
  ])
})

test('a section that is not enabled is checked all the same, but takes no socket', () => {
  expect(problemsOf('[ntp]\nenabled = false\nlocal_stratum = 77\n')).toHaveLength(1)
  expect(problemsOf('[ntp]\nenabled = false\n[syslog]\nlisten = ["udp://0.0.0.0:123"]\n')).toEqual([])
})

test.each<[string, string, string]>([
  [
    'a subnet that gives nothing',
    subnetText(''),
    'f.toml:3: dhcp.subnet[0]: has neither pools nor reservations: no client will get an address',
  ],
  [
    'a router that a client could get',
    subnetText(
      'pools = ["10.0.0.1-10.0.0.9",\n{ range = "10.0.0.20", routers = ["10.0.0.2", "10.0.0.3"] }]\nrouters = ["10.0.0.3"]',
    ),
    'f.toml:6: dhcp.subnet[0].pools[1].routers[0]: lies in a pool: a client could get 10.0.0.2',
  ],
  [
    'a name of two hosts',
    subnetText(
      'reservation = [{ mac = "52:54:00:00:00:01", address = "10.0.0.1", hostname = "a" },\n{ mac = "52:54:00:00:00:02", address = "10.0.0.2", hostname = "A" }]',
    ),
    'f.toml:6: dhcp.subnet[0].reservation[1].hostname: is the name of reservation[0], too',
  ],
  [
    'a router that lies elsewhere',
    subnetText('pools = ["10.0.0.1"]\nrouters = ["10.0.1.1"]'),
    'f.toml:6: dhcp.subnet[0].routers[0]: lies outside of the subnet: a client does not reach 10.0.1.1 without a route of its own',
  ],
  [
    'a time service that is not run',
    subnetText('pools = ["10.0.0.1"]\nntp = "self"'),
    'f.toml:6: dhcp.subnet[0].ntp: is left out: ntp is not served by this machine',
  ],
  [
    'a print service that is not there',
    subnetText('pools = ["10.0.0.1"]\nlpr = "self"'),
    'f.toml:6: dhcp.subnet[0].lpr: is left out: lpd is not served by this machine',
  ],
])('%s is warned about', (_, text, want) => {
  expect(warningsOf(text)).toEqual([want])
})
