import { DgramAsPromised } from 'dgram-as-promised'
import { describe, expect, test } from 'vitest'
import { waitFor } from '../../support/wait-for.ts'
import { ForwardingStore, forwardSection, upTo } from './forwarding.ts'

/** A collector of datagrams: the last word of each. */
async function listen(port = 0) {
  const socket = DgramAsPromised.createSocket('udp4')
  const datagrams: string[] = []
  socket.socket.on('message', (bytes) => datagrams.push(bytes.toString()))
  const address = await socket.bind(port, '127.0.0.1')
  socket.setRecvBufferSize(1 << 20)
  return {
    datagrams,
    port: typeof address === 'object' ? address.port : 0,
    numbers: () => datagrams.map((text) => Number(text.split(' ').at(-1))),
    [Symbol.asyncDispose]: () => socket.close(),
  }
}

describe('forwarding over UDP', () => {
  test('sends one message in each datagram, in order', async () => {
    await using target = await listen()
    await using box = new ForwardingStore()
    const to = { scheme: 'udp', host: 'localhost', port: target.port } as const
    await box.forwarder.follow([forwardSection(target.port, { to, origin: false })])
    box.add(500)
    await waitFor('all', () => target.datagrams.length === 500 || undefined)
    expect(target.numbers()).toEqual(upTo(500))
    expect(target.datagrams[0]).toBe('<13>1 2026-01-31T12:00:00.000000Z h a - - - 1')
    await waitFor('the place', () => (box.forwarder.neededFrom() === 501 ? true : undefined))
  })

  test('cuts what no datagram can hold, and goes on', async () => {
    await using target = await listen()
    await using box = new ForwardingStore()
    const to = { scheme: 'udp', host: '127.0.0.1', port: target.port } as const
    await box.forwarder.follow([forwardSection(target.port, { to, maxMessageBytes: 65_507 })])
    box.add(1, { padding: 'x'.repeat(70_000) })
    box.add(1)
    await waitFor('both', () => target.datagrams.length === 2 || undefined)
    expect(target.datagrams[0]).toHaveLength(65_507)
    expect(target.datagrams[0]).toMatch(/cut="70\d\d\d"/)
  })

  test('sends again what was refused, once somebody listens', async () => {
    const before = await listen()
    const { port } = before
    await before[Symbol.asyncDispose]()
    await using box = new ForwardingStore()
    const to = { scheme: 'udp', host: '127.0.0.1', port } as const
    await box.forwarder.follow([forwardSection(port, { to })])
    box.add(50)
    await box.until('refused', ({ error }) => error === 'connection refused')
    expect(box.forwarder.neededFrom()).toBe(1)
    await using target = await listen(port)
    await waitFor('all', () => new Set(target.numbers()).size === 50 || undefined)
    expect([...new Set(target.numbers())]).toEqual(upTo(50))
  })

  test('keeps to the rate', async () => {
    await using target = await listen()
    await using box = new ForwardingStore()
    // However long this test is held up, the second parcel is not due.
    box.speed = 0
    const to = { scheme: 'udp', host: '127.0.0.1', port: target.port } as const
    await box.forwarder.follow([forwardSection(target.port, { to, rate: 1 })])
    for (let round = 0; round < 10; round++) box.add(100, { padding: 'x'.repeat(1000) })
    await waitFor('the first', () => target.datagrams.length > 0 || undefined)
    const { behind } = await box.until('a parcel', ({ forwarded }) => forwarded > 0)
    expect(behind).toBeGreaterThan(900)
    await box.forwarder.close()
    await waitFor('all of it', () => target.datagrams.length === 1000 - behind || undefined)
  })
})
