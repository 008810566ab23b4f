import { describe, expect, test } from 'vitest'
import { type StoreLine, StoreQueue } from '../../supervisor/record/store-queue.ts'

const CLOCK = { monotonicMs: () => 0, wallMs: () => 1_000 }

describe('StoreQueue', () => {
  test('keeps lines while the store is down and hands them over in order', async () => {
    const queue = new StoreQueue(CLOCK)
    queue.add('ntp', 'one')
    queue.add('dhcp', 'two')
    expect(queue.size).toBe(2)
    const stored: StoreLine[] = []
    queue.connect(async (lines) => stored.push(...lines))
    await queue.flush()
    expect(stored).toEqual([
      { service: 'ntp', wall_ms: 1_000, line: 'one' },
      { service: 'dhcp', wall_ms: 1_000, line: 'two' },
    ])
  })

  test('sends a batch again that was not confirmed, once the store is told of again', async () => {
    const queue = new StoreQueue(CLOCK)
    queue.add('ntp', 'one')
    let calls = 0
    queue.connect(async () => {
      calls += 1
      throw new Error('it died')
    })
    await queue.flush()
    queue.add('ntp', 'two')
    await queue.flush()
    expect(calls).toBe(1)
    const stored: string[] = []
    queue.connect(async (lines) => stored.push(...lines.map(({ line }) => line)))
    await queue.flush()
    expect(stored).toEqual(['one', 'two'])
  })

  test('counts what it has no room for and reports it in the log', async () => {
    const queue = new StoreQueue(CLOCK)
    for (let count = 0; count < 5_010; count++) queue.add('noisy', 'x')
    expect(queue.size).toBe(5_000)
    expect(queue.lost).toBe(10)
    const stored: StoreLine[] = []
    queue.connect(async (lines) => stored.push(...lines))
    await queue.flush()
    const report = stored.find(({ service }) => service === 'lanward')
    expect(JSON.parse(report?.line ?? '{}')).toMatchObject({ msg: 'log lines lost', daemon: 'noisy', lost: 10 })
    expect(queue.lost).toBe(0)
  })

  test('gives the store itself little room, so that it cannot feed on its own errors', () => {
    const queue = new StoreQueue(CLOCK)
    for (let count = 0; count < 1_000; count++) queue.add('syslog', 'disk full')
    expect(queue.size).toBe(200)
    queue.add('ntp', 'still heard')
    expect(queue.size).toBe(201)
  })

  test('sends nothing while it is held, and gives what waits to another queue', async () => {
    const queue = new StoreQueue(CLOCK)
    const stored: string[] = []
    const under = Promise.withResolvers<void>()
    queue.connect(async (lines) => {
      await under.promise
      stored.push(...lines.map(({ line }) => line))
    })
    queue.add('ntp', 'on its way')
    await Promise.resolve()
    const held = queue.hold()
    queue.add('ntp', 'waits')
    under.resolve()
    await held
    expect(stored).toEqual(['on its way'])
    expect(queue.record()).toEqual({ lines: [{ service: 'ntp', wall_ms: 1_000, line: 'waits' }], lost: [] })
    const next = new StoreQueue(CLOCK)
    next.adopt(queue.record())
    next.connect(async (lines) => stored.push(...lines.map(({ line }) => line)))
    await next.flush()
    expect(stored).toEqual(['on its way', 'waits'])
    queue.goOn()
    await queue.flush()
    expect(queue.size).toBe(0)
  })
})
