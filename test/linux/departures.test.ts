import { expect, test } from 'vitest'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { Departures } from '../../daemons/linux/departures.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { watchDescriptor } from '../../daemons/linux/watch-descriptor.ts'
import { systemClock } from '../../daemons/runtime/system-clock.ts'
import { openOnLoopback, receiveBatch } from '../support/loopback.ts'

test.each(['udp://127.0.0.1:0', 'udp://[::1]:0'])(
  'Departures tells when answers left %s, of those that were asked for',
  async (url) => {
    using server = openOnLoopback(url)
    using client = openOnLoopback(url)
    const departures = new Departures(64)
    departures.enable(server.fd)
    const address = url.includes('[') ? '::1' : '127.0.0.1'
    for (const text of ['one', 'two', 'three'])
      sendDatagram(client.fd, Buffer.from(text), { address, port: server.port })
    const { batch, count } = await receiveBatch(server.fd)
    expect(count).toBe(3)
    for (let slot = 0; slot < count; slot++) batch.reply(slot, batch.length(slot), slot !== 1)
    expect(batch.stamped).toBe(2)
    const before = systemClock.wallNs()
    expect(batch.flush(server.fd)).toBe(3)
    const left: string[] = []
    const listen = (): void =>
      departures.read(server.fd, (bytes, offset, length, seconds, nanoseconds) => {
        const at = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)
        expect(at >= before && at <= systemClock.wallNs()).toBe(true)
        left.push(bytes.toString('latin1', offset, offset + length).slice(-3))
      })
    // They wake whoever watches for them, and end no watch.
    await new Promise<void>((resolve) => {
      const watch = watchDescriptor(server.fd, () => {
        listen()
        if (left.length < 2) return
        watch.stop()
        resolve()
      })
      watch.expect({ readable: true, writable: false, urgent: true })
    })
    expect(left).toEqual(['one', 'ree'])
    // A datagram after that is received as ever, with the time of its arrival.
    sendDatagram(client.fd, Buffer.from('four'), { address, port: server.port })
    const next = await receiveBatch(server.fd, batch)
    expect([next.count, batch.stamped, batch.seconds(0) > 0, batch.localLength(0) > 0]).toEqual([1, 0, true, true])
    departures.free()
    batch.free()
  },
)

test('a batch asks for nothing unless told to', async () => {
  using server = openOnLoopback('udp://127.0.0.1:0')
  sendDatagram(server.fd, Buffer.from('x'), { address: '127.0.0.1', port: server.port })
  const batch = new DatagramBatch({ slots: 4, slotBytes: 64 })
  await receiveBatch(server.fd, batch)
  batch.reply(0, 1)
  expect(batch.stamped).toBe(0)
  batch.free()
})
