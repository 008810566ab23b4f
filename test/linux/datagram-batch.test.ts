import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { readSocketMemory } from '../../daemons/linux/socket-memory.ts'
import { setOption } from '../../daemons/linux/socket-options.ts'
import { formatAddress } from '../../daemons/wire/address.ts'
import { openOnLoopback, readable, receiveBatch } from '../support/loopback.ts'

describe('DatagramBatch', () => {
  test.each([
    ['udp://127.0.0.1:0', '127.0.0.1'],
    ['udp://0.0.0.0:0', '127.0.0.9'],
    ['udp://[::1]:0', '::1'],
    ['udp://[::]:0', '::1'],
  ])('tells sender, destination, interface and time of a datagram to %s', async (listen, address) => {
    using socket = openOnLoopback(listen)
    using sender = openOnLoopback(address.includes(':') ? 'udp://[::1]:0' : 'udp://127.0.0.1:0')
    const before = Date.now()
    sendDatagram(sender.fd, Buffer.from('hello'), { address, port: socket.port })
    const { batch, count } = await receiveBatch(socket.fd)
    const kernelMs = batch.seconds(0) * 1000 + batch.nanoseconds(0) / 1e6
    expect(count).toBe(1)
    expect(batch.bytes.toString('utf8', 0, batch.length(0))).toBe('hello')
    expect(batch.peerText(0)).toBe(address.includes(':') ? `[::1]:${sender.port}` : `127.0.0.1:${sender.port}`)
    expect(batch.peerPort(0)).toBe(sender.port)
    expect(formatAddress(batch.control, batch.localLength(0) === 4 ? 4 : 16, batch.localOffset(0))).toBe(address)
    expect(batch.interfaceIndex(0)).toBe(1)
    expect(kernelMs).toBeGreaterThanOrEqual(before - 1)
    expect(kernelMs).toBeLessThanOrEqual(Date.now() + 1)
  })

  test.each([
    ['udp://0.0.0.0:0', '127.0.0.77', 'udp4'],
    ['udp://[::]:0', '::1', 'udp6'],
  ] as const)('answers on %s from the address that was asked', async (listen, address, type) => {
    using socket = openOnLoopback(listen)
    const client = createSocket(type)
    client.send('ask', socket.port, address)
    const { batch } = await receiveBatch(socket.fd)
    batch.bytes.write('got', 0)
    batch.reply(0, 3)
    expect(batch.flush(socket.fd)).toBe(1)
    const [message, from] = await once(client, 'message')
    client.close()
    expect(String(message)).toBe('got')
    expect(from.address).toBe(address)
    expect(from.port).toBe(socket.port)
  })

  test.each([
    ['udp://0.0.0.0:0', '127.0.0.1', 'IP_PKTINFO'],
    ['udp://[::]:0', '::1', 'IPV6_RECVPKTINFO'],
  ] as const)('answers on %s what came before the socket told destinations', async (listen, address, option) => {
    using socket = openOnLoopback(listen)
    using sender = openOnLoopback(address.includes(':') ? 'udp://[::1]:0' : 'udp://127.0.0.1:0')
    setOption(socket.fd, option, 0)
    sendDatagram(sender.fd, Buffer.from('early'), { address, port: socket.port })
    await readable(socket.fd)
    setOption(socket.fd, option, 1)
    const { batch } = await receiveBatch(socket.fd)
    expect(batch.sentToMany(0)).toBe(false)
    batch.reply(0, 5)
    expect(batch.flush(socket.fd)).toBe(1)
    expect((await receiveBatch(sender.fd)).count).toBe(1)
  })

  test('receives and answers several datagrams per call, in order, and leaves the rest for the next call', async () => {
    using socket = openOnLoopback('udp://127.0.0.1:0')
    using sender = openOnLoopback('udp://127.0.0.1:0')
    for (let index = 0; index < 5; index++)
      sendDatagram(sender.fd, Buffer.from([index]), { address: '127.0.0.1', port: socket.port })
    await readable(socket.fd)
    const batch = new DatagramBatch({ slots: 4, slotBytes: 256 })
    expect(batch.receive(socket.fd)).toBe(4)
    // Answer in another order than received, and not all: each header must point at its own slot.
    batch.reply(3, 1)
    batch.reply(1, 1)
    expect(batch.flush(socket.fd)).toBe(2)
    expect(batch.receive(socket.fd)).toBe(1)
    expect(batch.bytes[0]).toBe(4)
    expect(batch.receive(socket.fd)).toBe(0)
    const { batch: answers, count } = await receiveBatch(sender.fd)
    expect(count).toBe(2)
    expect([answers.bytes[0], answers.bytes[answers.slotBytes]]).toEqual([3, 1])
  })

  test('tells the true length of a datagram longer than its slot, and takes an empty one', async () => {
    using socket = openOnLoopback('udp://127.0.0.1:0')
    using sender = openOnLoopback('udp://127.0.0.1:0')
    sendDatagram(sender.fd, Buffer.alloc(300, 7), { address: '127.0.0.1', port: socket.port })
    sendDatagram(sender.fd, Buffer.alloc(0), { address: '127.0.0.1', port: socket.port })
    await readable(socket.fd)
    const batch = new DatagramBatch({ slots: 2, slotBytes: 128 })
    expect(batch.receive(socket.fd)).toBe(2)
    expect([batch.length(0), batch.wireLength(0)]).toEqual([128, 300])
    expect([batch.length(1), batch.wireLength(1)]).toEqual([0, 0])
  })

  test('counts what the kernel dropped, the same as SO_MEMINFO', async () => {
    using socket = openOnLoopback('udp://127.0.0.1:0', 4096)
    using sender = openOnLoopback('udp://127.0.0.1:0')
    for (let index = 0; index < 200; index++)
      sendDatagram(sender.fd, Buffer.alloc(100), { address: '127.0.0.1', port: socket.port })
    const { drops, queuedBytes } = readSocketMemory(socket.fd)
    expect(drops).toBeGreaterThan(0)
    expect(queuedBytes).toBeGreaterThan(0)
    const batch = new DatagramBatch({ slots: 256, slotBytes: 128 })
    await readable(socket.fd)
    const waiting = batch.receive(socket.fd)
    expect(waiting + drops).toBe(200)
    // The counter comes with the next datagram that finds room.
    sendDatagram(sender.fd, Buffer.alloc(1), { address: '127.0.0.1', port: socket.port })
    const { batch: next } = await receiveBatch(socket.fd)
    expect(next.dropped(0)).toBe(drops)
  })

  test('receives on although an earlier answer met a closed port', async () => {
    using socket = openOnLoopback('udp://127.0.0.1:0')
    const gone = openOnLoopback('udp://127.0.0.1:0')
    sendDatagram(gone.fd, Buffer.from('x'), { address: '127.0.0.1', port: socket.port })
    const { batch } = await receiveBatch(socket.fd)
    gone[Symbol.dispose]()
    batch.reply(0, 1)
    batch.flush(socket.fd)
    using sender = openOnLoopback('udp://127.0.0.1:0')
    sendDatagram(sender.fd, Buffer.from('next'), { address: '127.0.0.1', port: socket.port })
    const { batch: next, count } = await receiveBatch(socket.fd)
    expect(count).toBe(1)
    expect(next.length(0)).toBe(4)
  })

  test('throws on a descriptor that is no socket', () => {
    const batch = new DatagramBatch({ slots: 1, slotBytes: 128 })
    const file = openSync('/dev/null', 'r')
    expect(() => batch.receive(file)).toThrow(expect.objectContaining({ code: 'ENOTSOCK', syscall: 'recvmmsg' }))
    closeSync(file)
    expect(() => batch.receive(1_000_000)).toThrow(expect.objectContaining({ code: 'EBADF' }))
  })
})
