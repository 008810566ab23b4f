import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { end, ip, type Lan, makeLan, setKernel, spawnIn } from '../support/network.ts'
import { waitFor } from '../support/wait-for.ts'

const CONFIG = `
[dhcp]
interfaces = ["lan0"]
[[dhcp.subnet6]]
subnet = "fd00:50::/64"
router_lifetime = "30m"
mtu = 1400
dns = ["self", "2001:db8::53"]
domain_search = ["lab.example", "eng.lab.example"]
captive_portal = "https://portal.example/api"
nat64 = "64:ff9b::/96"
`

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-hosts-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A LAN whose server has fd00:50::1 and forwards, and whose client's kernel leaves advertisements to programs. */
function makeLan6(): Lan {
  const lan = makeLan()
  setKernel(lan.server, 'net/ipv6/conf/all/forwarding', 1)
  setKernel(lan.client, 'net/ipv6/conf/eth0/accept_ra', 0)
  ip('-n', lan.server, 'address', 'add', 'fd00:50::1/64', 'dev', 'lan0', 'nodad')
  return lan
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

async function untilRead(path: string, words: readonly string[]): Promise<string> {
  return waitFor(words.join(' '), () => {
    const text = readOrEmpty(path)
    return words.every((word) => text.includes(word)) ? text : undefined
  })
}

describe('hosts understand our router advertisements', () => {
  testWith(['namespaces', 'program dhcpcd'], 'dhcpcd', async () => {
    using lan = makeLan6()
    await using box = await startBox({ config: CONFIG, namespace: lan.server, user: 'nobody' })
    const told = join(folder, 'told')
    const command = `for d in /var/lib/dhcpcd /run/dhcpcd; do mkdir -p $d; mount -t tmpfs tmpfs $d; done
      printf '#!/bin/sh\\nenv >> ${told}\\n' > ${folder}/script; chmod +x ${folder}/script
      exec dhcpcd -6 -B -f /dev/null -c ${folder}/script eth0`
    const dhcpcd = spawnIn(lan.client, ['sh', '-c', command], { stdio: 'ignore' })
    try {
      await untilRead(told, [
        'nd1_prefix_information1_prefix=fd00:50::\n',
        'nd1_prefix_information1_flags=LA\n',
        'nd1_prefix_information1_pltime=3600\n',
        'nd1_lifetime=1800\n',
        'nd1_mtu=1400\n',
        'nd1_rdnss1_servers=fd00:50::1 2001:db8::53\n',
        'nd1_dnssl1_search=lab.example eng.lab.example\n',
      ])
      expect((await box.service('dhcp')).counters).toMatchObject({ neighbour_option: 0, neighbour_hop_limit: 0 })
    } finally {
      await end(dhcpcd)
    }
  })

  testWith(['namespaces', 'file /lib/systemd/systemd-networkd'], 'systemd-networkd', async () => {
    using lan = makeLan6()
    await using _box = await startBox({ config: CONFIG, namespace: lan.server, user: 'nobody' })
    // A read-only /sys tells it that no udev will name the interfaces.
    const command = `mount -t tmpfs tmpfs /run/systemd
      mkdir -p /run/systemd/network
      printf '[Match]\\nName=eth0\\n[Network]\\nDHCP=no\\nIPv6AcceptRA=yes\\n[IPv6AcceptRA]\\nUseDomains=yes\\n' > /run/systemd/network/a.network
      chmod -R a+rX /run/systemd
      mount -o remount,ro /sys
      (while sleep 1 && [ -d ${folder} ]; do cat /run/systemd/netif/links/* > ${folder}/new; mv ${folder}/new ${folder}/links; done) &
      exec /lib/systemd/systemd-networkd`
    const networkd = spawnIn(lan.client, ['sh', '-c', command], { stdio: 'ignore' })
    try {
      const links = await untilRead(join(folder, 'links'), ['fd00:50::1', '2001:db8::53', 'eng.lab.example'])
      expect(links).toMatch(/^DNS=.*2001:db8::53/m)
      expect(links).toMatch(/^DOMAINS=.*lab\.example/m)
      expect(ip('-n', lan.client, '-6', 'route')).toMatch(/^default .*via fe80:\S+ .*proto ra/m)
    } finally {
      await end(networkd)
    }
  })
})
