import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { ip, makeLan, runIn, settled } from '../support/network.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-conflict6-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const CONFIG = `
[dhcp]
interfaces = ["lan0"]
[[dhcp.subnet6]]
subnet = "fd00:50::/64"
mode = "stateful"
advertise = false
pools = ["fd00:50::1000-fd00:50::1fff"]
[[dhcp.subnet6.reservation]]
mac = "52:54:00:aa:bb:cc"
address = "fd00:50::10"
`

testWith(
  ['namespaces', 'program dhclient'],
  'an IPv6 address that a device of the link uses is not offered, but the next; also after SIGKILL',
  async () => {
    using lan = makeLan()
    ip('-n', lan.server, 'address', 'add', 'fd00:50::1/64', 'dev', 'lan0', 'nodad')
    ip('-n', lan.client, 'link', 'set', 'eth0', 'address', '52:54:00:aa:bb:cc')
    // Another device on the client's end of the cable.
    ip('-n', lan.client, 'link', 'add', 'link', 'eth0', 'name', 'other', 'type', 'macvlan', 'mode', 'bridge')
    ip('-n', lan.client, 'link', 'set', 'other', 'address', '52:54:00:00:00:99', 'up')
    ip('-n', lan.client, 'address', 'add', 'fd00:50::10/64', 'dev', 'other', 'nodad')
    for (const [namespace, device] of [
      [lan.server, 'lan0'],
      [lan.client, 'eth0'],
      [lan.client, 'other'],
    ] as const)
      await settled(namespace, device)
    await using box = await startBox({ config: CONFIG, namespace: lan.server, user: 'nobody' })
    const lease = (name: string): string => {
      const [file, pidFile] = [join(folder, `${name}.leases`), join(folder, `${name}.pid`)]
      const options = ['-6', '-1', '-D', 'LL', '-sf', '/bin/true', '-lf', file, '-pf', pidFile]
      runIn(lan.client, ['dhclient', ...options, 'eth0'])
      runIn(lan.client, ['dhclient', '-6', '-x', '-pf', pidFile, 'eth0'])
      return /iaaddr (\S+) \{/.exec(readFileSync(file, 'utf8'))?.[1] ?? ''
    }
    const address = lease('first')
    expect(address).toMatch(/^fd00:50::1[0-9a-f]{3}$/)
    const listed = (): unknown => JSON.parse(box.lanward('leases', '--state', 'declined', '--json').stdout)
    const stranger = { address: 'fd00:50::10', mac: '52:54:00:00:00:99' }
    expect(listed()).toMatchObject([{ ...stranger, reason: 'found in use by a device without a lease of it' }])
    expect(box.lanward('leases', 'why', 'fd00:50::10').stdout).toContain('it answered when it was asked who has')

    const { pid } = await box.service('dhcp')
    process.kill(pid ?? 0, 'SIGKILL')
    await box.until('dhcp', 'another process', (dhcp) => dhcp.state === 'ready' && dhcp.pid !== pid)
    expect(listed()).toMatchObject([stranger])
    expect(lease('second')).toBe(address)

    ip('-n', lan.client, 'link', 'delete', 'other')
    expect(box.lanward('leases', 'release', 'fd00:50::10').status).toBe(0)
    expect(lease('third')).toBe('fd00:50::10')
    const { counters } = await box.service('dhcp')
    expect(counters).toMatchObject({ v6_offered_unasked: 0, v6_decline: 0 })
  },
  60_000,
)
