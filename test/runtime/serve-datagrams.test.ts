import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { pino } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import type { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { type DatagramServer, serveDatagrams } from '../../daemons/runtime/serve-datagrams.ts'
import { systemClock } from '../../daemons/runtime/system-clock.ts'
import { openOnLoopback, receiveBatch, stampsOnArrival } from '../support/loopback.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

function serve(
  socket: ReturnType<typeof openOnLoopback>,
  onBatch: (batch: DatagramBatch, count: number) => void,
  lines: string[] = [],
  gatherMs = 0,
  awaited = (): number => 0,
  slots = 4,
): DatagramServer {
  const log = pino({}, { write: (line: string) => lines.push(line) })
  const held = { fd: socket.fd, name: 'udp://127.0.0.1:0', url: socket.url, probeOnly: false }
  const work = { onBatch, awaited, gatherMs, slots }
  const server = serveDatagrams({ socket: held, slotBytes: 256, log, clock: systemClock, ...work })
  open.push(server)
  return server
}

function client(): Socket {
  const socket = createSocket('udp4')
  open.push(socket)
  return socket
}

/** Answers every datagram with itself. */
function echo(batch: DatagramBatch, count: number): void {
  for (let slot = 0; slot < count; slot++) batch.reply(slot, batch.length(slot))
}

describe('serveDatagrams', () => {
  test('counts apart what had waited before it began to read', async () => {
    using socket = openOnLoopback('udp://127.0.0.1:0')
    using sender = openOnLoopback('udp://127.0.0.1:0')
    await stampsOnArrival()
    for (let index = 0; index < 6; index++)
      sendDatagram(sender.fd, Buffer.from('early'), { address: '127.0.0.1', port: socket.port })
    const server = serve(socket, echo)
    const asking = client()
    asking.send('late', socket.port, '127.0.0.1')
    await once(asking, 'message')
    expect(server.counters()).toMatchObject({ received: 7, waited: 6, dropped_kernel: 0, bug: 0 })
  })

  test('serves what waits before the loop turns', async () => {
    using socket = openOnLoopback('udp://127.0.0.1:0')
    using sender = openOnLoopback('udp://127.0.0.1:0')
    sendDatagram(sender.fd, Buffer.from('early'), { address: '127.0.0.1', port: socket.port })
    const server = serve(socket, echo)
    expect(server.counters().received).toBe(0)
    await Promise.resolve()
    expect(server.counters().received).toBe(1)
  })

  test('leaves what comes fast to gather, and serves all of it', async () => {
    using socket = openOnLoopback('udp://127.0.0.1:0')
    const batches: number[] = []
    const server = serve(
      socket,
      (batch, count) => {
        batches.push(count)
        echo(batch, count)
      },
      [],
      4,
    )
    const asking = client()
    for (let round = 0; round < 20; round++) {
      asking.send('one', socket.port, '127.0.0.1')
      asking.send('two', socket.port, '127.0.0.1')
      await once(asking, 'message')
    }
    while (server.counters().received < 40) await once(asking, 'message')
    expect(batches.reduce((sum, count) => sum + count, 0)).toBe(40)
  })

  test.each([
    [1, 2],
    [0, 1],
  ])(
    'with %i answers awaited at once it takes %i of two datagrams, the second of which comes meanwhile',
    (many, taken) => {
      using socket = openOnLoopback('udp://127.0.0.1:0')
      using asking = openOnLoopback('udp://127.0.0.1:0')
      const ask = (text: string): void =>
        void sendDatagram(asking.fd, Buffer.from(text), { address: '127.0.0.1', port: socket.port })
      const server = serve(
        socket,
        (batch) => {
          if (batch.bytes[0] === 'f'.charCodeAt(0)) ask('second')
        },
        [],
        0,
        () => many,
      )
      ask('first')
      server.drain()
      expect(server.counters().received).toBe(taken)
    },
  )

  test('hears who comes alone after a batch so large that nobody watched the socket meanwhile', async () => {
    using socket = openOnLoopback('udp://127.0.0.1:0')
    using crowd = openOnLoopback('udp://127.0.0.1:0')
    const batches: number[] = []
    const note = (batch: DatagramBatch, count: number): void => {
      batches.push(count)
      echo(batch, count)
    }
    serve(socket, note, [], 0, () => 0, 64)
    const asking = client()
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 40; index++)
        sendDatagram(crowd.fd, Buffer.from('many'), { address: '127.0.0.1', port: socket.port })
      asking.send('alone', socket.port, '127.0.0.1')
      await once(asking, 'message')
    }
    expect(Math.max(...batches)).toBeGreaterThanOrEqual(40)
    asking.send('alone', socket.port, '127.0.0.1')
    await once(asking, 'message')
    expect(batches.at(-1)).toBe(1)
  })

  test('hears who comes after a throw beside a batch so large that nobody watched the socket meanwhile', async () => {
    using socket = openOnLoopback('udp://127.0.0.1:0')
    using crowd = openOnLoopback('udp://127.0.0.1:0')
    let defects = 1
    const awaited = (): number => {
      if (defects-- > 0) throw new Error('a defect')
      return 0
    }
    const server = serve(socket, echo, [], 0, awaited, 64)
    await Promise.resolve()
    for (let index = 0; index < 40; index++)
      sendDatagram(crowd.fd, Buffer.from('many'), { address: '127.0.0.1', port: socket.port })
    expect(() => server.drain()).toThrow('a defect')
    const asking = client()
    asking.send('alone', socket.port, '127.0.0.1')
    await once(asking, 'message')
    expect(server.counters().received).toBe(41)
  })

  test('serves on after a throw, which is counted each time and logged once', async () => {
    using socket = openOnLoopback('udp://127.0.0.1:0')
    const lines: string[] = []
    const server = serve(
      socket,
      (batch, count) => {
        if (batch.bytes[0] === 'b'.charCodeAt(0)) throw new Error('a defect')
        echo(batch, count)
      },
      lines,
    )
    using asking = openOnLoopback('udp://127.0.0.1:0')
    for (const text of ['bad', 'bad', 'good']) {
      sendDatagram(asking.fd, Buffer.from(text), { address: '127.0.0.1', port: socket.port })
      server.drain()
    }
    const { batch } = await receiveBatch(asking.fd)
    expect(batch.bytes.toString('utf8', 0, batch.length(0))).toBe('good')
    expect(server.counters().bug).toBe(2)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('a defect')
  })

  test('counts a datagram that was cut, and what the kernel dropped from then on', async () => {
    using socket = openOnLoopback('udp://127.0.0.1:0', 4096)
    using sender = openOnLoopback('udp://127.0.0.1:0')
    const target = { address: '127.0.0.1', port: socket.port }
    for (let index = 0; index < 100; index++) sendDatagram(sender.fd, Buffer.alloc(200), target)
    const server = serve(socket, echo)
    expect(server.counters().dropped_kernel).toBe(0)
    server.drain()
    for (let index = 0; index < 100; index++) sendDatagram(sender.fd, Buffer.alloc(300), target)
    server.drain()
    const counters = server.counters()
    expect(counters.dropped_kernel).toBeGreaterThan(0)
    expect(counters.truncated).toBe(100 - counters.dropped_kernel)
  })
})
