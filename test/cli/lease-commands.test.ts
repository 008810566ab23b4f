import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fakeSupervisor, lonelyConfig, run } from './fake-supervisor.ts'

const MAC = '52:54:00:00:00:01'

const row = (changes: Record<string, unknown>): Record<string, unknown> => ({
  address: '192.168.50.100',
  mac: MAC,
  client_id: null,
  hostname: 'desk',
  subnet: '192.168.50.0/24',
  state: 'bound',
  starts: '2026-01-02T03:04:05.000Z',
  ends: '2026-01-02T04:04:05.000Z',
  relay: null,
  reserved: false,
  ...changes,
})
const ROWS = [
  row({}),
  row({ address: '192.168.51.7', mac: '52:54:00:00:00:02', hostname: 'Printer-2', client_id: 'ff00' }),
  row({ address: '192.168.50.101', mac: '52:54:00:00:00:03', hostname: null, state: 'expired' }),
  row({ address: '192.168.50.102', mac: '52:54:00:00:00:04', hostname: null, state: 'declined' }),
]

test.each([
  [[], ['.50.100', '.51.7', '.50.102']],
  [['--all'], ['.50.100', '.51.7', '.50.101', '.50.102']],
  [['--state', 'expired'], ['.50.101']],
  [['--subnet', '192.168.51.0/24'], ['.51.7']],
  [['--subnet', '192.168.50.100'], ['.50.100']],
  [['--search', 'printer'], ['.51.7']],
  [['--search', '52-54-00-00-00-01'], ['.50.100']],
  [['--search', 'nothing'], []],
])('leases %j shows %j', async (words, ends) => {
  await using supervisor = await fakeSupervisor({ result: ROWS })
  const { code, stdout } = await run(['leases', '--json', ...words, '--config', supervisor.configFile])
  expect(code).toBe(0)
  expect(JSON.parse(stdout).map(({ address }: { address: string }) => address)).toEqual(
    ends.map((end) => `192.168${end}`),
  )
})

test('leases tells why an address is set aside', async () => {
  const reason = 'found in use by a device\u001b[2J'
  await using supervisor = await fakeSupervisor({ result: [row({ state: 'declined', reason })] })
  const { stdout } = await run(['leases', '--config', supervisor.configFile])
  expect(stdout.split('\n')[1]).toMatch(/declined .* found in use by a device\\x1b\[2J$/)
})

test.each([
  [['--state', 'gone'], 'there is no state "gone"'],
  [['--subnet', 'lan'], '"lan" is no subnet'],
  [['export', '--format', 'xml'], 'there is no format "xml"'],
  [['release', 'printer'], '"printer" is no client'],
  [['reserve', MAC, 'here'], '"here" is no address'],
  [['try'], 'describe the client'],
  [['try', '--iaid', '1'], 'describe the client of DHCPv6: --duid'],
  [['try', '--mac', MAC, '--relay', 'fd00::1'], 'describe the client of DHCPv6: --duid'],
  [['try', '--duid', '000301', '--circuit-id', '00'], '--circuit-id is of DHCP for IPv4'],
  [['import', '/nonexistent'], 'cannot read /nonexistent: there is no such file'],
  [['import', '/'], 'cannot read /: it is a folder'],
])('leases %j is a mistake of usage', async (words, reason) => {
  await using supervisor = await fakeSupervisor({ result: ROWS })
  const { code, stderr } = await run(['leases', ...words, '--config', supervisor.configFile])
  expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringContaining(reason) })
  expect(supervisor.requests).toEqual([])
})

test.each([
  ['reserve', [MAC, '192.168.50.9', '--hostname', 'nas'], { client: MAC, address: '192.168.50.9', hostname: 'nas' }],
  ['unreserve', ['192.168.50.9'], { client: '192.168.50.9' }],
  ['release', [MAC], { client: MAC }],
  ['release', ['5254.00aa.BBCC'], { client: '525400aaBBCC' }],
])('leases %s changes something, and is 1 with the reason when it is refused', async (name, words, params) => {
  await using supervisor = await fakeSupervisor({ result: { refused: 'no\u001b[2J' } })
  const { code, stderr } = await run(['leases', name, ...words, '--config', supervisor.configFile])
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'lanward: no\\x1b[2J\n' })
  expect(supervisor.requests).toEqual([
    { id: 1, method: 'change', params: { service: 'dhcp', question: `change-${name}`, params } },
  ])
})

test('leases import sends the leases in parts that the control socket takes, released ones first', async () => {
  await using supervisor = await fakeSupervisor({
    result: { imported: 7, left_out: [{ what: 'x', reason: 'y\u0007' }] },
  })
  const file = join(supervisor.runDir, 'kea.csv')
  const header =
    'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context'
  const lines = Array.from(
    { length: 500 },
    (_, at) => `10.0.${at >> 8}.${at & 255},52:54:00:00:00:01,,60,180000000${at % 7},1,0,0,,${at === 499 ? 2 : 0},`,
  )
  writeFileSync(file, [header, ...lines, 'nonsense', ''].join('\n'))
  const { code, stdout, stderr } = await run(['leases', 'import', file, '--config', supervisor.configFile])
  const parts = supervisor.requests.map(
    ({ params }) => params.params as { leases: { address: string }[]; dry: boolean },
  )
  expect(parts.length).toBeGreaterThan(1)
  expect(parts.flatMap(({ leases }) => leases)).toHaveLength(500)
  expect(parts[0]?.leases[0]?.address).toBe('10.0.1.243')
  for (const request of supervisor.requests) expect(JSON.stringify(request).length).toBeLessThan(64 * 1024)
  expect(stdout).toBe(`${7 * parts.length} leases taken over (kea)\n`)
  expect(stderr).toContain('left out at line 502: nonsense: it cannot be read\n')
  expect(stderr).toContain('left out: x: y\\x07\n')
  expect(code).toBe(0)
})

test('leases without a supervisor and without a lease file is 69', async () => {
  const { code, stderr } = await run(['leases', '--config', lonelyConfig().configFile])
  expect({ code, stderr }).toEqual({ code: 69, stderr: expect.stringContaining('no supervisor answers') })
})

test('leases try prints the decision, its reason and the reply, and is 1 without an address', async () => {
  const reply = {
    type: 'OFFER',
    to: 'frame 192.168.50.100',
    next_server: '192.168.50.2',
    boot_file: 'x\u001b.efi',
    server_name: null,
    options: [
      { code: 53, hex: '02' },
      { code: 51, hex: 'ffffffff' },
      { code: 6, hex: 'c0a83201c0a83202' },
      { code: 15, hex: '6c61621b5b326a' },
      { code: 26, hex: '2328' },
      { code: 43, hex: '0601' },
      { code: 119, hex: '036c616200c000' },
      { code: 121, hex: '00c0a83201' },
    ],
  }
  const place = { subnet: 's', received_at: '192.168.50.2' }
  const report = { type: 'DISCOVER', outcome: 'offer', reason: 'next', address: '192.168.50.100', ...place, reply }
  await using supervisor = await fakeSupervisor({ result: report })
  const { code, stdout } = await run(['leases', 'try', '--mac', MAC, '--config', supervisor.configFile])
  expect(stdout).toBe(`DISCOVER: offer 192.168.50.100 in s
because: next
as if it came to: 192.168.50.2
reply: OFFER to frame 192.168.50.100, next server 192.168.50.2, boot file x\\x1b.efi

CODE  OPTION                   VALUE
53    message-type             OFFER
51    lease-time               for ever
6     domain-name-servers      192.168.50.1 192.168.50.2
15    domain-name              lab\\x1b[2j
26    interface-mtu            9000
43    vendor-specific          0601
119   domain-search            lab lab
121   classless-static-routes  default via 192.168.50.1
`)
  expect(code).toBe(0)
  await using deaf = await fakeSupervisor({ result: { ...report, outcome: 'ignored_no_subnet', reply: null } })
  const no = await run(['leases', 'try', '--mac', MAC, '--config', deaf.configFile])
  expect(no.code).toBe(1)
  expect(no.stdout).toContain('no reply\n')
})

test('leases try --duid prints what DHCPv6 decides and its reply, and is 1 for a no', async () => {
  const reply = {
    type: 'ADVERTISE',
    status: null,
    associations: [
      {
        iaid: 7,
        status: null,
        t1_s: 0xffffffff,
        t2_s: 2880,
        addresses: [{ address: 'fd00::9', preferred_s: 3600, valid_s: 7200 }],
      },
      { iaid: 8, status: 'noAddrsAvail: none\u001b[2J', t1_s: 0, t2_s: 0, addresses: [] },
    ],
    options: [
      { code: 2, hex: '0004ff' },
      { code: 3, hex: '00' },
      { code: 23, hex: 'fd000000000000000000000000000001' },
      { code: 24, hex: '036c616200' },
      { code: 32, hex: '00000e10' },
      { code: 39, hex: '04046465736b00' },
      { code: 56, hex: '00010010fd000000000000000000000000000002' },
      { code: 103, hex: '1b78' },
      { code: 999, hex: '01' },
    ],
  }
  const place = { subnet: 'fd00::/64', received_at: 'ff02::1:2%lan0' }
  const report = { type: 'SOLICIT', outcome: 'advertise', reason: 'free', address: 'fd00::9', ...place, reply }
  await using supervisor = await fakeSupervisor({ result: report })
  const words = ['--duid', '0004ff', '--iaid', '7', '--address', 'fd00::9', '--mac', '5254.0000.0001']
  const { code, stdout } = await run(['leases', 'try', ...words, '--config', supervisor.configFile])
  expect(stdout).toBe(`SOLICIT: advertise fd00::9 in fd00::/64
because: free
as if it came to: ff02::1:2%lan0
reply: ADVERTISE
IAID 7: T1 for ever, T2 2880 s
  fd00::9 preferred 3600 s, valid 7200 s
IAID 8: noAddrsAvail: none\\x1b[2J

CODE  OPTION                    VALUE
2     server-identifier         0004ff
23    dns-servers               fd00::1
24    domain-search             lab
32    information-refresh-time  3600 s
39    client-fqdn               desk
56    ntp-server                fd00::2
103   captive-portal            \\x1bx
999   -                         01
`)
  expect(code).toBe(0)
  expect(supervisor.requests).toMatchObject([
    { params: { params: { duid: '0004ff', iaid: '7', address: 'fd00::9', mac: '525400000001' } } },
  ])
  await using deaf = await fakeSupervisor({ result: { ...report, outcome: 'no_addresses', reply: null } })
  const no = await run(['leases', 'try', '--duid', '0004ff', '--config', deaf.configFile])
  expect(no).toMatchObject({ code: 1, stdout: expect.stringContaining('no reply\n') })
})
