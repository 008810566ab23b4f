import { describe, expect } from 'vitest'
import { startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { ip, type Lan, makeLan, runIn } from '../support/network.ts'
import { waitFor } from '../support/wait-for.ts'

const CONFIG = `
[dhcp]
interfaces = ["lan0"]
[[dhcp.subnet]]
subnet = "192.168.50.0/24"
pools = ["192.168.50.100-192.168.50.109"]
`

/** Plugs in a cable between the two hosts under the names that it had before. */
function plugIn({ server, client }: Lan): void {
  ip('-n', server, 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', client)
  ip('-n', server, 'address', 'add', '192.168.50.1/24', 'dev', 'lan0')
  ip('-n', server, 'link', 'set', 'lan0', 'up')
  ip('-n', client, 'link', 'set', 'eth0', 'up')
}

/** Asks for an address as a client does; throws when there is none. */
function askForAddress({ client }: Lan): void {
  runIn(client, ['udhcpc', '-i', 'eth0', '-n', '-q', '-f', '-t', '5', '-T', '1', '-s', '/bin/true'])
}

describe('the interface that dhcp serves', () => {
  testWith(
    ['namespaces', 'program udhcpc'],
    'is deleted and comes back under its name: told while it is gone, served again afterwards without a command',
    async () => {
      using lan = makeLan()
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      askForAddress(lan)
      ip('-n', lan.server, 'link', 'delete', 'lan0')
      const gone = await box.until('dhcp', 'degraded', ({ health }) => health === 'degraded')
      expect(gone.reason).toContain('there is no interface lan0 (now)')
      expect(box.lanward('status').status).toBe(1)
      await waitFor('a line about it', () => /no interface lan0.*"degraded"/.test(box.output()) || undefined)
      plugIn(lan)
      await box.until('dhcp', 'ok', ({ health }) => health === 'ok')
      await waitFor('a line about the end of it', () => box.output().includes('well again') || undefined)
      askForAddress(lan)
    },
  )

  testWith(
    ['namespaces', 'program udhcpc'],
    'is replaced between two looks, by one of its name: served again without a command',
    async () => {
      using lan = makeLan()
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      const { restarts, pid } = await box.service('dhcp')
      ip('-n', lan.server, 'link', 'delete', 'lan0')
      plugIn(lan)
      await box.until('dhcp', 'started anew', (dhcp) => dhcp.health === 'ok' && dhcp.pid !== pid)
      expect((await box.service('dhcp')).restarts).toBe(restarts)
      askForAddress(lan)
    },
  )

  testWith(
    ['namespaces', 'program udhcpc'],
    'gets another name, and its own again: told in between, served afterwards by the same process',
    async () => {
      using lan = makeLan()
      await using box = await startBox({ config: CONFIG, namespace: lan.server })
      const { pid } = await box.service('dhcp')
      const rename = (from: string, to: string): void => {
        ip('-n', lan.server, 'link', 'set', from, 'down')
        ip('-n', lan.server, 'link', 'set', from, 'name', to)
        ip('-n', lan.server, 'link', 'set', to, 'up')
      }
      rename('lan0', 'port9')
      await box.until('dhcp', 'told', ({ reason }) => reason?.includes('interface lan0 is called port9 now') === true)
      rename('port9', 'lan0')
      await box.until('dhcp', 'ok', ({ health }) => health === 'ok')
      askForAddress(lan)
      expect((await box.service('dhcp')).pid).toBe(pid)
    },
  )

  testWith(['namespaces'], 'is switched off, or has no address of ours: told in words until it is mended', async () => {
    using lan = makeLan()
    await using box = await startBox({ config: CONFIG, namespace: lan.server })
    ip('-n', lan.server, 'link', 'set', 'lan0', 'down')
    await box.until('dhcp', 'down', ({ reason }) => reason === 'interface lan0 is down')
    ip('-n', lan.server, 'link', 'set', 'lan0', 'up')
    await box.until('dhcp', 'ok', ({ health }) => health === 'ok')
    ip('-n', lan.server, 'address', 'flush', 'dev', 'lan0')
    await box.until('dhcp', 'without', ({ reason }) => reason === 'lan0 has no address in a served subnet')
    expect((await box.service('dhcp')).health).toBe('degraded')
    ip('-n', lan.server, 'address', 'add', '192.168.50.1/24', 'dev', 'lan0')
    await box.until('dhcp', 'ok', ({ health }) => health === 'ok')
  })

  testWith(['namespaces'], 'is not there at the start: dhcp runs, and serves as soon as it comes', async () => {
    using lan = makeLan()
    ip('-n', lan.server, 'link', 'delete', 'lan0')
    await using box = await startBox({ config: CONFIG, namespace: lan.server, untilReady: false })
    const dhcp = await box.until('dhcp', 'ready', ({ state }) => state === 'ready')
    expect(dhcp.restarts).toBe(0)
    expect((await box.until('dhcp', 'degraded', ({ health }) => health === 'degraded')).reason).toContain(
      'no interface',
    )
    plugIn(lan)
    await box.until('dhcp', 'ok', ({ health }) => health === 'ok')
    expect((await box.service('dhcp')).restarts).toBe(0)
  })
})
