import { expect, test } from 'vitest'
import { probeService } from '../../supervisor/probes/probe-service.ts'
import type { Kept } from '../../supervisor/sockets/held-sockets.ts'
import type { ProbeSpec } from '../../supervisor/spec/spec.ts'
import { type FakeServer, fakeUdp } from './fake-server.ts'

const BOTH: ProbeSpec = {
  ...{ protocol: 'dhcp', giaddr: '10.77.0.1', wants: 'address' },
  beside: { protocol: 'dhcp', giaddr: 'fd00:77::', wants: 'settings' },
}

/** An OFFER of 10.77.1.2 to a relay agent, or a NAK. */
function answer4(question: Buffer, type: 2 | 6): Buffer {
  const bytes = Buffer.from(question.subarray(0, 240))
  bytes[0] = 2
  bytes.writeUInt32BE(type === 2 ? 0x0a4d0102 : 0, 16)
  return Buffer.concat([bytes, Buffer.of(0, 53, 1, type, 255)])
}

/** A REPLY to a relay agent, with a status. */
function answer6(question: Buffer, status: number): Buffer {
  const inner = Buffer.of(7, ...question.subarray(45, 48), 0, 13, 0, 2, 0, status)
  return Buffer.concat([Buffer.of(13), question.subarray(1, 34), Buffer.of(0, 9, 0, inner.length), inner])
}

function ask(...servers: readonly FakeServer[]): ReturnType<typeof probeService> {
  const sockets = servers.map(
    ({ url }): Kept => ({
      spec: { text: '', url, probeOnly: false },
      opened: { fd: -1, url, receiveBufferBytes: null },
    }),
  )
  return probeService({ probe: BOTH }, sockets, '00112233445566778899aabbccddeeff', new AbortController().signal)
}

test.each([
  ['both answer well', 2, 0, { kind: 'ok' }],
  ['DHCPv6 refuses', 2, 1, { kind: 'sick', error: 'DHCPv6: no settings: status 1' }],
  ['IPv4 refuses', 6, 0, { kind: 'sick', error: 'no address: no reason given' }],
  ['both refuse', 6, 1, { kind: 'sick', error: 'no address: no reason given' }],
] as const)('probeService asks by both protocols: %s', async (_, type, status, want) => {
  await using server4 = await fakeUdp((question) => [answer4(question, type)])
  await using server6 = await fakeUdp((question) => [answer6(question, status)], '::1')
  expect(await ask(server6, server4)).toMatchObject(want)
})

test('probeService takes silence for worse than a no', async () => {
  await using server4 = await fakeUdp((question) => [answer4(question, 6)])
  const silent = await fakeUdp(() => [], '::1')
  await silent[Symbol.asyncDispose]()
  expect(await ask(server4, silent)).toMatchObject({ kind: 'silent', error: expect.stringMatching(/^DHCPv6: /) })
})

test('probeService asks IPv4 alone where nothing can be asked by IPv6', async () => {
  await using server4 = await fakeUdp((question) => [answer4(question, 2)])
  expect(await ask(server4)).toMatchObject({ kind: 'ok' })
})

test('probeService is sick without a socket for the first protocol', async () => {
  await using server6 = await fakeUdp((question) => [answer6(question, 0)], '::1')
  expect(await ask(server6)).toMatchObject({ kind: 'sick', error: 'there is no socket to probe' })
})
