import { afterEach, expect, test } from 'vitest'
import type { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { readWallTime } from '../../daemons/linux/wall-time.ts'
import { BatchAnswerer } from '../../daemons/ntp/answer-batch.ts'
import { createTally } from '../../daemons/ntp/outcome.ts'
import { openOnLoopback, receiveBatch } from '../support/loopback.ts'
import { makeServer, request, stamp } from './fixture.ts'

const batches: DatagramBatch[] = []
afterEach(() => {
  for (const batch of batches.splice(0)) batch.free()
})

/** Asks a server over loopback; gives the reply and what was counted. */
async function askOnce(prepare: (server: ReturnType<typeof makeServer>) => void, readWall = readWallTime) {
  const server = makeServer()
  prepare(server)
  using door = openOnLoopback('udp://127.0.0.1:0')
  using client = openOnLoopback('udp://127.0.0.1:0')
  sendDatagram(client.fd, request(0x23), { address: '127.0.0.1', port: door.port })
  const { batch, count } = await receiveBatch(door.fd)
  const tally = createTally()
  new BatchAnswerer(8, readWall).answer(server, batch, count, 1000, tally)
  batch.flush(door.fd)
  batches.push(batch)
  if (tally.answered === 0) return { reply: null, tally }
  const answer = await receiveBatch(client.fd)
  batches.push(answer.batch)
  return { reply: Buffer.from(answer.batch.bytes.subarray(0, answer.batch.length(0))), tally }
}

const ntpNow = (): number => Date.now() / 1000 + 2_208_988_800

test.each([0, 3600.75, -86_400.000001])(
  'both times of a reply are %d s away from the kernel, as the followed clock is',
  async (offset) => {
    const earliest = ntpNow()
    const { reply } = await askOnce(({ clock }) => {
      if (offset === 0) return
      const correction = { atMs: 1000, offset, frequency: 0, jitter: 0 }
      const told = {
        leapIndicator: 0,
        stratum: 3,
        referenceId: 1,
        name: '',
        address: '',
        rootDelay: 0,
        rootDispersion: 0,
      }
      clock.follow({ ...told, correction, unixSeconds: Date.now() / 1000 + offset })
    })
    if (reply === null) throw new Error('no answer')
    // Our clock is read in whole milliseconds.
    for (const at of [32, 40]) {
      const kernel = Number(stamp(reply, at)) / 2 ** 32 - offset
      expect(kernel).toBeGreaterThan(earliest - 0.001)
      expect(kernel).toBeLessThan(ntpNow() + 0.001)
    }
    expect(stamp(reply, 40) - stamp(reply, 32)).toBeGreaterThan(0n)
  },
)

test.each([
  ['the machine stood still for five seconds', 5],
  ['the clock was set back by two', -2],
])('no answer goes out when %s since the request came', async (_title, seconds) => {
  const { reply, tally } = await askOnce(
    () => undefined,
    (into) => {
      readWallTime(into)
      into[0] = (into[0] ?? 0) + seconds
    },
  )
  expect(reply).toBeNull()
  expect(tally).toMatchObject({ stale: 1, answered: 0 })
})

test('each reply of a batch is stamped later by the time that those before it take', async () => {
  const server = makeServer()
  using door = openOnLoopback('udp://127.0.0.1:0')
  using client = openOnLoopback('udp://127.0.0.1:0')
  let seconds = 0
  let nanoseconds = 0
  const answerer = new BatchAnswerer(8, (into) => into.set([seconds, 0, nanoseconds]))
  let stamps: bigint[] = []
  for (let round = 0; round < 400; round++) {
    for (let one = 0; one < 4; one++) sendDatagram(client.fd, request(0x23), { address: '127.0.0.1', port: door.port })
    const { batch, count } = await receiveBatch(door.fd)
    batches.push(batch)
    // Later than every arrival, so that no stamp has to make way for one.
    seconds = Math.floor(Date.now() / 1000) + 2
    answerer.answer(server, batch, count, 1000, createTally())
    stamps = Array.from({ length: count }, (_, slot) => stamp(batch.bytes, slot * batch.slotBytes + 40))
    expect(count).toBe(4)
    nanoseconds += 4 * 3000
    answerer.sent(count)
    nanoseconds = 0
  }
  const steps = stamps.slice(1).map((one, index) => (Number(one - (stamps[index] ?? 0n)) / 2 ** 32) * 1e9)
  // Bits below the precision of the clock, a microsecond here, are random.
  for (const step of steps) expect(Math.abs(step - 3000)).toBeLessThan(1000)
})

test('replies that wait a moment longer are stamped anew', async () => {
  const server = makeServer()
  using door = openOnLoopback('udp://127.0.0.1:0')
  using client = openOnLoopback('udp://127.0.0.1:0')
  sendDatagram(client.fd, request(0x23), { address: '127.0.0.1', port: door.port })
  const { batch, count } = await receiveBatch(door.fd)
  batches.push(batch)
  const now = Date.now() / 1000 + 2
  let nanoseconds = 0
  const answerer = new BatchAnswerer(8, (into) => into.set([Math.floor(now), 0, nanoseconds]))
  answerer.answer(server, batch, count, 1000, createTally())
  const first = stamp(batch.bytes, 40)
  batch.rehearse(door.fd)
  nanoseconds = 500_000
  answerer.stamp(server, batch, count)
  expect(Number(stamp(batch.bytes, 40) - first) / 2 ** 32).toBeCloseTo(0.0005, 5)
  expect(batch.flush(door.fd)).toBe(1)
  const answer = await receiveBatch(client.fd)
  batches.push(answer.batch)
  expect(answer.count).toBe(1)
})
