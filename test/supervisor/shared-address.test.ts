import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { HeldSockets, type Kept } from '../../supervisor/sockets/held-sockets.ts'
import type { SocketSpec } from '../../supervisor/spec/spec.ts'
import { socketSpec } from './open-fleet.ts'

const FIRST = socketSpec('udp://127.0.0.1:0')
const SECOND: SocketSpec = { ...FIRST, text: `${FIRST.text}#2`, beside: FIRST.text }

const sockets = new HeldSockets()
afterEach(() => sockets.close())

function portOf({ opened: { url } }: Kept): number {
  return 'port' in url ? url.port : 0
}

/** Sends one datagram from each of many ports, and tells how many came to each socket. */
async function countArrivals(held: readonly Kept[]): Promise<number[]> {
  const [first] = held
  if (first === undefined) throw new Error('nothing is held')
  for (let sender = 0; sender < 64; sender++) {
    const socket = createSocket('udp4')
    socket.send('x', portOf(first), '127.0.0.1', () => socket.close())
    await once(socket, 'close')
  }
  const batch = new DatagramBatch({ slots: 128, slotBytes: 64 })
  const counts = held.map(({ opened }) => batch.receive(opened.fd))
  batch.free()
  return counts
}

test('sockets that share an address divide the senders among them and lose none', async () => {
  const counts = await countArrivals(sockets.hold('syslog', [FIRST, SECOND]))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(64)
  expect(Math.min(...counts)).toBeGreaterThan(0)
})

test('a second socket comes to the first, which stays the same with what waits in it, and goes again', async () => {
  const [alone] = sockets.hold('syslog', [FIRST])
  const both = sockets.hold('syslog', [FIRST, SECOND])
  expect(both[0]).toBe(alone)
  expect(new Set(both.map(portOf)).size).toBe(1)
  const left = sockets.hold('syslog', [FIRST])
  expect(left).toEqual([alone])
  expect(await countArrivals(left)).toEqual([64])
})

test('nobody else gets in because the address is shared', () => {
  const [first] = sockets.hold('syslog', [FIRST, SECOND])
  if (first === undefined) throw new Error('nothing is held')
  const port = portOf(first)
  const other = new HeldSockets()
  expect(() => other.hold('ntp', [socketSpec(`udp://127.0.0.1:${port}`)])).toThrow('taken')
  other.close()
})

test('drops are told for each socket under a name of its own', () => {
  sockets.hold('syslog', [FIRST, SECOND])
  expect(sockets.drops('syslog')).toEqual({ [FIRST.text]: 0, [SECOND.text]: 0 })
})
