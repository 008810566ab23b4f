import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeArpPacket, encodeArpProbe } from '../../../daemons/dhcp/conflict/arp-packet.ts'
import { messageType } from '../../../daemons/dhcp/message/message.ts'
import { decodeMessage } from '../../../daemons/dhcp/message/message-codec.ts'
import { encodeSearchFrame } from '../../../daemons/dhcp/watch/search-frame.ts'
import { decodeServerFrame } from '../../../daemons/dhcp/watch/server-frame.ts'
import { ip } from '../client-message.ts'

const HARDWARE = Uint8Array.of(0x52, 0x54, 0, 0, 0, 1)

test('encodeArpProbe asks all for the address and names no sender', () => {
  const frame = encodeArpProbe(ip('192.0.2.7'), HARDWARE)
  expect(Buffer.from(frame).toString('hex')).toBe(
    'ffffffffffff5254000000010806' + // to all, from us, ARP
      '00010800060400015254000000010000000' + // Ethernet, IPv4, request, from our hardware, 0.0.0.0
      '0000000000000c0000207', // to nobody's hardware, 192.0.2.7
  )
  expect(decodeArpPacket(frame)).toEqual({
    isReply: false,
    senderHardware: HARDWARE,
    sender: 0,
    target: ip('192.0.2.7'),
  })
})

test('decodeArpPacket reads an answer, and refuses what is not ARP for IPv4 over Ethernet', () => {
  const reply = encodeArpProbe(ip('192.0.2.1'), HARDWARE)
  reply[21] = 2
  reply.set([192, 0, 2, 7], 28)
  expect(decodeArpPacket(reply)).toMatchObject({ isReply: true, sender: ip('192.0.2.7') })
  for (const [at, value] of [
    [13, 0x07],
    [15, 6],
    [17, 1],
    [18, 8],
    [19, 16],
    [21, 3],
  ] as const) {
    const wrong = Uint8Array.from(reply)
    wrong[at] = value
    expect(decodeArpPacket(wrong)).toBeNull()
  }
  expect(decodeArpPacket(reply.subarray(0, 41))).toBeNull()
})

test('decoders of frames never throw, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(0x0806, 0x0800), (bytes, type) => {
      if (bytes.length > 13) bytes.set([type >> 8, type & 255], 12)
      decodeArpPacket(bytes)
      decodeServerFrame(bytes)
    }),
  )
})

test('encodeSearchFrame is a DISCOVER of a made-up client to all', () => {
  const frame = encodeSearchFrame(HARDWARE, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
  expect([...frame.subarray(0, 12)]).toEqual([255, 255, 255, 255, 255, 255, ...HARDWARE])
  const decoded = decodeMessage(frame.subarray(42))
  const message = decoded.kind === 'message' ? decoded.message : expect.fail()
  expect(messageType(message)).toBe('DISCOVER')
  expect(message).toMatchObject({ flags: 0x8000, hlen: 6, ciaddr: 0 })
  expect([...message.chaddr.subarray(0, 6)]).toEqual([2, 1, 2, 3, 4, 5])
  // Not one of those that are heard: only what comes from servers is.
  expect(decodeServerFrame(frame)).toBeNull()
})
