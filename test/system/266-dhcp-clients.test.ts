import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect } from 'vitest'
import { startBox } from '../support/box.ts'
import { shellProgram, udhcpcGets, variablesOf } from '../support/dhcp-clients.ts'
import { testWith } from '../support/needs.ts'
import { end, ip, makeLan, runIn, spawnIn } from '../support/network.ts'
import { addCable } from '../support/relayed-lan.ts'
import { waitFor } from '../support/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-dhcp-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const CONFIG = `
[ntp]
listen = ["udp://0.0.0.0:123"]
[dhcp]
interfaces = ["lan0"]
domain = "lab.example"
ntp = "self"
rapid_commit = true
options = [
  { name = "domain-search", value = ["lab.example", "eng.lab.example"] },
  { name = "classless-static-routes", value = ["default via 192.168.50.1", "10.0.0.0/8 via 192.168.50.2"] },
  { name = "interface-mtu", value = 1400 },
]
[[dhcp.class]]
name = "busybox"
vendor_class = "udhcp*"
options = [{ name = "tftp-server-name", value = "for-busybox", always = true }]
lease_time = "10m"
[[dhcp.class]]
name = "laptops"
user_class = "laptop"
deny = true
[[dhcp.subnet]]
subnet = "192.168.50.0/24"
pools = ["192.168.50.100-192.168.50.109", { range = "192.168.50.10-192.168.50.19", class = "busybox" }]
routers = ["192.168.50.1"]
dns = ["192.168.50.1"]
boot_file = "undionly.kpxe"
next_server = "192.168.50.2"
`

describe('clients of Debian get what is configured', () => {
  testWith(
    ['namespaces', 'program udhcpc'],
    'udhcpc: the pool and the options of its class, by unicast and by broadcast; a denied class gets nothing',
    async () => {
      using lan = makeLan()
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      const wishes = ['-O', 'search', '-O', 'staticroutes', '-O', 'mtu', '-O', 'ntpsrv']
      for (const more of [[], ['-B']]) {
        const got = udhcpcGets(lan.client, 'eth0', folder, [...wishes, ...more])
        expect(got).toMatchObject({
          ip: '192.168.50.10',
          lease: '600',
          serverid: '192.168.50.1',
          search: 'lab.example eng.lab.example',
          staticroutes: '0.0.0.0/0 192.168.50.1 10.0.0.0/8 192.168.50.2',
          mtu: '1400',
          ntpsrv: '192.168.50.1',
          tftp: 'for-busybox',
          boot_file: 'undionly.kpxe',
          siaddr: '192.168.50.2',
        })
        expect(got).not.toHaveProperty('router')
      }
      expect(() => udhcpcGets(lan.client, 'eth0', folder, ['-x', '0x4d:066c6170746f70', '-t', '1'])).toThrow()
      expect((await box.service('dhcp')).counters['denied']).toBeGreaterThan(0)
      const why = box.lanward(
        'leases',
        'why',
        ip('-n', lan.client, '-br', 'link', 'show', 'eth0').split(/\s+/)[2] ?? '',
      )
      expect(why.stdout).toContain('clients of class laptops are not served')
    },
  )

  testWith(
    ['namespaces', 'program dhcpcd'],
    'dhcpcd: its address at the first question, routes, search list',
    async () => {
      using lan = makeLan()
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      const told = join(folder, 'dhcpcd-told')
      const script = shellProgram(
        folder,
        'dhcpcd-script',
        `[ "$reason" = BOUND ] && env > ${told}.new && mv ${told}.new ${told}\nexit 0`,
      )
      const wishes = ['domain_search', 'classless_static_routes', 'ntp_servers', 'rapid_commit'].flatMap((name) => [
        '-o',
        name,
      ])
      const command = `for d in /var/lib/dhcpcd /run/dhcpcd; do mkdir -p $d; mount -t tmpfs tmpfs $d; done
      exec dhcpcd -4 -A -B -f /dev/null -c ${script} ${wishes.join(' ')} eth0`
      const dhcpcd = spawnIn(lan.client, ['sh', '-c', command], { stdio: 'ignore' })
      await box.until('dhcp', 'a lease', ({ counters }) => (counters['ack'] ?? 0) > 0)
      const got = variablesOf(await waitFor('the end of it', () => readOrNone(told)))
      expect(got).toMatchObject({
        new_ip_address: '192.168.50.100',
        new_domain_search: 'lab.example eng.lab.example',
        new_classless_static_routes: '0.0.0.0/0 192.168.50.1 10.0.0.0/8 192.168.50.2',
        new_ntp_servers: '192.168.50.1',
        new_filename: 'undionly.kpxe',
      })
      expect((await box.service('dhcp')).counters).toMatchObject({ discover: 1, offer: 0, request: 0, ack: 1 })
      await end(dhcpcd)
    },
  )

  testWith(
    ['namespaces', 'file /lib/systemd/systemd-networkd'],
    'systemd-networkd: its address, and the routes in place of the router',
    async () => {
      using lan = makeLan()
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      // A read-only /sys tells it that no udev will name the interfaces.
      const command = `mount -t tmpfs tmpfs /run/systemd
        mkdir -p /run/systemd/network
        printf '[Match]\\nName=eth0\\n[Network]\\nDHCP=ipv4\\nLinkLocalAddressing=no\\nIPv6AcceptRA=no\\n[DHCPv4]\\nHostname=net-d\\n' > /run/systemd/network/a.network
        chmod -R a+rX /run/systemd
        mount -o remount,ro /sys
        exec /lib/systemd/systemd-networkd`
      const networkd = spawnIn(lan.client, ['sh', '-c', command], { stdio: 'ignore' })
      const route = await waitFor('a route', () => {
        const routes = ip('-n', lan.client, 'route')
        return routes.includes('10.0.0.0/8') ? routes : undefined
      })
      expect(route).toContain('10.0.0.0/8 via 192.168.50.2')
      const [lease] = JSON.parse(box.lanward('leases', '--json').stdout)
      expect(lease).toMatchObject({
        address: '192.168.50.100',
        hostname: 'net-d',
        client_id: expect.stringMatching(/^ff/),
      })
      await end(networkd)
    },
  )

  testWith(
    ['namespaces', 'program nmap'],
    "nmap's broadcast-dhcp-discover sees one server and what it offers",
    async () => {
      using lan = makeLan('192.168.50.9/24')
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      const said = runIn(lan.client, ['nmap', '--script', 'broadcast-dhcp-discover', '-e', 'eth0'])
      expect(said).toContain('Response 1 of 1')
      for (const line of ['IP Offered: 192.168.50.10', 'Server Identifier: 192.168.50.1', 'Interface MTU: 1400'])
        expect(said).toContain(line)
      expect((await box.service('dhcp')).counters['offer']).toBe(1)
    },
  )
})

testWith(
  ['namespaces', 'program udhcpc', 'program logger', 'program ntpdig'],
  'what dhcp calls a client is shown beside its address by the commands for time and logs',
  async () => {
    using lan = makeLan()
    const syslog = '[syslog]\nlisten = ["udp://0.0.0.0:514"]\n'
    await using box = await startBox({ config: `${syslog}${CONFIG}`, namespace: lan.server })
    const { ip: address = '' } = udhcpcGets(lan.client, 'eth0', folder, ['-F', 'lamp'])
    ip('-n', lan.client, 'address', 'add', `${address}/24`, 'dev', 'eth0')
    runIn(lan.client, ['logger', '--server', '192.168.50.1', '--udp', '--tag', 'lamp', 'it is on'])
    runIn(lan.client, ['ntpdig', '192.168.50.1'])
    await box.until('syslog', 'the message', ({ counters }) => (counters['stored'] ?? 0) > 0)
    const senders = await waitFor('the sender', () => {
      const all: { address: string }[] = JSON.parse(box.lanward('senders', '--json').stdout)
      return all.some((sender) => sender.address === address) ? all : undefined
    })
    expect(senders.find((sender) => sender.address === address)).toMatchObject({ name: 'lamp' })
    const { clients } = JSON.parse(box.lanward('time', '--json').stdout)
    expect(clients).toMatchObject([{ address, name: 'lamp' }])
    expect(box.lanward('time').stdout).toMatch(/192\.168\.50\.10 +lamp /)
  },
)

describe('network boot', () => {
  testWith(
    ['namespaces', 'program udhcpc', 'program busybox'],
    'each kind of firmware gets its file, and what HTTP clients get lies where they are told',
    async () => {
      using lan = makeLan('192.168.50.9/24')
      const root = mkdtempSync(join(folder, 'www-'))
      chmodSync(folder, 0o755)
      chmodSync(root, 0o755)
      writeFileSync(join(root, 'ipxe.efi'), 'MZ')
      const boot = `
[http]
listen = ["tcp://0.0.0.0:80"]
root = ${JSON.stringify(root)}
[dhcp]
interfaces = ["lan0"]
next_server = "self"
boot_file = "undionly.kpxe"
boot_files = { uefi-x64 = "ipxe.efi", http-x64 = "http://192.168.50.1/ipxe.efi", ipxe = "http://192.168.50.1/menu.ipxe" }
[[dhcp.subnet]]
subnet = "192.168.50.0/24"
pools = ["192.168.50.100-192.168.50.109"]
`
      await using _box = await startBox({ config: boot, namespace: lan.server })
      const as = (vendor: string, ...more: readonly string[]) =>
        udhcpcGets(lan.client, 'eth0', folder, ['-V', vendor, ...more.flatMap((option) => ['-x', option])])
      expect(as('PXEClient:Arch:00000:UNDI:002001', '0x5d:0000')).toMatchObject({
        boot_file: 'undionly.kpxe',
        siaddr: '192.168.50.1',
      })
      expect(as('PXEClient:Arch:00007:UNDI:003016', '0x5d:0007')['boot_file']).toBe('ipxe.efi')
      const ipxe = as('PXEClient:Arch:00007:UNDI:003010', '0x5d:0007', '0x4d:69505845')
      expect(ipxe['boot_file']).toBe('http://192.168.50.1/menu.ipxe')
      const url = as('HTTPClient:Arch:00016:UNDI:003016', '0x5d:0010')['boot_file'] ?? ''
      expect(url).toBe('http://192.168.50.1/ipxe.efi')
      expect(runIn(lan.client, ['busybox', 'wget', '-q', '-O', '-', url])).toBe('MZ')
    },
  )
})

describe('the server keeps up with its interfaces', () => {
  testWith(
    ['namespaces', 'program udhcpc'],
    'another address of ours is what clients are told, without a command',
    async () => {
      using lan = makeLan()
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      expect(udhcpcGets(lan.client, 'eth0', folder)['serverid']).toBe('192.168.50.1')
      ip('-n', lan.server, 'address', 'add', '192.168.50.7/24', 'dev', 'lan0')
      ip('-n', lan.server, 'address', 'delete', '192.168.50.1/24', 'dev', 'lan0')
      ip('-n', lan.server, 'address', 'replace', '192.168.50.7/24', 'dev', 'lan0')
      // Addresses are looked at every two seconds; what was offered by the one that is gone can be taken up.
      const got = await waitFor('the new address', () => {
        const now = udhcpcGets(lan.client, 'eth0', folder, ['-O', 'ntpsrv'])
        return now['serverid'] === '192.168.50.7' ? now : undefined
      })
      expect(got['ntpsrv']).toBe('192.168.50.7')
      expect((await box.service('dhcp')).restarts).toBe(0)
    },
  )

  testWith(['namespaces', 'program udhcpc'], 'several interfaces, each with its own subnet', async () => {
    using lan = makeLan()
    addCable([lan.server, 'lan1'], [lan.client, 'eth1'])
    ip('-n', lan.server, 'address', 'add', '10.30.0.1/24', 'dev', 'lan1')
    const config = CONFIG.replace('["lan0"]', '["lan0", "lan1"]')
    const second = '[[dhcp.subnet]]\nsubnet = "10.30.0.0/24"\npools = ["10.30.0.50-10.30.0.59"]\n'
    await using box = await startBox({ config: `${config}${second}`, namespace: lan.server })
    expect(udhcpcGets(lan.client, 'eth1', folder)).toMatchObject({ ip: '10.30.0.50', serverid: '10.30.0.1' })
    expect(udhcpcGets(lan.client, 'eth0', folder)).toMatchObject({ ip: '192.168.50.10', serverid: '192.168.50.1' })
    expect(JSON.parse(box.lanward('leases', '--json').stdout)).toHaveLength(2)
  })
})

function readOrNone(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
