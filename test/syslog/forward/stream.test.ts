import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { waitFor } from '../../support/wait-for.ts'
import { ForwardingStore, forwardSection, LineTarget, upTo } from './forwarding.ts'

/** Waits until the target has the message of that number. */
function arrived(target: LineTarget, number: number): Promise<true> {
  const text = String(number)
  return waitFor(`message ${number}`, () => target.connections.some((lines) => lines.includes(text)) || undefined)
}

describe('forwarding over TCP', () => {
  test('brings everything in order, from the moment the target is configured', async () => {
    await using target = await LineTarget.listen()
    await using box = new ForwardingStore(100_000)
    box.add(5)
    await box.forwarder.follow([forwardSection(target.port)])
    for (let round = 0; round < 20; round++) box.add(250)
    await arrived(target, 5005)
    expect(target.connections).toEqual([upTo(5005).slice(5).map(String)])
    const report = await box.until('all taken', ({ behind }) => behind === 0)
    expect(report).toMatchObject({ state: 'connected', forwarded: 5000, resent: 0, maybe_lost: 0, connects: 1 })
    await waitFor('the place', () => (box.forwarder.neededFrom() === 5006 ? true : undefined))
  })

  test('loses nothing in connections that break with unread messages in them, and repeats only where they broke', async () => {
    await using target = await LineTarget.listen()
    await using box = new ForwardingStore(200_000)
    // Time passes as the target reads, and while it is not there: however long this test is held up, nothing unread passes for good.
    box.speed = 0
    let breaks = 0
    target.onConnect = (peer: Socket) => {
      peer.on('data', () => {
        box.aheadMs += 200
      })
      if (breaks === 6) return
      breaks += 1
      // Reads little and slowly, so that the kernels' buffers are full when it breaks.
      peer.on('data', () => {
        peer.pause()
        setImmediate(() => (peer.bytesRead > 40_000 * breaks ? peer.resetAndDestroy() : peer.resume()))
      })
    }
    await box.forwarder.follow([forwardSection(target.port)])
    for (let round = 0; round < 40; round++) box.add(500, { padding: `${'x'.repeat(200)} ` })
    await waitFor('the last message', () => {
      if (box.forwarder.reports()[0]?.state === 'waiting') box.aheadMs += 10_000
      return target.connections.some((lines) => lines.includes('20000')) || undefined
    })
    expect(target.connections).toHaveLength(7)
    for (const [index, lines] of target.connections.entries()) {
      const numbers = lines.map(Number)
      expect(numbers).toEqual(numbers.map((_, offset) => (numbers[0] ?? 0) + offset))
      const before = Math.max(0, ...target.connections.slice(0, index).flat().map(Number))
      expect(numbers[0] ?? 1).toBeLessThanOrEqual(before + 1)
    }
    expect(new Set(target.numbers)).toEqual(new Set(upTo(20_000)))
    const report = await box.until('all taken', ({ behind }) => behind === 0)
    expect(report).toMatchObject({ forwarded: 20_000, connects: 7 })
    expect(report.resent).toBeGreaterThan(0)
  })

  test('keeps to the rate, also of messages that come while the target has everything', async () => {
    await using target = await LineTarget.listen()
    await using box = new ForwardingStore()
    // However long this test is held up, the second parcel is not due.
    box.speed = 0
    await box.forwarder.follow([forwardSection(target.port, { rate: 1 })])
    await box.until('connected', ({ state }) => state === 'connected')
    for (let round = 0; round < 8; round++) box.add(100, { padding: `${'x'.repeat(1000)} ` })
    await waitFor('the first', () => target.numbers.length > 0 || undefined)
    const { behind } = await box.until('a parcel', ({ forwarded }) => forwarded > 0)
    expect(behind).toBeGreaterThan(700)
  })

  test('a target that does not read holds up neither the others nor the store', async () => {
    await using slow = await LineTarget.listen()
    await using fast = await LineTarget.listen()
    await using box = new ForwardingStore()
    // However long this test is held up, the slow one is not given up.
    box.speed = 1
    slow.onConnect = (peer) => peer.pause()
    await box.forwarder.follow([
      forwardSection(slow.port, { name: 'slow' }),
      forwardSection(fast.port, { name: 'fast' }),
    ])
    await box.until('connected', ({ state }) => state === 'connected', 'slow')
    for (let round = 0; round < 60; round++) box.add(500, { padding: `${'x'.repeat(300)} ` })
    await arrived(fast, 30_000)
    const held = await box.until('held up', ({ behind }) => behind > 0 && behind < 30_000, 'slow')
    expect(held.behind_s).toBeGreaterThan(0)
    expect(box.forwarder.neededFrom()).toBeLessThan(30_001 - held.behind)
    slow.resume()
    await arrived(slow, 30_000)
    expect(slow.numbers).toEqual(upTo(30_000))
    expect(fast.numbers).toEqual(upTo(30_000))
  })

  test('a stop does not wait for a target that does not read, nor for one that does not answer', async () => {
    await using slow = await LineTarget.listen()
    await using box = new ForwardingStore()
    slow.onConnect = (peer) => peer.pause()
    await box.forwarder.follow([
      forwardSection(slow.port, { name: 'slow' }),
      forwardSection(9, { name: 'silent', to: { scheme: 'tls', host: '127.0.0.1', port: slow.port } }),
    ])
    await box.until('connected', ({ state }) => state === 'connected', 'slow')
    for (let round = 0; round < 60; round++) box.add(500, { padding: `${'x'.repeat(300)} ` })
    await box.until('a full way', ({ forwarded }) => forwarded > 0, 'slow')
    await box.forwarder.close()
    expect(box.forwarder.reports().map(({ state }) => state)).toEqual(['stopped', 'stopped'])
  })

  test('what passed for good shortly before a reset is maybe lost; before a farewell it is not', async () => {
    await using target = await LineTarget.listen()
    await using box = new ForwardingStore()
    await box.forwarder.follow([forwardSection(target.port)])
    box.add(100)
    await waitFor('kept for good', () => box.forwarder.neededFrom() === 101 || undefined)
    target.onConnect = (peer) => peer.end()
    target.reset()
    const broken = await box.until('two more connections', ({ connects }) => connects > 2)
    expect(broken).toMatchObject({ maybe_lost: 100, resent: 0 })
    expect(target.numbers).toEqual(upTo(100))
  })

  test('a target that is away gets everything when it comes', async () => {
    const first = await LineTarget.listen()
    const { port } = first
    await first[Symbol.asyncDispose]()
    await using box = new ForwardingStore()
    await box.forwarder.follow([forwardSection(port)])
    box.add(1000)
    const away = await box.until('waiting', ({ state }) => state === 'waiting')
    expect(away).toMatchObject({ behind: 1000, error: 'connection refused', forwarded: 0 })
    await waitFor('a fault', () => box.forwarder.faults().length > 0 || undefined)
    expect(box.forwarder.faults()).toEqual(['cannot forward to target: connection refused'])
    await using target = await LineTarget.listen(port)
    await arrived(target, 1000)
    expect(target.numbers).toEqual(upTo(1000))
    expect(box.forwarder.faults()).toEqual([])
  })

  test('a restart in good order repeats nothing, and one by death only the last moment', async () => {
    await using target = await LineTarget.listen()
    await using box = new ForwardingStore()
    const section = forwardSection(target.port)
    await box.forwarder.follow([section])
    box.add(100)
    await arrived(target, 100)
    await box.restart()
    box.add(10)
    await box.forwarder.follow([section])
    await arrived(target, 110)
    expect(target.numbers).toEqual(upTo(110))
    // The file as a process leaves it that dies before it can write.
    const place = join(box.folder, 'forward', 'target.place')
    expect(JSON.parse(readFileSync(place, 'utf8'))).toMatchObject({ seq: 101 })
    const early = readFileSync(place)
    await box.restart()
    writeFileSync(place, early)
    await box.forwarder.follow([section])
    await waitFor('messages again', () => target.connections[2]?.length === 10 || undefined)
    expect(target.connections[2]).toEqual(upTo(110).slice(100).map(String))
  })

  test('a place ahead of the store, after a power cut took its newest messages, begins with the next', async () => {
    await using target = await LineTarget.listen()
    await using box = new ForwardingStore()
    const section = forwardSection(target.port)
    box.add(5)
    await box.forwarder.follow([section])
    await box.restart()
    writeFileSync(join(box.folder, 'forward', 'target.place'), '{"seq":900,"to":"target"}\n')
    await box.forwarder.follow([section])
    box.add(3)
    await arrived(target, 8)
    expect(target.numbers).toEqual([6, 7, 8])
  })

  test('a folder that cannot be made keeps nobody from forwarding', async () => {
    await using target = await LineTarget.listen()
    await using box = new ForwardingStore()
    writeFileSync(join(box.folder, 'forward'), 'a file where the folder should be')
    await box.forwarder.follow([forwardSection(target.port)])
    box.add(10)
    await arrived(target, 10)
    expect(box.forwarder.faults()[0]).toContain('cannot keep the place of target')
  })

  test('a place that cannot be kept is a fault, and forwarding goes on', async () => {
    await using target = await LineTarget.listen()
    await using box = new ForwardingStore()
    await box.forwarder.follow([forwardSection(target.port)])
    const folder = join(box.folder, 'forward')
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'a file where the folder was')
    box.add(10)
    await arrived(target, 10)
    await waitFor('a fault', () => box.forwarder.faults().length > 0 || undefined)
    expect(box.forwarder.faults()[0]).toContain('cannot keep the place of target')
    rmSync(folder)
    chmodSync(box.folder, 0o755)
  })
})

describe('what is not forwarded', () => {
  test('comes back from the target, or passed here before: counted once', async () => {
    await using target = await LineTarget.listen()
    await using box = new ForwardingStore()
    await box.forwarder.follow([forwardSection(target.port)])
    const own = readFileSync(join(box.folder, 'forward', 'box-id'), 'utf8').trim()
    box.add(3, { sd: `{"lanward@32473":{"hop":["ffffffffffffffff","${own}"],"seq":"1"}}` })
    box.add(2, { sd: '{"lanward@32473":{"hop":"ffffffffffffffff","seq":"1"}}' })
    await arrived(target, 5)
    expect(target.numbers).toEqual([4, 5])
    expect(box.forwarder.counters()).toMatchObject({ forward_loop: 3 })
  })

  test('is more than the spool may hold: the oldest are skipped and counted', async () => {
    const first = await LineTarget.listen()
    const { port } = first
    await first[Symbol.asyncDispose]()
    await using box = new ForwardingStore(10_000)
    await box.forwarder.follow([forwardSection(port, { spool: { sizeBytes: 25_000, ageMs: 1e9 } })])
    for (let round = 0; round < 20; round++) box.add(50)
    box.forwarder.tick()
    const { spool_overflow: skipped, behind } = await box.until('skipped', (report) => report.spool_overflow > 0)
    expect(skipped).toBeGreaterThan(800)
    expect(behind).toBe(1000 - skipped)
    await using target = await LineTarget.listen(port)
    await arrived(target, 1000)
    expect(target.numbers).toEqual(upTo(1000).slice(skipped))
    expect(box.forwarder.counters()).toMatchObject({ spool_overflow: skipped, forwarded: 1000 - skipped })
  })

  test('is gone from the store: counted alike', async () => {
    const first = await LineTarget.listen()
    const { port } = first
    await first[Symbol.asyncDispose]()
    await using box = new ForwardingStore(10_000)
    await box.forwarder.follow([forwardSection(port)])
    for (let round = 0; round < 4; round++) box.add(50)
    const segments = join(box.folder, 'segments')
    const [oldest = ''] = readdirSync(segments).sort()
    rmSync(join(segments, oldest))
    await using target = await LineTarget.listen(port)
    await arrived(target, 200)
    expect(target.numbers).toEqual(upTo(200).slice(50))
    expect(box.forwarder.counters()).toMatchObject({ spool_overflow: 50 })
  })
})

test('a reload leaves what stays alone, begins what is new, and forgets what is gone', async () => {
  await using one = await LineTarget.listen()
  await using two = await LineTarget.listen()
  await using box = new ForwardingStore()
  const first = forwardSection(one.port, { name: 'one' })
  const second = forwardSection(two.port, { name: 'two/../x' })
  await box.forwarder.follow([first])
  box.add(3)
  await arrived(one, 3)
  await box.forwarder.follow([first, second])
  box.add(3)
  await arrived(one, 6)
  await arrived(two, 6)
  expect(one.connections).toEqual([upTo(6).map(String)])
  expect(two.numbers).toEqual([4, 5, 6])
  // Other settings under the same name go on where it was.
  await box.forwarder.follow([{ ...second, format: 'json' }])
  box.add(1)
  await waitFor('one line of JSON', () => (two.connections[1]?.length === 1 ? true : undefined))
  expect(two.connections[1]?.[0]).toContain('"msg":"7"')
  await box.forwarder.follow([])
  expect(readdirSync(join(box.folder, 'forward'))).toEqual(['box-id'])
  expect(box.forwarder.neededFrom()).toBe(Number.POSITIVE_INFINITY)
  expect(one.numbers).toEqual(upTo(6))
})
