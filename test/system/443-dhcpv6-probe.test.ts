import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { clientDatagram, relayed } from '../dhcp/v6/client-message.ts'
import { startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { testWith } from '../support/needs.ts'

const SUBNET6 = `
[[dhcp.subnet6]]
subnet = "fd00:77::/64"
mode = "stateful"
advertise = false
pools = ["fd00:77::1-fd00:77::ff"]
`
const SUBNET4 = `
[[dhcp.subnet]]
subnet = "10.77.0.0/16"
pools = ["10.77.1.0-10.77.250.255"]
`
const OFTEN = 'probe_every = "200ms"'

test.each([
  ['addresses', SUBNET6],
  ['settings', '\n[[dhcp.subnet6]]\nsubnet = "fd00:77::/64"\nmode = "stateless"\nadvertise = false\n'],
])('a dhcp that gives %s in IPv6 alone is asked on the wire, and nothing stays of it', async (_title, subnet6) => {
  const config = `[dhcp]\nlisten = ["udp://[::1]:0"]\n${subnet6}`
  await using box = await startBox({ config, supervisor: OFTEN })
  const asked = await box.until('dhcp', 'asked', ({ probe, counters }) => {
    return probe?.ok === true && (counters['v6_probes'] ?? 0) > 1
  })
  expect(asked).toMatchObject({ health: 'ok', restarts: 0 })
  expect(asked.counters).toMatchObject({ v6_solicit: 0, v6_information_request: 0, v6_dropped: 0 })
  expect(JSON.parse(box.lanward('leases', '--all', '--json').stdout)).toEqual([])
})

test('a dhcp that serves both protocols is asked by both, also where it hears relay agents of one alone', async () => {
  const config = `[dhcp]\nlisten = ["udp://127.0.0.1:0"]\ninterfaces = ["lo"]\n${SUBNET4}${SUBNET6}`
  await using box = await startBox({ config, supervisor: OFTEN, untilReady: false })
  const asked = await box.until('dhcp', 'asked by both', ({ probe, counters }) => {
    return probe?.ok === true && (counters['v6_probes'] ?? 0) > 1 && (counters['probes'] ?? 0) > 1
  })
  expect(asked).toMatchObject({ restarts: 0, counters: { v6_solicit: 0 } })
})

test('a dhcp with an IPv6 listener before that of IPv4 is asked at the one that answers', async () => {
  const config = `[dhcp]\nlisten = ["udp://[::1]:0", "udp://127.0.0.1:0"]\n${SUBNET4}${SUBNET6}`
  await using box = await startBox({ config, supervisor: OFTEN })
  await box.until('dhcp', 'asked, and answered', ({ probe }) => probe?.ok === true)
})

/** Runs the supervisor with a disk of its own, of 4 MiB, where its state lies. */
const ON_A_SMALL_DISK = [
  ...['unshare', '--mount', '--fork', 'sh', '-c'],
  'state=$(dirname "$5")/state; mkdir -p "$state"; mount -t tmpfs -o size=4m tmpfs "$state"; exec "$@"',
  'sh',
]

testWith(
  ['namespaces'],
  'the probe is told that no IPv6 lease can be stored, and finds out that there is room again',
  async () => {
    const config = `[dhcp]\nlisten = ["udp://[::1]:0"]\n${SUBNET6}`
    await using box = await startBox({ config, inside: ON_A_SMALL_DISK, supervisor: OFTEN })
    const { pid } = await box.until('dhcp', 'asked', ({ probe }) => probe?.ok === true)
    const fill = join(`/proc/${pid}/root${box.folder}/state`, 'fill')
    try {
      writeFileSync(fill, Buffer.alloc(4 << 20))
    } catch {
      // Full is what it should be.
    }
    using relay = openOnLoopback('udp://[::1]:0')
    const rebind = { type: 'REBIND', associations: [{ iaid: 1, addresses: ['fd00:77::10'] }] } as const
    const asks = relayed(clientDatagram(rebind), { link: 'fd00:77::1' })
    sendDatagram(relay.fd, Buffer.from(asks), { address: '::1', port: await box.port('dhcp', 'udp', '[::1]') })
    const sick = await box.until('dhcp', 'refused by its probe', ({ probe }) => probe?.ok === false)
    expect(sick.probe?.error).toContain('cannot store IPv6 leases: database or disk is full')
    expect(sick).toMatchObject({ health: 'degraded', counters: { v6_store_failed: 1, v6_reply: 0 } })
    rmSync(fill)
    // Nobody asks for an address meanwhile: the probe finds out.
    const well = await box.until('dhcp', 'ok', ({ health, probe }) => health === 'ok' && probe?.ok === true)
    expect(well.restarts).toBe(0)
  },
)
