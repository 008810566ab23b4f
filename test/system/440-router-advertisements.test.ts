import { once } from 'node:events'
import { describe, expect } from 'vitest'
import { configure, startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { ip, type Lan, makeLan, runIn, setKernel, settled, spawnIn } from '../support/network.ts'
import { waitFor } from '../support/wait-for.ts'

const CONFIG = `
[dhcp]
interfaces = ["lan0"]
[[dhcp.subnet6]]
subnet = "fd00:50::/64"
advertise_every = "1m"
router_lifetime = "30m"
router_preference = "high"
mtu = 1400
dns = ["self", "2001:db8::53"]
domain_search = ["lab.example"]
captive_portal = "https://portal.example/api"
nat64 = "64:ff9b::/96"
`

const IPV4 = `
[dhcp]
interfaces = ["lan0"]
[[dhcp.subnet]]
subnet = "192.168.50.0/24"
pools = ["192.168.50.100-192.168.50.199"]
`
const SUBNET6 = `
[[dhcp.subnet6]]
subnet = "fd00:50::/64"
router_lifetime = "30m"
`
/** What a host hears of a router that is none any more, about a prefix that is to be used for nothing new. */
const TAKEN_BACK = /Router lifetime +: +0 [\s\S]*Prefix +: fd00:50::\/64(\n .*)+?Pref\. time +: +0 /

/** A router solicitation as if it came from another link: with a hop limit of 64. */
const FORGE_SOLICITATION = `import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 64)
s.sendto(bytes([133, 0, 0, 0, 0, 0, 0, 0]), ("ff02::2", 0, 0, socket.if_nametoindex("eth0")))`

/** A LAN whose server has fd00:50::1 and forwards. */
function makeLan6(): Lan {
  const lan = makeLan()
  setKernel(lan.server, 'net/ipv6/conf/all/forwarding', 1)
  ip('-n', lan.server, 'address', 'add', 'fd00:50::1/64', 'dev', 'lan0', 'nodad')
  return lan
}

/** The addresses that the client made itself, with their state. */
function clientAddresses({ client }: Lan): string {
  return ip('-n', client, '-6', '-oneline', 'address', 'show', 'dev', 'eth0', 'scope', 'global')
}

function clientRoutes({ client }: Lan): string {
  return ip('-n', client, '-6', 'route')
}

/** Waits until what is looked at holds some words. */
async function untilSees(what: string, look: () => string): Promise<string> {
  return waitFor(what, () => (look().includes(what) ? look() : undefined))
}

/** Asks the routers of the client's link, and gives what the first one tells. */
async function askRouter({ client }: Lan): Promise<string> {
  await settled(client, 'eth0')
  return runIn(client, ['rdisc6', '-1', 'eth0'])
}

describe('router advertisements', () => {
  testWith(
    ['namespaces', 'program rdisc6', 'program python3'],
    'give a host its address, name servers and default router, also after SIGKILL, and take the router back at the end',
    async () => {
      using lan = makeLan6()
      await using box = await startBox({ config: CONFIG, namespace: lan.server, user: 'nobody' })
      expect(await untilSees('fd00:50:', () => clientAddresses(lan))).not.toContain('deprecated')
      expect(clientRoutes(lan)).toMatch(/^default via fe80:\S+ dev eth0 proto ra .*mtu 1400 .*pref high$/m)
      const heard = await askRouter(lan)
      for (const words of [
        /Router lifetime +: +1800 /,
        /MTU +: +1400 bytes/,
        /Prefix +: fd00:50::\/64/,
        /Autonomous address conf\.: +Yes/,
        /Recursive DNS server +: fd00:50::1$/m,
        /Recursive DNS server +: 2001:db8::53/,
        /DNS search list +: lab\.example/,
      ])
        expect(heard).toMatch(words)
      const { pid } = await box.service('dhcp')
      process.kill(pid ?? 0, 'SIGKILL')
      await box.until('dhcp', 'is back', (dhcp) => dhcp.state === 'ready' && dhcp.pid !== pid)
      expect(await askRouter(lan)).toMatch(/Prefix +: fd00:50::\/64/)
      expect(clientAddresses(lan)).not.toContain('deprecated')
      runIn(lan.client, ['python3', '-c', FORGE_SOLICITATION])
      const report = await box.until(
        'dhcp',
        'saw the forged one',
        ({ counters }) => counters['neighbour_hop_limit'] === 1,
      )
      expect(report.status).toContain('advertises fd00:50::/64 on lan0')
      expect(report.counters).toMatchObject({ advertise_failed: 0, neighbour_option: 0 })
      expect(report.counters['router_solicitations']).toBeGreaterThan(0)
      expect(await box.stop()).toBe(0)
      await waitFor('no default router', () => (clientRoutes(lan).includes('default') ? undefined : true))
      expect(clientAddresses(lan)).toContain('fd00:50:')
    },
  )

  testWith(
    ['namespaces', 'program rdisc6'],
    'take a prefix back that left the configuration, also after SIGKILL, and tell of DHCPv6',
    async () => {
      using lan = makeLan6()
      await using box = await startBox({ config: CONFIG, namespace: lan.server, user: 'nobody' })
      await untilSees('fd00:50:', () => clientAddresses(lan))
      const next = CONFIG.replace('"fd00:50::/64"', '"fd00:51::/64"\ninterface = "lan0"\nmode = "stateless"')
      configure(box.config, { config: next, user: 'nobody' })
      // DHCPv6 has sockets of its own.
      expect(box.lanward('reload').stdout).toMatch(/dhcp\s+restarted/)
      const addresses = await untilSees('deprecated', () => clientAddresses(lan))
      expect(addresses).toMatch(/fd00:50:\S+ .*deprecated/)
      expect(await untilSees('fd00:51:', () => clientAddresses(lan))).not.toMatch(/fd00:51:\S+ .*deprecated/)
      const { pid } = await box.service('dhcp')
      process.kill(pid ?? 0, 'SIGKILL')
      await box.until('dhcp', 'is back', (dhcp) => dhcp.state === 'ready' && dhcp.pid !== pid)
      const heard = await askRouter(lan)
      expect(heard).toMatch(/Stateful address conf\. +: +No\n.*Stateful other conf\. +: +Yes/)
      expect(heard).toMatch(/Prefix +: fd00:50::\/64(\n .*)+?Pref\. time +: +0 /)
      expect(heard).toMatch(/Prefix +: fd00:51::\/64(\n .*)+?Pref\. time +: +3600 /)
    },
  )

  testWith(
    ['namespaces', 'program rdisc6'],
    'take everything back when the last subnet leaves the configuration, by a reload and after SIGKILL',
    async () => {
      using lan = makeLan6()
      await using box = await startBox({ config: IPV4 + SUBNET6, namespace: lan.server, user: 'nobody' })
      await untilSees('fd00:50:', () => clientAddresses(lan))
      configure(box.config, { config: IPV4, user: 'nobody' })
      expect(box.lanward('reload').stdout).toMatch(/dhcp\s+reloaded/)
      expect(await untilSees('deprecated', () => clientAddresses(lan))).toMatch(/fd00:50:\S+ .*deprecated/)
      expect(clientRoutes(lan)).not.toContain('default')
      const { pid } = await box.service('dhcp')
      process.kill(pid ?? 0, 'SIGKILL')
      await box.until('dhcp', 'is back', (dhcp) => dhcp.state === 'ready' && dhcp.health === 'ok' && dhcp.pid !== pid)
      expect(await askRouter(lan)).toMatch(TAKEN_BACK)
      configure(box.config, { config: IPV4 + SUBNET6, user: 'nobody' })
      expect(box.lanward('reload').stdout).toMatch(/dhcp\s+reloaded/)
      await untilSees('default', () => clientRoutes(lan))
      expect(clientAddresses(lan)).not.toContain('deprecated')
    },
  )

  testWith(
    ['namespaces', 'program rdisc6'],
    'take everything back when the last subnet left the configuration while nothing ran',
    async () => {
      using lan = makeLan6()
      await using box = await startBox({ config: IPV4 + SUBNET6, namespace: lan.server, user: 'nobody' })
      await untilSees('fd00:50:', () => clientAddresses(lan))
      await box.stop('SIGKILL')
      configure(box.config, { config: IPV4, user: 'nobody' })
      const up = [process.execPath, 'supervisor/lanward.js', 'up', '--config', box.config]
      const next = spawnIn(lan.server, up, { stdio: 'ignore' })
      try {
        await untilSees('deprecated', () => clientAddresses(lan))
        expect(await askRouter(lan)).toMatch(TAKEN_BACK)
        expect((await box.service('dhcp')).status).not.toContain('advertises')
      } finally {
        next.kill('SIGTERM')
        await once(next, 'exit')
      }
    },
  )

  testWith(['namespaces', 'program dnsmasq'], 'of another router that contradict ours are told', async () => {
    using lan = makeLan6()
    // dnsmasq tells the MTU of the interface, which would be ours as soon as it has heard us.
    setKernel(lan.client, 'net/ipv6/conf/eth0/accept_ra_mtu', 0)
    ip('-n', lan.client, 'address', 'add', 'fd00:50::2/64', 'dev', 'eth0', 'nodad')
    await using box = await startBox({ config: CONFIG, namespace: lan.server, user: 'nobody' })
    const words = ['dnsmasq', '-d', '-C', '/dev/null', '--port=0', '--interface=eth0', '--enable-ra', '--leasefile-ro']
    const rival = spawnIn(lan.client, [...words, '--dhcp-range=fd00:50::100,fd00:50::1ff,64,1h'], { stdio: 'ignore' })
    try {
      // dnsmasq takes its time before the first one: up to 16 s.
      const { status, health } = await waitFor('the other router', async () => {
        const dhcp = await box.service('dhcp')
        return dhcp.status.includes('contradicts us') ? dhcp : undefined
      })
      expect(status).toMatch(/router fe80:\S+ on lan0 contradicts us, see: lanward leases foreign/)
      expect(health).toBe('ok')
    } finally {
      rival.kill()
    }
    const found: unknown = JSON.parse(box.lanward('leases', 'foreign', '--json').stdout)
    expect(found).toMatchObject({
      servers: [],
      addresses: [],
      routers: [
        {
          interface: 'lan0',
          managed: true,
          prefixes: ['fd00:50::/64'],
          contradictions: [
            'flag M (addresses by DHCPv6) is set in place of clear',
            'flag O (the rest by DHCPv6) is set in place of clear',
            'MTU 1500 in place of 1400',
            'hosts do not make themselves addresses in fd00:50::/64',
          ],
        },
      ],
    })
    expect(box.lanward('leases', 'foreign').stdout).toMatch(/^ROUTER +MAC +INTERFACE/)
  })

  testWith(['namespaces'], 'need IPv6 on the interface: without it there is a fault, and no crash', async () => {
    using lan = makeLan6()
    setKernel(lan.server, 'net/ipv6/conf/lan0/disable_ipv6', 1)
    await using box = await startBox({ config: CONFIG, namespace: lan.server, user: 'nobody', untilReady: false })
    const told = await box.until('dhcp', 'a fault', ({ health, reason }) => {
      return health === 'degraded' && reason?.includes('lan0 has no link-local IPv6 address') === true
    })
    expect(told).toMatchObject({ state: 'ready', restarts: 0 })
    setKernel(lan.server, 'net/ipv6/conf/lan0/disable_ipv6', 0)
    ip('-n', lan.server, 'address', 'add', 'fd00:50::1/64', 'dev', 'lan0', 'nodad')
    await untilSees('fd00:50:', () => clientAddresses(lan))
    await box.until('dhcp', 'is well', ({ health }) => health === 'ok')
  })

  testWith(['namespaces'], 'go on when the interface was away', async () => {
    using lan = makeLan6()
    await using box = await startBox({ config: CONFIG, namespace: lan.server, user: 'nobody' })
    await untilSees('fd00:50:', () => clientAddresses(lan))
    ip('-n', lan.server, 'link', 'delete', 'lan0')
    await box.until('dhcp', 'misses it', ({ health }) => health !== 'ok')
    ip('-n', lan.server, 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', lan.client)
    ip('-n', lan.server, 'link', 'set', 'lan0', 'up')
    ip('-n', lan.client, 'link', 'set', 'eth0', 'up')
    ip('-n', lan.server, 'address', 'add', 'fd00:50::1/64', 'dev', 'lan0', 'nodad')
    await untilSees('fd00:50:', () => clientAddresses(lan))
  })
})
