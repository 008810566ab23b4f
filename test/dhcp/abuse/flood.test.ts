import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { messageType, numberOption } from '../../../daemons/dhcp/message/message.ts'
import { OPTION } from '../../../daemons/dhcp/message/option-code.ts'
import { formatIpv4 } from '../../../daemons/wire/address.ts'
import type { ClientMessage } from '../client-message.ts'
import { DaemonUnderTest, RelayAgentClient } from '../daemon-under-test.ts'
import { loopbackSection } from '../fixture.ts'

const TOKEN = '00112233445566778899aabbccddeeff'
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-flood-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const section = {
  ...loopbackSection,
  limits: { perMac: 10, perPort: 100, perLink: 0, leasesPerPort: 0 },
  subnets: loopbackSection.subnets.map((subnet) => ({
    ...subnet,
    pools: [{ first: '10.77.1.1', last: '10.77.1.100' }],
  })),
}

function client(number: number, parts: ClientMessage): ClientMessage {
  const octets = [number >> 16, number >> 8, number].map((part) => (part & 255).toString(16).padStart(2, '0'))
  return { mac: `02:00:00:${octets.join(':')}`, xid: number, giaddr: '10.77.0.1', ...parts }
}

test('clients renew through a flood of made-up ones, and have their leases after SIGKILL in the middle of it', async () => {
  await using daemon = new DaemonUnderTest(folder, TOKEN)
  await daemon.start(section)
  await using relay = await new RelayAgentClient(daemon.port).open()
  await using flood = await new RelayAgentClient(daemon.port).open()
  const leases: { readonly number: number; readonly address: string; readonly server: string }[] = []
  for (let number = 1; number <= 20; number++) {
    const offer = await relay.exchange(client(number, { type: 'DISCOVER' }))
    const server = formatIpv4(numberOption(offer, OPTION.serverIdentifier) ?? 0)
    const requested = formatIpv4(offer.yiaddr)
    await relay.exchange(client(number, { type: 'REQUEST', server, requested }))
    leases.push({ number, address: requested, server })
  }
  let made = 1000
  for (const [at, { number, address }] of [...leases, ...leases, ...leases].entries()) {
    // No more at once than the socket holds: what the kernel drops is not what is tested.
    for (let one = 0; one < 60; one++) await flood.send(client(made++, {}))
    if (at === 30) {
      await daemon.end('SIGKILL')
      await daemon.start(section)
    }
    const ack = await relay.exchange(client(number, { type: 'REQUEST', ciaddr: address }))
    expect([messageType(ack), formatIpv4(ack.yiaddr)]).toEqual(['ACK', address])
  }
  const { result } = await daemon.ask('leases', {})
  const bound = (result as { state: string; address: string }[]).filter(({ state }) => state === 'bound')
  expect(bound.map(({ address }) => address).sort()).toEqual(leases.map(({ address }) => address).sort())
  const told = (await daemon.ask('counters', {})).result as { counters: Record<string, number> }
  expect(told.counters).toMatchObject({ bug: 0, nak: 0 })
  expect(told.counters['discover']).toBeGreaterThan(500)
  expect(daemon.stderr).toBe('')
})

test('one client that asks again and again is left out beyond its limit, and no other', async () => {
  await using daemon = new DaemonUnderTest(folder, TOKEN)
  await daemon.start(section)
  await using relay = await new RelayAgentClient(daemon.port).open()
  for (let one = 0; one < 150; one++) await relay.send(client(1, {}))
  const offer = await relay.exchange(client(2, {}))
  expect(messageType(offer)).toBe('OFFER')
  const { counters } = (await daemon.ask('counters', {})).result as { counters: Record<string, number> }
  expect(counters['limited_mac']).toBeGreaterThan(50)
  expect(counters['dropped']).toBeGreaterThan(50)
  const { result: why } = await daemon.ask('why', { key: '02:00:00:00:00:01' })
  const limited = { outcome: 'limited_mac', reason: 'its hardware address sends more than limits.per_mac' }
  expect(why).toContainEqual(expect.objectContaining(limited))
})
