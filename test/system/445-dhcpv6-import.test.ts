import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { ip, makeLan, runIn, settled, spawnIn } from '../support/network.ts'
import { waitFor } from '../support/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-import6-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const CONFIG = `
[dhcp]
interfaces = ["lan0"]
[[dhcp.subnet6]]
subnet = "fd00:50::/64"
mode = "stateful"
advertise = false
pools = ["fd00:50::1000-fd00:50::1fff"]
`

testWith(
  ['namespaces', 'program dhclient', 'program dnsmasq'],
  'a client of dnsmasq goes on with its IPv6 address here, what is exported has its lease as dnsmasq wrote it, and a reservation made by command outlives a kill',
  async () => {
    using lan = makeLan()
    ip('-n', lan.server, 'address', 'add', 'fd00:50::1/64', 'dev', 'lan0', 'nodad')
    await settled(lan.server, 'lan0')
    await settled(lan.client, 'eth0')
    const leaseFile = join(folder, 'dnsmasq.leases')
    const range = '--dhcp-range=fd00:50::1000,fd00:50::1fff,64,infinite'
    const plain = ['-d', '-C', '/dev/null', '--port=0', '--user=root', '--interface=lan0', range]
    const dnsmasq = spawnIn(lan.server, ['dnsmasq', ...plain, `--dhcp-leasefile=${leaseFile}`], { stdio: 'ignore' })
    const pidFile = join(folder, 'dhclient.pid')
    const files = ['-lf', join(folder, 'dhclient.leases'), '-pf', pidFile]
    const dhclient = ['dhclient', '-6', '-1', '-D', 'LL', '-sf', '/bin/true', ...files, 'eth0']
    runIn(lan.client, dhclient)
    const address = await waitFor('the lease in its file', () => {
      return / (fd00:50::1\w+) /.exec(readFileSync(leaseFile, 'utf8'))?.[1]
    })
    dnsmasq.kill('SIGTERM')
    await once(dnsmasq, 'exit')
    runIn(lan.client, ['dhclient', '-6', '-x', '-pf', pidFile, 'eth0'])

    await using box = await startBox({ config: CONFIG, namespace: lan.server })
    const imported = JSON.parse(box.lanward('leases', 'import', leaseFile, '--json').stdout)
    expect(imported).toEqual({ format: 'dnsmasq', dry_run: false, imported: 1, reserved: 0, left_out: [] })
    const written = readFileSync(leaseFile, 'utf8').split('\n')[1]
    expect(box.lanward('leases', 'export', '--format', 'dnsmasq').stdout).toBe(`${written}\n`)
    runIn(lan.client, dhclient)
    await box.until('dhcp', 'a client that was there before', ({ counters }) => (counters['v6_confirmed'] ?? 0) > 0)
    expect(JSON.parse(box.lanward('leases', '--json').stdout)).toMatchObject([{ address, state: 'bound' }])
    const anew = (): string => {
      runIn(lan.client, ['dhclient', '-6', '-x', '-pf', pidFile, 'eth0'])
      rmSync(join(folder, 'dhclient.leases'))
      runIn(lan.client, dhclient)
      return /iaaddr (\S+) \{/.exec(readFileSync(join(folder, 'dhclient.leases'), 'utf8'))?.[1] ?? ''
    }
    expect(anew()).toBe(address)

    expect(box.lanward('leases', 'reserve', address, 'fd00:50::99', '--hostname', 'desk').status).toBe(0)
    const { pid } = await box.service('dhcp')
    process.kill(pid ?? 0, 'SIGKILL')
    await box.until('dhcp', 'another process', (dhcp) => dhcp.state === 'ready' && dhcp.pid !== pid)
    expect(anew()).toBe('fd00:50::99')
    expect(JSON.parse(box.lanward('leases', '--json', '--search', 'fd00:50::99').stdout)).toMatchObject([
      { hostname: 'desk', reserved: true },
    ])
    expect(box.lanward('leases', 'unreserve', 'fd00:50::99').stdout).toBe('fd00:50::99 is no longer reserved\n')
    runIn(lan.client, ['dhclient', '-6', '-x', '-pf', pidFile, 'eth0'])
  },
)
