import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { type Box, startBox } from '../support/box.ts'
import { shellProgram, variablesOf } from '../support/dhcp-clients.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { testWith } from '../support/needs.ts'
import { end, ip, type Lan, makeLan, runIn, settled, spawnIn } from '../support/network.ts'
import { RecordedClients6 } from '../support/recorded-clients6.ts'
import { makeRelayedLan } from '../support/relayed-lan.ts'
import { waitFor } from '../support/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-dhcpv6-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const CONFIG = `
[ntp]
listen = ["udp://[::]:123"]
[dhcp]
interfaces = ["lan0"]
[[dhcp.subnet]]
subnet = "192.168.50.0/24"
pools = ["192.168.50.100-192.168.50.199"]
[[dhcp.subnet6]]
subnet = "fd00:50::/64"
mode = "stateful"
advertise = false
pools = ["fd00:50::1000-fd00:50::ffff"]
dns = "self"
ntp = "self"
domain_search = ["lab.example"]
[[dhcp.subnet6.reservation]]
mac = "52:54:00:aa:bb:cc"
address = "fd00:50::10"
hostname = "printer"
`
/** Restarts at once however often it happens: here the kills are ours. */
const SUPERVISOR =
  'restart = { backoff = { first = "1ms" }, limit = { restarts = 1000, within = "30s" }, reset_after = "1ms" }'

interface Row {
  readonly address: string
  readonly mac: string
  readonly duid: string | null
  readonly iaid: number | null
  readonly state: string
  readonly hostname: string | null
}

/** The two hosts with IPv6; waits until their link-local addresses are theirs, before which no client starts. */
async function makeLan6(): Promise<Lan> {
  const lan = makeLan()
  ip('-n', lan.client, 'link', 'set', 'eth0', 'address', '52:54:00:aa:bb:01')
  ip('-n', lan.server, 'address', 'add', 'fd00:50::1/64', 'dev', 'lan0', 'nodad')
  await settled(lan.server, 'lan0')
  await settled(lan.client, 'eth0')
  return lan
}

function leases6(box: Box, ...words: string[]): readonly Row[] {
  const rows: readonly Row[] = JSON.parse(box.lanward('leases', '--json', ...words).stdout)
  return rows.filter(({ duid }) => duid !== null)
}

/** A program that writes its variables where `told` says, when a lease begins. */
function teller(name: string, reasons: string): { readonly script: string; readonly told: string } {
  const told = join(folder, `${name}-told`)
  const script = shellProgram(
    folder,
    name,
    `case "$reason" in ${reasons}) env > ${told}.new && mv ${told}.new ${told};; esac\nexit 0`,
  )
  return { script, told }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

describe('DHCPv6 clients of Debian', () => {
  testWith(
    ['namespaces', 'program dhclient'],
    'dhclient: an address, its settings, what lanward tells of it, and a release',
    async () => {
      using lan = await makeLan6()
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      const { script, told } = teller('dhclient6', 'BOUND6')
      const common = [
        '-6',
        '-1',
        '-sf',
        script,
        '-lf',
        join(folder, 'dhclient6.leases'),
        '-pf',
        join(folder, 'dhclient6.pid'),
      ]
      runIn(lan.client, ['dhclient', ...common, 'eth0'])
      const got = variablesOf(await waitFor('its script', () => read(told)))
      expect(got).toMatchObject({ new_dhcp6_name_servers: 'fd00:50::1', new_dhcp6_domain_search: 'lab.example.' })
      const [row] = leases6(box)
      expect(row).toMatchObject({
        address: got['new_ip6_address'],
        state: 'bound',
        subnet: 'fd00:50::/64',
        client_id: null,
      })
      expect(row?.mac).toBe('52:54:00:aa:bb:01')
      expect(box.lanward('leases').stdout).toContain(`${row?.address} `)
      expect(box.lanward('leases', '--subnet', 'fd00:50::/64', '--json').stdout).toContain(row?.address)
      expect(box.lanward('leases', '--subnet', '192.168.50.0/24', '--json').stdout).toBe('[]\n')
      const why = box.lanward('leases', 'why', row?.address ?? '')
      expect(why.stdout).toMatch(/SOLICIT +advertise[\s\S]*REQUEST +reply/)
      expect(box.lanward('leases', 'why', row?.duid ?? '').stdout).toBe(why.stdout)
      runIn(lan.client, ['dhclient', '-r', ...common, 'eth0'])
      const { counters } = await box.until('dhcp', 'a release', (service) => (service.counters['v6_released'] ?? 0) > 0)
      expect(counters).toMatchObject({
        v6_solicit: 1,
        v6_advertise: 1,
        v6_request: 1,
        v6_reply: 1,
        v6_release: 1,
        v6_dropped: 0,
      })
      expect(leases6(box)).toEqual([])
      expect(leases6(box, '--all')).toMatchObject([{ address: row?.address, state: 'released' }])
    },
  )

  testWith(
    ['namespaces', 'program dhclient'],
    'dhclient: a reservation by hardware address, ended by command; and settings without an address',
    async () => {
      using lan = await makeLan6()
      ip('-n', lan.client, 'link', 'set', 'eth0', 'address', '52:54:00:aa:bb:cc')
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      const { script, told } = teller('reserved6', 'BOUND6')
      const files = ['-lf', join(folder, 'reserved6.leases'), '-pf', join(folder, 'reserved6.pid')]
      const dhclient = ['dhclient', '-6', '-1', '-D', 'LL', '-sf', script, ...files]
      runIn(lan.client, [...dhclient, 'eth0'])
      expect(variablesOf(await waitFor('its script', () => read(told)))['new_ip6_address']).toBe('fd00:50::10')
      expect(leases6(box)).toMatchObject([{ address: 'fd00:50::10', hostname: 'printer', reserved: true }])
      const { duid, iaid } = leases6(box)[0] ?? {}
      const tried = box.lanward('leases', 'try', '--duid', duid ?? '', '--iaid', String(iaid), '--type', 'renew')
      expect(tried.stdout).toMatch(/^RENEW: reply fd00:50::10 in fd00:50::\/64\nbecause: its lease goes on\n/)
      expect(tried.stdout).toMatch(/dns-servers +fd00:50::1\n/)
      expect(box.lanward('leases', 'release', 'fd00:50::10').stdout).toContain('fd00:50::10 is free; it was bound')
      expect(leases6(box)).toEqual([])
      runIn(lan.client, ['dhclient', '-x', ...dhclient.slice(1), 'eth0'])

      const stateless = teller('stateless6', 'BOUND6|RENEW6|REBIND6|PREINIT6|STATELESS6|TIMEOUT|*')
      runIn(lan.client, ['dhclient', '-6', '-S', '-1', '-sf', stateless.script, '-pf', join(folder, 's6.pid'), 'eth0'])
      await box.until('dhcp', 'settings asked for', ({ counters }) => (counters['v6_information'] ?? 0) > 0)
      const asked = variablesOf(
        await waitFor('its script', () =>
          read(stateless.told)?.includes('name_servers') ? read(stateless.told) : undefined,
        ),
      )
      expect(asked).toMatchObject({ new_dhcp6_name_servers: 'fd00:50::1' })
    },
  )

  testWith(['namespaces', 'program dhcpcd'], 'dhcpcd: an address and the settings that it asks for', async () => {
    using lan = await makeLan6()
    await using box = await startBox({ config: CONFIG, namespace: lan.server })
    const { script, told } = teller('dhcpcd6', 'BOUND6')
    const config = shellProgram(folder, 'dhcpcd6.conf', 'duid\nipv6only\nnoipv6rs\ninterface eth0\nia_na 7')
    const command = `for d in /var/lib/dhcpcd /run/dhcpcd; do mkdir -p $d; mount -t tmpfs tmpfs $d; done
    exec dhcpcd -6 -A -B -f ${config} -c ${script} -o dhcp6_name_servers -o dhcp6_domain_search eth0`
    const dhcpcd = spawnIn(lan.client, ['sh', '-c', command], { stdio: 'ignore' })
    try {
      const got = variablesOf(await waitFor('its script', () => read(told)))
      const [row] = leases6(box)
      expect(row?.address).toBe(got['new_dhcp6_ia_na1_ia_addr1'])
      expect(got).toMatchObject({
        new_dhcp6_name_servers: 'fd00:50::1',
        new_dhcp6_domain_search: 'lab.example',
        new_dhcp6_ia_na1_iaid: '00000007',
      })
    } finally {
      await end(dhcpcd)
    }
  })
})

describe('DHCPv6 under load', () => {
  testWith(
    ['namespaces', 'program perfdhcp'],
    'perfdhcp: every reply is a lease on record, also when the daemon is killed in the middle',
    async () => {
      using lan = await makeLan6()
      await using box = await startBox({ config: CONFIG, supervisor: SUPERVISOR, namespace: lan.server })
      const perfdhcp = spawnIn(
        lan.client,
        ['perfdhcp', '-6', '-l', 'eth0', '-r', '100', '-R', '100000', '-p', '15', '-W', '1000000', 'all'],
        {
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      )
      let said = ''
      perfdhcp.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text))
      const ended = once(perfdhcp, 'close')
      const lives = new Set<number | null>([null])
      for (let kill = 0; kill < 2; kill++) {
        const { pid } = await box.until('dhcp', 'leases', (service) => {
          return !lives.has(service.pid) && (service.counters['v6_reply'] ?? 0) > 50
        })
        lives.add(pid)
        process.kill(pid ?? 0, 'SIGKILL')
      }
      await ended
      const replies = /REQUEST-REPLY[\s\S]*?received packets: (\d+)/.exec(said)
      const received = Number(replies?.[1])
      expect(received).toBeGreaterThan(100)
      expect(leases6(box).length).toBeGreaterThanOrEqual(received)
      expect(new Set(leases6(box).map(({ address }) => address)).size).toBe(leases6(box).length)
    },
  )

  test('killed 10 times under load, dhcp loses no confirmed IPv6 lease and gives no address to two clients', async () => {
    const config = `
[dhcp]
listen = ["udp://127.0.0.1:0", "udp://[::1]:0"]
relay_port = "source"
[[dhcp.subnet]]
subnet = "10.77.0.0/16"
pools = ["10.77.1.0-10.77.250.255"]
[[dhcp.subnet6]]
subnet = "fd00:77::/64"
mode = "stateful"
advertise = false
pools = ["fd00:77::1-fd00:77::3fff"]
`
    await using box = await startBox({ config, supervisor: SUPERVISOR })
    using relay = openOnLoopback('udp://[::1]:0', 4 << 20)
    const server = { address: '::1', port: await box.port('dhcp', 'udp', '[::1]') }
    using clients = new RecordedClients6(relay.fd, server, 'fd00:77::1')
    const beganMs = performance.now()
    let joined = 0
    const load = (): void => {
      for (const due = (performance.now() - beganMs) * 0.5; joined < due; joined++)
        if (clients.kept.waiting < 200) clients.join()
      clients.kept.repeat()
    }
    const lives = new Set<number>()
    for (let kill = 0; kill < 10; kill++) {
      const confirmed = clients.kept.owners.size
      const pid = await waitFor(
        'a life that confirms leases',
        async () => {
          load()
          if (clients.kept.owners.size < confirmed + 20) return undefined
          const service = await box.service('dhcp')
          return service.pid === null || lives.has(service.pid) ? undefined : service.pid
        },
        60_000,
      )
      lives.add(pid)
      process.kill(pid, 'SIGKILL')
    }
    await waitFor('the last answers', () => {
      clients.kept.repeat()
      return clients.kept.waiting === 0 ? true : undefined
    })
    await box.stop()
    expect(clients.kept.wrongs).toEqual([])
    expect(clients.kept.renewed).toBeGreaterThan(10)
    using database = new DatabaseSync(join(box.folder, 'state/dhcp/leases.sqlite'))
    const stored = database.prepare("SELECT address, duid FROM binding WHERE state = 'bound'").all()
    const byAddress = new Map(stored.map(({ address, duid }) => [address, duid]))
    expect([...clients.kept.owners].filter(([address, duid]) => byAddress.get(address) !== duid)).toEqual([])
  }, 180_000)
})

testWith(
  ['namespaces'],
  'an interface without IPv6 is a fault as long as it is without, and DHCP is served there',
  async () => {
    using lan = makeLan()
    const mtu = (size: string) => ip('-n', lan.server, 'link', 'set', 'lan0', 'mtu', size)
    mtu('1000')
    await using box = await startBox({ config: CONFIG, namespace: lan.server, untilReady: false })
    const { reason } = await box.until('dhcp', 'the fault', ({ health }) => health === 'degraded')
    expect(reason).toContain('lan0 has no IPv6: DHCPv6 hears nobody there')
    mtu('1500')
    ip('-n', lan.server, 'address', 'add', 'fd00:50::1/64', 'dev', 'lan0', 'nodad')
    await box.until('dhcp', 'all is well', ({ health }) => health === 'ok')
    expect(ip('-n', lan.server, '-6', 'maddress', 'show', 'dev', 'lan0')).toMatch(
      /ff02::1:2\b[\s\S]*ff05::1:3|ff05::1:3[\s\S]*ff02::1:2\b/,
    )
  },
)

describe('DHCPv6 behind a relay agent', () => {
  testWith(
    ['namespaces', 'program dhclient', 'program dhcrelay'],
    'dhcrelay: each network its subnet, and the interface comes back',
    async () => {
      using lan = makeRelayedLan()
      ip('-n', lan.server, 'address', 'add', 'fd00:50::1/64', 'dev', 'lan0', 'nodad')
      ip('-n', lan.router, 'address', 'add', 'fd00:50::2/64', 'dev', 'uplink', 'nodad')
      for (const number of ['10', '20']) {
        ip('-n', lan.router, 'address', 'add', `fd00:${number}::1/64`, 'dev', `lan${number}`, 'nodad')
        await settled(lan.client, `eth${number}`)
        await settled(lan.router, `lan${number}`)
      }
      await settled(lan.server, 'lan0')
      await settled(lan.router, 'uplink')
      const subnets = ['10', '20'].map(
        (number) => `
[[dhcp.subnet6]]
subnet = "fd00:${number}::/64"
mode = "stateful"
advertise = false
pools = ["fd00:${number}::50-fd00:${number}::59"]
`,
      )
      await using box = await startBox({ config: CONFIG + subnets.join(''), namespace: lan.server })
      const lower = ['10', '20'].flatMap((number) => ['-l', `lan${number}`])
      const relay = spawnIn(lan.router, ['dhcrelay', '-6', '-d', '-I', ...lower, '-u', 'uplink'], { stdio: 'ignore' })
      try {
        for (const number of ['10', '20']) {
          const { script, told } = teller(`relayed${number}`, 'BOUND6')
          const files = ['-lf', join(folder, `r${number}.leases`), '-pf', join(folder, `r${number}.pid`)]
          runIn(lan.client, ['dhclient', '-6', '-1', '-D', 'LL', '-sf', script, ...files, `eth${number}`])
          const got = variablesOf(await waitFor('its script', () => read(told)))
          expect(got['new_ip6_address']).toMatch(new RegExp(`^fd00:${number}::5[0-9]$`))
          runIn(lan.client, ['dhclient', '-6', '-x', '-pf', join(folder, `r${number}.pid`), `eth${number}`])
        }
        expect(leases6(box).map((row) => ({ ...row }))).toMatchObject([
          { relay: 'fd00:10::1' },
          { relay: 'fd00:20::1' },
        ])
      } finally {
        await end(relay)
      }
    },
  )
})
