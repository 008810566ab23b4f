import { expect, test } from 'vitest'
import { encodeFrame } from '../../../daemons/dhcp/message/frame.ts'
import { encodeMessage } from '../../../daemons/dhcp/message/message-codec.ts'
import { ForeignServers } from '../../../daemons/dhcp/watch/foreign-servers.ts'
import { decodeServerFrame } from '../../../daemons/dhcp/watch/server-frame.ts'
import { type ClientMessage, clientMessage, ip } from '../client-message.ts'

const DAY_MS = 24 * 3600 * 1000
const MAC = '00:11:22:33:44:55'
const REPLY = { mac: MAC, place: 'lan0', by: 'reply' } as const
const offer = (parts: ClientMessage = {}): ReturnType<typeof clientMessage> => ({
  ...clientMessage({ type: 'OFFER', op: 2, server: '192.0.2.9', options: [[3, [192, 0, 2, 9]]], ...parts }),
  yiaddr: ip('192.0.2.77'),
})

test('ForeignServers tells of a server once, and what it told clients', () => {
  const servers = new ForeignServers()
  expect(servers.notice(offer(), REPLY, new Set(), 0)).toMatchObject({
    server: '192.0.2.9',
    mac: MAC,
    place: 'lan0',
    address: '192.0.2.77',
    routers: ['192.0.2.9'],
    dns: [],
  })
  expect(servers.notice(offer(), REPLY, new Set(), 1000)).toBeNull()
  expect(servers.list(new Set([ip('192.0.2.9')]), 2000)).toEqual([])
  expect(servers.list(new Set(), 2000)).toMatchObject([
    { seen: 2, first: '1970-01-01T00:00:00.000Z', last: '1970-01-01T00:00:01.000Z' },
  ])
})

test('ForeignServers knows a server by a choice of a client too, and keeps what it knew before', () => {
  const servers = new ForeignServers()
  const choice = clientMessage({ type: 'REQUEST', server: '192.0.2.9', requested: '192.0.2.77' })
  servers.notice(offer(), REPLY, new Set(), 0)
  expect(servers.notice(choice, { mac: null, place: 'lan0', by: 'choice' }, new Set(), 1)).toBeNull()
  expect(servers.list(new Set(), 2)).toMatchObject([{ by: 'choice', mac: MAC, routers: ['192.0.2.9'] }])
  expect(servers.notice(choice, { mac: null, place: 'relay 10.0.0.1', by: 'choice' }, new Set(), 3)).not.toBeNull()
})

test('ForeignServers leaves trusted ones alone, and messages that name nobody or come from clients', () => {
  const servers = new ForeignServers()
  servers.notice(offer(), REPLY, new Set([ip('192.0.2.9')]), 0)
  servers.notice(offer({ server: '0.0.0.0' }), REPLY, new Set(), 0)
  servers.notice(offer({ type: 'DISCOVER' }), REPLY, new Set(), 0)
  expect(servers.list(new Set(), 0)).toEqual([])
})

test('ForeignServers forgets after a day, and keeps 64 of a flood', () => {
  const servers = new ForeignServers()
  servers.notice(offer(), REPLY, new Set(), 0)
  expect(servers.list(new Set(), DAY_MS - 1)).toHaveLength(1)
  expect(servers.list(new Set(), DAY_MS)).toEqual([])
  expect(servers.notice(offer(), REPLY, new Set(), DAY_MS)).not.toBeNull()
  for (let number = 0; number < 300; number++)
    servers.notice(offer({ server: `10.0.${number >> 8}.${number & 255}` }), REPLY, new Set(), DAY_MS + number)
  expect(servers.list(new Set(), DAY_MS + 300)).toHaveLength(64)
})

test('decodeServerFrame reads what encodeFrame wrote, and nothing else', () => {
  const addresses = {
    sourceHardware: new Uint8Array(6),
    targetHardware: new Uint8Array(6).fill(255),
    source: ip('192.0.2.9'),
    target: 0xffffffff,
    sourcePort: 67,
    targetPort: 68,
  }
  const { bytes } = encodeMessage(offer(), 1472)
  const frame = encodeFrame(bytes, addresses)
  expect(decodeServerFrame(frame)?.yiaddr).toBe(ip('192.0.2.77'))
  expect(decodeServerFrame(encodeFrame(bytes, { ...addresses, targetPort: 67 }))).toBeNull()
  expect(decodeServerFrame(encodeFrame(encodeMessage(clientMessage({}), 1472).bytes, addresses))).toBeNull()
  const fragment = Uint8Array.from(frame)
  fragment[20] = 0x20
  expect(decodeServerFrame(fragment)).toBeNull()
  for (let length = 0; length < frame.length; length++) expect(decodeServerFrame(frame.subarray(0, length))).toBeNull()
})
