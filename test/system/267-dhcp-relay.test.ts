import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect } from 'vitest'
import { startBox } from '../support/box.ts'
import { shellProgram, udhcpcGets } from '../support/dhcp-clients.ts'
import { testWith } from '../support/needs.ts'
import { ip, makeLan, runIn, spawnIn } from '../support/network.ts'
import { makeRelayedLan } from '../support/relayed-lan.ts'
import { waitFor } from '../support/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-relay-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The server has no leg in the networks of its clients; the second of them has two subnets, the first of these tiny. */
const CONFIG = `
[ntp]
listen = ["udp://0.0.0.0:123"]
[dhcp]
listen = ["udp://192.168.50.1:67"]
ntp = "self"
[[dhcp.class]]
name = "hall"
circuit_id = "text:lan10"
[[dhcp.shared_network]]
name = "twenty"
subnets = ["10.20.0.0/24", "10.21.0.0/24"]
[[dhcp.subnet]]
subnet = "10.10.0.0/24"
pools = ["10.10.0.50-10.10.0.59", { range = "10.10.0.70-10.10.0.79", class = "hall" }]
routers = ["10.10.0.1"]
[[dhcp.subnet]]
subnet = "10.20.0.0/24"
pools = ["10.20.0.50-10.20.0.50"]
routers = ["10.20.0.1"]
[[dhcp.subnet]]
subnet = "10.21.0.0/24"
pools = ["10.21.0.50-10.21.0.59"]
`

/** Gives a port of the client another hardware address: it is another client then. */
function become(namespace: string, device: string, mac: string): void {
  ip('-n', namespace, 'link', 'set', device, 'address', mac)
}

describe('clients behind a relay', () => {
  testWith(
    ['namespaces', 'program udhcpc', 'program dhcrelay'],
    'dhcrelay: each network its subnet, pools by option 82, a link with two subnets, and unicast renewals',
    async () => {
      using lan = makeRelayedLan()
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      const command = ['dhcrelay', '-4', '-d', '-a', '-iu', 'uplink', '-id', 'lan10', '-id', 'lan20', '192.168.50.1']
      const relay = spawnIn(lan.router, command, { stdio: 'ignore' })
      try {
        const first = await waitFor('the relay', () =>
          got(() => udhcpcGets(lan.client, 'eth10', folder, ['-O', 'ntpsrv'])),
        )
        expect(first).toMatchObject({ ip: '10.10.0.70', serverid: '192.168.50.1', ntpsrv: '192.168.50.1' })
        expect(udhcpcGets(lan.client, 'eth20', folder)).toMatchObject({ ip: '10.20.0.50', router: '10.20.0.1' })
        become(lan.client, 'eth20', '00:00:5e:00:53:01')
        const next = udhcpcGets(lan.client, 'eth20', folder)
        expect(next).toMatchObject({ ip: '10.21.0.50', subnet: '255.255.255.0' })
        expect(next).not.toHaveProperty('router')
        const leases = JSON.parse(box.lanward('leases', '--json').stdout)
        expect(leases.map(({ address, relay: by }: { address: string; relay: string }) => `${address} ${by}`)).toEqual([
          '10.10.0.70 10.10.0.1',
          '10.20.0.50 10.20.0.1',
          '10.21.0.50 10.20.0.1',
        ])

        // It renews by itself, past the relay, and stays in the pool of its circuit.
        ip('-n', lan.client, 'address', 'add', '10.10.0.70/24', 'dev', 'eth10')
        ip('-n', lan.client, 'route', 'add', 'default', 'via', '10.10.0.1')
        const script = shellProgram(folder, 'say', 'echo "$1 $ip"')
        const udhcpc = spawnIn(lan.client, ['udhcpc', '-i', 'eth10', '-f', '-s', script], {
          stdio: ['ignore', 'pipe', 'ignore'],
        })
        let said = ''
        udhcpc.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text))
        await waitFor('its lease', () => said.includes('bound 10.10.0.70') || undefined)
        udhcpc.kill('SIGUSR1')
        await waitFor('the renewal', () => said.includes('renew 10.10.0.70') || undefined)
        udhcpc.kill('SIGTERM')
        // dhcrelay hears what passes by and relays that as well: the answer to the client itself is looked for.
        await waitFor(
          'the answer past the relay',
          () =>
            /REQUEST +ack +10\.10\.0\.70 +- +the client goes on with its address/.test(
              box.lanward('leases', 'why', '10.10.0.70').stdout,
            ) || undefined,
        )
      } finally {
        relay.kill('SIGTERM')
      }
    },
  )

  testWith(
    ['namespaces', 'program udhcpc', 'program dnsmasq'],
    'dnsmasq as the relay, for two networks, reaching us at an address of an interface that we serve',
    async () => {
      using lan = makeRelayedLan()
      const own = '[[dhcp.subnet]]\nsubnet = "192.168.50.0/24"\npools = ["192.168.50.100-192.168.50.109"]\n'
      // Both ways to be reached by, as docs/dhcp.md shows them.
      const config = `${CONFIG.replace('[dhcp]', '[dhcp]\ninterfaces = ["lan0"]')}${own}`
      await using _box = await startBox({ config, namespace: lan.server })
      const relays = ['10.10.0.1', '10.20.0.1'].map((address) => `--dhcp-relay=${address},192.168.50.1`)
      const plain = ['--no-daemon', '--port=0', '--conf-file=/dev/null', '--user=root', '--pid-file', ...relays]
      const relay = spawnIn(lan.router, ['dnsmasq', ...plain], { stdio: 'ignore' })
      try {
        const first = await waitFor('the relay', () => got(() => udhcpcGets(lan.client, 'eth10', folder)))
        expect(first).toMatchObject({ ip: '10.10.0.50', router: '10.10.0.1' })
        expect(udhcpcGets(lan.client, 'eth20', folder)).toMatchObject({ ip: '10.20.0.50', router: '10.20.0.1' })
        expect(udhcpcGets(lan.router, 'uplink', folder)).toMatchObject({ ip: '192.168.50.100' })
      } finally {
        relay.kill('SIGTERM')
      }
    },
  )
})

describe('perfdhcp, which plays the relay of many clients', () => {
  testWith(['namespaces', 'program perfdhcp'], 'gets every exchange done, and no address twice', async () => {
    using lan = makeLan('192.168.50.2/24')
    const config =
      '[dhcp]\nlisten = ["udp://192.168.50.1:67"]\n[[dhcp.subnet]]\nsubnet = "192.168.0.0/16"\npools = ["192.168.60.0-192.168.99.255"]\n'
    await using box = await startBox({ config, namespace: lan.server })
    const said = runIn(
      lan.client,
      [
        'perfdhcp',
        '-4',
        '-g',
        'single',
        '-r',
        '200',
        '-R',
        '4000',
        '-n',
        '400',
        '-u',
        '-W',
        '2000000',
        '-l',
        '192.168.50.2',
        '192.168.50.1',
      ],
      60_000,
    )
    const counted = (what: string): number[] =>
      [...said.matchAll(new RegExp(`${what}: (\\d+)`, 'g'))].map(([, n]) => Number(n))
    const [asked = 0] = counted('sent packets')
    expect(asked).toBeGreaterThanOrEqual(400)
    expect(counted('received packets')).toEqual([asked, asked])
    expect(counted('drops')).toEqual([0, 0])
    expect(said).not.toMatch(/non unique addresses: [1-9]/)
    expect((await box.service('dhcp')).counters).toMatchObject({ offer: asked, ack: asked, nak: 0, dropped: 0 })
    expect(JSON.parse(box.lanward('leases', '--json').stdout)).toHaveLength(asked)
  })
})

/** What a client got; undefined while nobody answers it. */
function got<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch {
    return undefined
  }
}
