import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { type Box, configure, startBox } from '../support/box.ts'
import { shellProgram, variablesOf } from '../support/dhcp-clients.ts'
import { testWith } from '../support/needs.ts'
import { end, ip, type Lan, makeLan, setKernel, settled, spawnIn } from '../support/network.ts'
import { waitFor } from '../support/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-renewals6-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Leases that are renewed every two seconds, on a box that serves no IPv4. */
function config(pool: string, more = ''): string {
  return `
[dhcp]
interfaces = ["lan0"]
[[dhcp.subnet6]]
subnet = "fd00:50::/64"
mode = "stateful"
preferred_lifetime = "4s"
valid_lifetime = "10m"
pools = ["${pool}"]
${more}`
}

async function makeLan6(): Promise<Lan> {
  const lan = makeLan()
  ip('-n', lan.client, 'link', 'set', 'eth0', 'address', '52:54:00:aa:bb:01')
  ip('-n', lan.server, 'address', 'add', 'fd00:50::1/64', 'dev', 'lan0', 'nodad')
  await settled(lan.server, 'lan0')
  await settled(lan.client, 'eth0')
  return lan
}

/** The addresses that a client was told, the last of them last. */
function told(path: string): readonly string[] {
  try {
    // What comes behind the last end is being written.
    const blocks = readFileSync(path, 'utf8').split('--\n').slice(0, -1)
    return blocks.flatMap((block) => variablesOf(block)['new_ip6_address'] ?? [])
  } catch {
    return []
  }
}

function leases(box: Box): readonly { readonly address: string; readonly state: string }[] {
  return JSON.parse(box.lanward('leases', '--json').stdout)
}

testWith(
  ['namespaces', 'program dhclient'],
  'dhclient goes on with its address after a kill, and moves where a reload wants it',
  async () => {
    using lan = await makeLan6()
    await using box = await startBox({ config: config('fd00:50::1000-fd00:50::1fff'), namespace: lan.server })
    const file = join(folder, 'renewed')
    const script = shellProgram(folder, 'renewals', `env >> ${file}\necho -- >> ${file}\nexit 0`)
    const files = ['-lf', join(folder, 'renewed.leases'), '-pf', join(folder, 'renewed.pid')]
    const dhclient = spawnIn(lan.client, ['dhclient', '-6', '-d', '-sf', script, ...files, 'eth0'], { stdio: 'ignore' })
    try {
      const [first] = await waitFor('a lease', () => (told(file).length > 0 ? told(file) : undefined))
      const { pid } = await box.service('dhcp')
      process.kill(pid ?? 0, 'SIGKILL')
      const after = await box.until('dhcp', 'a renewal', (service) => {
        return service.pid !== pid && (service.counters['v6_renew'] ?? 0) + (service.counters['v6_rebind'] ?? 0) > 0
      })
      expect(after.counters).toMatchObject({ v6_no_binding: 0, v6_dropped: 0 })
      expect(leases(box).map(({ address }) => address)).toEqual([first])
      expect(new Set(told(file))).toEqual(new Set([first]))

      configure(box.config, { config: config('fd00:50::2000-fd00:50::2fff') })
      expect(box.lanward('reload').status).toBe(0)
      const moved = await waitFor('another address', () => told(file).find((one) => one.startsWith('fd00:50::2')))
      expect(leases(box).map(({ address }) => address)).toContain(moved)

      const reservation = '[[dhcp.subnet6.reservation]]\nmac = "52:54:00:aa:bb:01"\naddress = "fd00:50::77"'
      configure(box.config, { config: config('fd00:50::2000-fd00:50::2fff', reservation) })
      expect(box.lanward('reload').status).toBe(0)
      await waitFor('the reserved address', () => told(file).find((one) => one === 'fd00:50::77'))
      expect((await box.service('dhcp')).restarts).toBe(1)
    } finally {
      await end(dhclient)
    }
  },
)

testWith(
  ['namespaces', 'file /lib/systemd/systemd-networkd'],
  'systemd-networkd is led to a lease by the advertisements, in two messages where both want that',
  async () => {
    using lan = await makeLan6()
    setKernel(lan.client, 'net/ipv6/conf/eth0/accept_ra', 0)
    await using box = await startBox({
      config: config('fd00:50::1000-fd00:50::1fff', 'rapid_commit = true\ndns = "self"'),
      namespace: lan.server,
      user: 'nobody',
    })
    // A read-only /sys tells it that no udev will name the interfaces.
    const command = `mount -t tmpfs tmpfs /run/systemd
      mkdir -p /run/systemd/network
      printf '[Match]\\nName=eth0\\n[Network]\\nIPv6AcceptRA=yes\\n' > /run/systemd/network/a.network
      chmod -R a+rX /run/systemd
      mount -o remount,ro /sys
      exec /lib/systemd/systemd-networkd`
    const networkd = spawnIn(lan.client, ['sh', '-c', command], { stdio: 'ignore' })
    try {
      const service = await box.until('dhcp', 'a lease', ({ counters }) => (counters['v6_reply'] ?? 0) > 0)
      expect(service.counters).toMatchObject({ v6_advertise: 0, v6_request: 0 })
      const [lease] = leases(box)
      await waitFor('its address', () => {
        return (
          ip('-n', lan.client, '-6', 'address', 'show', 'dev', 'eth0').includes(`${lease?.address}/128`) || undefined
        )
      })
    } finally {
      await end(networkd)
    }
  },
)
