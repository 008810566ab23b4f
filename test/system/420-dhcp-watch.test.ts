import { describe, expect } from 'vitest'
import { decodeMessage } from '../../daemons/dhcp/message/message-codec.ts'
import { formatIpv4 } from '../../daemons/wire/address.ts'
import { clientDatagram } from '../dhcp/client-message.ts'
import { type Box, configure, startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { ip, makeLan, runIn, spawnIn } from '../support/network.ts'
import { makeSwitchedLan, type SwitchedLan } from '../support/switched-lan.ts'
import { waitFor } from '../support/wait-for.ts'

const CONFIG = `
[dhcp]
interfaces = ["lan0"]
conflict_wait = "1s"
[[dhcp.subnet]]
subnet = "192.168.50.0/24"
pools = ["192.168.50.100-192.168.50.109"]
`

/** With time for the answer of a host on a busy machine: a later one is missed. */
const RELAYED = `
[dhcp]
listen = ["udp://192.168.50.1:67"]
conflict_check = "icmp"
conflict_wait = "2s"
[[dhcp.subnet]]
subnet = "10.9.0.0/24"
pools = ["10.9.0.100-10.9.0.109"]
`

/** A relay agent that sends one message and prints the answer. */
const RELAY = `const socket = require('node:dgram').createSocket('udp4')
socket.on('message', (bytes) => { process.stdout.write(bytes.toString('hex')); socket.close() })
socket.bind(67, '192.168.50.2', () => socket.send(Buffer.from(process.argv[1], 'hex'), 67, '192.168.50.1'))`

const SEND_FROM_STRAY = `const socket = require('node:dgram').createSocket('udp4')
socket.bind(0, '192.168.50.105', () => socket.send('', 9, '192.168.50.1', () => socket.close()))`

/** Asks for an address as a client does, and gives what it said. */
function askForAddress({ client, clientDevice }: SwitchedLan): string {
  const words = ['udhcpc', '-i', clientDevice, '-n', '-q', '-f', '-t', '5', '-T', '3', '-s', '/bin/true']
  return runIn(client, ['sh', '-c', `${words.join(' ')} 2>&1`])
}

function json(box: Box, ...words: string[]): unknown {
  return JSON.parse(box.lanward('leases', ...words, '--json').stdout)
}

describe('dhcp on a link with others', () => {
  testWith(
    ['namespaces', 'program udhcpc'],
    'gives nobody an address that a device uses already, also after SIGKILL, and tells who uses it',
    async () => {
      using lan = makeSwitchedLan('192.168.50.100/24')
      await using box = await startBox({ config: CONFIG, namespace: lan.server, user: 'nobody' })
      expect(askForAddress(lan)).toContain('lease of 192.168.50.101 obtained')
      const [row] = json(box, '--state', 'declined') as Record<string, unknown>[]
      expect(row).toMatchObject({ address: '192.168.50.100', mac: lan.thirdHardware })
      expect(row?.['reason']).toContain('in use by a device')
      expect(box.lanward('leases', 'why', '192.168.50.100').stdout).toContain('in_use')

      const { pid } = await box.service('dhcp')
      process.kill(pid ?? 0, 'SIGKILL')
      await box.until('dhcp', 'another process', (dhcp) => dhcp.state === 'ready' && dhcp.pid !== pid)
      expect(json(box, '--state', 'declined')).toMatchObject([{ address: '192.168.50.100' }])
      expect(askForAddress(lan)).toContain('lease of 192.168.50.101 obtained')

      // The listening goes on in the new process: a device takes another address of the pool by hand.
      ip('-n', lan.third, 'address', 'delete', '192.168.50.100/24', 'dev', 'eth0')
      ip('-n', lan.third, 'address', 'add', '192.168.50.105/24', 'dev', 'eth0')
      await waitFor('the stray address', () => {
        // To send anything it must ask who has our address, and says so who it is.
        ip('-n', lan.third, 'neigh', 'flush', 'dev', 'eth0')
        runIn(lan.third, [process.execPath, '-e', SEND_FROM_STRAY])
        const { addresses } = json(box, 'foreign') as { addresses: readonly { address: string }[] }
        return addresses.some(({ address }) => address === '192.168.50.105') || undefined
      })
      const { health, status } = await box.service('dhcp')
      expect(status).toContain('in use without a lease')
      expect(health).toBe('ok')
    },
  )

  testWith(
    ['namespaces', 'program udhcpc', 'program dnsmasq'],
    'tells of another DHCP server, unless it is a trusted one',
    async () => {
      using lan = makeSwitchedLan('192.168.50.2/24')
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      const server = spawnIn(lan.third, [
        ...[
          'dnsmasq',
          '--keep-in-foreground',
          '--port=0',
          '--interface=eth0',
          '--bind-interfaces',
          '--conf-file=/dev/null',
        ],
        ...['--dhcp-range=192.168.50.200,192.168.50.210,2m', '--dhcp-authoritative', '--no-ping', '--leasefile-ro'],
        ...['--dhcp-broadcast', '--dhcp-option=option:router,192.168.50.2', '--pid-file='],
      ])
      try {
        // Which of the two is faster is not ours to say: the other one is heard either way.
        await waitFor('the other server', () => {
          askForAddress(lan)
          const { servers } = json(box, 'foreign') as { servers: readonly { server: string }[] }
          return servers.some(({ server: address }) => address === '192.168.50.2') || undefined
        })
        expect((await box.service('dhcp')).status).toContain('another DHCP server: 192.168.50.2')
        // Without any client as well, where it is looked for.
        const seen = (): number => {
          const { servers } = json(box, 'foreign') as { servers: readonly { seen: number; routers: string[] }[] }
          return servers.find(({ routers }) => routers[0] === '192.168.50.2')?.seen ?? 0
        }
        const before = seen()
        configure(box.config, { config: CONFIG.replace('[dhcp]', '[dhcp]\nsearch_servers_every = "1s"') })
        expect(box.lanward('reload').status).toBe(0)
        await waitFor('the other server, looked for', () => seen() > before || undefined)
        configure(box.config, { config: CONFIG.replace('[dhcp]', '[dhcp]\ntrusted_servers = ["192.168.50.2"]') })
        expect(box.lanward('reload').status).toBe(0)
        expect(box.lanward('leases', 'foreign').status).toBe(1)
        expect((await box.service('dhcp')).status).not.toContain('another DHCP server')
      } finally {
        server.kill('SIGKILL')
      }
    },
  )

  testWith(['namespaces'], 'asks hosts behind a relay by ICMP, once the system lets it', async () => {
    using lan = makeLan('192.168.50.2/24')
    // A device behind the relay has the first address of the pool.
    ip('-n', lan.client, 'address', 'add', '10.9.0.100/32', 'dev', 'lo')
    ip('-n', lan.server, 'route', 'add', '10.9.0.0/24', 'via', '192.168.50.2')
    const range = '/proc/sys/net/ipv4/ping_group_range'
    runIn(lan.server, ['sh', '-c', `echo "1 0" > ${range}`])
    await using box = await startBox({ config: RELAYED, namespace: lan.server, user: 'nobody', untilReady: false })
    const dhcp = await box.until('dhcp', 'degraded', ({ health }) => health === 'degraded')
    expect(dhcp.reason).toContain('cannot ask by ICMP')
    runIn(lan.server, ['sh', '-c', `echo "0 2147483647" > ${range}`])
    configure(box.config, { config: RELAYED.replace('2s', '1s'), user: 'nobody' })
    expect(box.lanward('reload').status).toBe(0)
    await box.until('dhcp', 'ok', ({ health }) => health === 'ok')
    const discover = Buffer.from(clientDatagram({ giaddr: '192.168.50.2', options: [[82, [5, 4, 10, 9, 0, 0]]] }))
    const reply = Buffer.from(runIn(lan.client, [process.execPath, '-e', RELAY, discover.toString('hex')]), 'hex')
    const decoded = decodeMessage(reply)
    expect(decoded.kind === 'message' && formatIpv4(decoded.message.yiaddr)).toBe('10.9.0.101')
    expect(box.lanward('leases', 'why', '10.9.0.100').stdout).toContain('ICMP')
  })
})
