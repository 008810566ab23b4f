import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { numberOption } from '../../daemons/dhcp/message/message.ts'
import { OPTION } from '../../daemons/dhcp/message/option-code.ts'
import { formatIpv4 } from '../../daemons/wire/address.ts'
import type { ClientMessage } from './client-message.ts'
import { DaemonUnderTest, RelayAgentClient } from './daemon-under-test.ts'
import { loopbackSection } from './fixture.ts'

const TOKEN = '00112233445566778899aabbccddeeff'
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-dhcp-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function client(number: number, parts: ClientMessage): ClientMessage {
  const mac = `52:54:00:00:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}`
  return { mac, xid: 1000 + number, giaddr: '10.77.0.1', ...parts }
}

/** The whole exchange; returns the address that was confirmed. */
async function lease(relay: RelayAgentClient, number: number): Promise<string> {
  const offer = await relay.exchange(client(number, { type: 'DISCOVER', wishes: [1, 3] }))
  const server = formatIpv4(numberOption(offer, OPTION.serverIdentifier) ?? 0)
  const requested = formatIpv4(offer.yiaddr)
  const ack = await relay.exchange(client(number, { type: 'REQUEST', server, requested }))
  expect(ack.options.get(OPTION.messageType)).toEqual(Buffer.of(5))
  return formatIpv4(ack.yiaddr)
}

describe('the dhcp daemon as a process', () => {
  test('keeps every confirmed lease through kill -9 and never gives one address twice', async () => {
    await using daemon = new DaemonUnderTest(folder, TOKEN)
    await daemon.start(loopbackSection)
    const relays = await Promise.all(Array.from({ length: 8 }, () => new RelayAgentClient(daemon.port).open()))
    const before = await Promise.all(relays.map((relay, index) => lease(relay, index)))
    await daemon.end('SIGKILL')
    await daemon.start(loopbackSection)
    const { result } = await daemon.ask('leases', {})
    expect(result).toMatchObject([...before].sort(byAddress).map((address) => ({ address, state: 'bound' })))
    const after = await Promise.all(relays.map((relay, index) => lease(relay, 8 + index)))
    expect(new Set([...before, ...after]).size).toBe(16)
    expect(await lease(relays[0] ?? expect.fail(), 0)).toBe(before[0])
    for (const relay of relays) await relay[Symbol.asyncDispose]()
    expect(daemon.stderr).toBe('')
  })

  test('answers a probe with an offer and keeps nothing of it', async () => {
    await using daemon = new DaemonUnderTest(folder, TOKEN)
    await daemon.start(loopbackSection)
    await using relay = await new RelayAgentClient(daemon.port).open()
    const token = [...Buffer.from(TOKEN, 'hex')]
    const probe = { ...client(1, { mac: '02:00:00:00:00:01' }), options: [[OPTION.probeToken, token]] as const }
    const [first, second] = [await relay.exchange(probe), await relay.exchange({ ...probe, xid: 2 })]
    expect(first.options.get(OPTION.messageType)).toEqual(Buffer.of(2))
    expect(second.yiaddr).toBe(first.yiaddr)
    expect((await daemon.ask('leases', { all: true })).result).toEqual([])
    expect((await daemon.ask('counters', {})).result).toMatchObject({ counters: { probes: 2, discover: 0, offer: 0 } })
    expect(await relay.exchange(client(9, {}))).toMatchObject({ yiaddr: first.yiaddr })
  })

  test('counts rubbish by name, tells why, and ends with 0 on SIGTERM', async () => {
    await using daemon = new DaemonUnderTest(folder, TOKEN)
    await daemon.start(loopbackSection)
    await using relay = await new RelayAgentClient(daemon.port).open()
    await relay.send(client(1, { op: 2 }))
    await relay.send(client(1, { type: null }))
    await relay.send(client(1, { type: 'RELEASE', ciaddr: '10.77.9.9', server: '127.0.0.1' }))
    const address = await lease(relay, 7)
    expect((await daemon.ask('counters', {})).result).toMatchObject({
      status: '1 lease in 1 subnet, 63,999 addresses free',
      counters: { ignored_reply: 1, ignored_bootp: 1, ignored_not_owner: 1, offer: 1, ack: 1, release: 1, dropped: 3 },
    })
    const why = {
      result: [
        { type: 'DISCOVER', outcome: 'offer', address },
        { type: 'REQUEST', outcome: 'ack', address },
      ],
    }
    expect(await daemon.ask('why', { key: '52-54-00-00-00-07' })).toMatchObject(why)
    expect(await daemon.ask('why', { key: address })).toMatchObject(why)
    expect(await daemon.end('SIGTERM')).toBe(0)
  })
})

function byAddress(one: string, other: string): number {
  return Number(one.split('.')[3]) - Number(other.split('.')[3])
}
