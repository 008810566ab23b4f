import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { messageType, numberOption } from '../../daemons/dhcp/message/message.ts'
import { OPTION } from '../../daemons/dhcp/message/option-code.ts'
import { formatIpv4 } from '../../daemons/wire/address.ts'
import { RelayAgentClient } from '../dhcp/daemon-under-test.ts'
import { startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'

const CONFIG = `
[dhcp]
listen = ["udp://127.0.0.1:0"]
relay_port = "source"
[[dhcp.subnet]]
subnet = "10.77.0.0/16"
pools = ["10.77.1.0-10.77.250.255"]
`

/** Runs the supervisor with a disk of its own, of 4 MiB, where its state lies. */
const ON_A_SMALL_DISK = [
  ...['unshare', '--mount', '--fork', 'sh', '-c'],
  'state=$(dirname "$5")/state; mkdir -p "$state"; mount -t tmpfs -o size=4m tmpfs "$state"; exec "$@"',
  'sh',
]
const CLIENT = { mac: '52:54:00:00:00:01', giaddr: '10.77.0.1' } as const

testWith(
  ['namespaces'],
  'dhcp on a full disk confirms nothing and says so, and confirms again when there is room',
  async () => {
    await using box = await startBox({ config: CONFIG, inside: ON_A_SMALL_DISK, supervisor: 'probe_every = "200ms"' })
    await using relay = await new RelayAgentClient(await box.port('dhcp', 'udp')).open()
    const { pid } = await box.service('dhcp')
    // Where the box sees its disk, through the eyes of its process.
    const fill = join(`/proc/${pid}/root${box.folder}/state`, 'fill')
    try {
      writeFileSync(fill, Buffer.alloc(4 << 20))
    } catch {
      // Full is what it should be.
    }
    const offer = await relay.exchange({ ...CLIENT, xid: 1 })
    const server = formatIpv4(numberOption(offer, OPTION.serverIdentifier) ?? 0)
    const request = { ...CLIENT, type: 'REQUEST', server, requested: formatIpv4(offer.yiaddr) } as const
    await relay.send({ ...request, xid: 2 })
    const sick = await box.until(
      'dhcp',
      'degraded by the request',
      ({ health, counters }) => health === 'degraded' && (counters['store_failed'] ?? 0) > 0,
    )
    expect(sick.reason).toContain('cannot store leases: database or disk is full')
    expect(sick.counters).toMatchObject({ ack: 0, store_failed: 1 })
    await box.until('dhcp', 'refused by its probe', ({ probe }) => probe?.ok === false)
    expect(JSON.parse(box.lanward('leases', '--json').stdout)).toMatchObject([{ state: 'offered' }])
    rmSync(fill)
    // Nobody asks for an address meanwhile: the probe finds out.
    await box.until('dhcp', 'ok', ({ health }) => health === 'ok')
    expect(messageType(await relay.exchange({ ...request, xid: 3 }))).toBe('ACK')
    expect((await box.service('dhcp')).restarts).toBe(0)
  },
)
