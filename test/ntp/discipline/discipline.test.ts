import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { plainFrequency } from '../../../daemons/linux/steered-clock.ts'
import { MAX_REST, MAX_SLEW } from '../../../daemons/ntp/discipline/control-law.ts'
import { KeptMachine, type Weather } from './kept-machine.ts'

const HOUR = 3600
const NEVER = { thresholdSeconds: 1, updates: 0 }
/** What the learning of a drift may add to slewing. */
const LEARNING = 60e-6

let kept: KeptMachine
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  kept.close()
  vi.useRealTimers()
})

/** The largest of each second's errors, of the machine's clock and of the served time, and the fastest slewing. */
async function watch(seconds: number): Promise<{ clock: number; served: number; slew: number }> {
  const worst = { clock: 0, served: 0, slew: 0 }
  let last = kept.machine.error
  await kept.pass(seconds, () => {
    const { error } = kept.machine
    worst.clock = Math.max(worst.clock, Math.abs(error))
    worst.served = Math.max(worst.served, Math.abs(kept.servedError))
    worst.slew = Math.max(worst.slew, Math.abs(error - last))
    last = error
  })
  return worst
}

describe('a clock that is kept', () => {
  test.each([
    ['too fast', 40e-6, 0.02],
    ['too slow', -90e-6, -0.02],
  ])('of an oscillator that is %s comes to the truth, and stays', async (_title, drift, error) => {
    kept = new KeptMachine({ speedAt: () => drift, error })
    await kept.pass(1200)
    const worst = await watch(4 * HOUR)
    expect(worst.clock).toBeLessThan(200e-6)
    expect(worst.served).toBeLessThan(200e-6)
    expect(plainFrequency(kept.machine.read().frequency)).toBeCloseTo(-drift, 6)
    expect(kept.discipline.report()).toMatchObject({ state: 'steady', vouched: true, steps: 0, fault: null })
  })

  test.each([1, -1])(
    'that is %i s ahead is slewed there, no faster than it may be, while clients get the truth',
    async (error) => {
      kept = new KeptMachine({ error, step: NEVER, speedAt: () => 30e-6, known: -30e-6 })
      await kept.pass(20)
      const early = await watch(280)
      expect(early.slew).toBeGreaterThan(0.9 * MAX_SLEW)
      expect(early.slew).toBeLessThan(MAX_SLEW + LEARNING)
      expect(early.served).toBeLessThan(3e-3)
      expect(kept.discipline.report()).toMatchObject({ state: 'slewing', steps: 0 })
      let before = Math.abs(kept.machine.error)
      await kept.pass(1600, () => {
        const left = Math.abs(kept.machine.error)
        expect(left).toBeLessThan(before)
        before = left
      })
      await kept.pass(800)
      expect(Math.abs(kept.machine.error)).toBeLessThan(100e-6)
      expect(kept.machine.steps).toEqual([])
    },
  )

  test('is vouched for only while it is less than a second off', async () => {
    kept = new KeptMachine({ error: 1.2, step: NEVER })
    await kept.pass(60)
    expect(kept.machine.read().synchronised).toBe(false)
    await kept.pass(600)
    expect(kept.machine.read().synchronised).toBe(true)
    const last = kept.machine.orders.at(-1)
    expect(last?.maxError).toBeGreaterThan(kept.machine.error)
  })

  test('follows an oscillator that changes its speed by 50 ppm at once', async () => {
    kept = new KeptMachine({ speedAt: (seconds) => (seconds < 2 * HOUR ? 20e-6 : 70e-6) })
    await kept.pass(2 * HOUR)
    const during = await watch(HOUR)
    // Some questions pass before the line through the measurements has turned.
    expect(during.clock).toBeLessThan(50e-6 * 2 * 256 + 1e-3)
    expect((await watch(HOUR)).clock).toBeLessThan(1e-3)
    expect(plainFrequency(kept.machine.read().frequency)).toBeCloseTo(-70e-6, 5)
  })

  test('follows the warmth of a day', async () => {
    kept = new KeptMachine({ speedAt: (seconds) => 15e-6 + 2e-6 * Math.sin((2 * Math.PI * seconds) / (6 * HOUR)) })
    await kept.pass(HOUR)
    const worst = await watch(8 * HOUR)
    expect(worst.clock).toBeLessThan(2e-3)
    expect(worst.slew).toBeLessThan(25e-6)
  })

  test('does not take the noise of the network for its own error', async () => {
    kept = new KeptMachine({ speedAt: () => 20e-6, noise: 1e-3 })
    await kept.pass(HOUR)
    const worst = await watch(3 * HOUR)
    expect(worst.clock).toBeLessThan(4e-3)
    expect(worst.slew).toBeLessThan(60e-6)
  })

  test('runs on at the learned drift while the sources are away, and admits more from second to second', async () => {
    kept = new KeptMachine({ speedAt: () => 60e-6, error: 0.01 })
    await kept.pass(2 * HOUR)
    kept.reachable = false
    const before = kept.machine.orders.at(-1)?.maxError ?? 0
    const worst = await watch(6 * HOUR)
    expect(worst.clock).toBeLessThan(10e-3)
    const { maxError, synchronised } = kept.machine.orders.at(-1) ?? { maxError: 0, synchronised: false }
    expect(maxError - before).toBeGreaterThan(13e-6 * 6 * HOUR)
    expect(synchronised).toBe(true)
    await kept.pass(14 * HOUR)
    expect(kept.machine.read().synchronised).toBe(false)
    kept.reachable = true
    await kept.pass(HOUR)
    expect(kept.machine.read().synchronised).toBe(true)
    expect(Math.abs(kept.machine.error)).toBeLessThan(1e-3)
  })
})

describe('a step', () => {
  test('is made at the start when the clock is further off than the threshold, and then never', async () => {
    kept = new KeptMachine({ error: -3601.5, speedAt: () => 10e-6, known: -10e-6 })
    await kept.pass(120)
    expect(kept.machine.steps).toHaveLength(1)
    expect(Math.abs(kept.machine.error)).toBeLessThan(1e-3)
    expect(kept.discipline.report()).toMatchObject({ steps: 1, stepped_s: expect.closeTo(3601.5, 2), vouched: true })
    kept.machine.set(5)
    const worst = await watch(600)
    expect(kept.machine.steps).toHaveLength(1)
    // Set by hand it is brought back slowly; the served time stays what it was, but for the second until it is seen.
    expect(Math.abs(kept.machine.error)).toBeLessThan(5 - 550 * MAX_SLEW)
    expect(worst.slew).toBeLessThan(MAX_SLEW + LEARNING)
    expect(Math.abs(kept.servedError)).toBeLessThan(1e-3)
    expect(kept.discipline.faults()).toEqual([])
  })

  test('is none below the threshold', async () => {
    kept = new KeptMachine({ error: 0.9 })
    await kept.pass(60)
    expect(kept.machine.steps).toEqual([])
  })
})

describe('another program', () => {
  const doings: readonly (readonly [string, Parameters<KeptMachine['machine']['meddle']>[0], string])[] = [
    ['changes the frequency', { frequency: 655_360 }, 'its frequency became 10.000 ppm'],
    ['bends the tick', { tick: 10_001 }, 'its tick became 10001 µs'],
    ['stops the loop', { hasLoop: false }, 'in another way'],
    ['lets the loop move the frequency', { holdsFrequency: false }, 'in another way'],
  ]
  test.each(doings)(
    'that %s is left alone with the clock, while clients get the truth',
    async (_title, change, words) => {
      kept = new KeptMachine({ speedAt: () => 20e-6, known: -20e-6, error: 0.3 })
      await kept.pass(300)
      kept.machine.meddle(change)
      await kept.pass(1)
      const { length } = kept.machine.orders
      expect(kept.discipline.faults()).toEqual([expect.stringContaining(words)])
      expect(kept.discipline.report()).toMatchObject({ state: 'stopped', vouched: false })
      const worst = await watch(HOUR)
      expect(worst.served).toBeLessThan(1e-3)
      kept.close()
      expect(kept.machine.orders).toHaveLength(length)
    },
  )

  test('is seen before we have told the kernel anything', async () => {
    kept = new KeptMachine()
    kept.reachable = false
    await kept.pass(5)
    kept.machine.meddle({ synchronised: true })
    await kept.pass(1)
    kept.reachable = true
    await kept.pass(120)
    expect(kept.machine.orders).toEqual([])
    expect(kept.discipline.faults()).toEqual([expect.stringContaining('the kernel was told that it is kept right')])
  })
})

test('a kernel that refuses is asked once, and clients get the truth all the same', async () => {
  kept = new KeptMachine({ error: 2, speedAt: () => 20e-6, known: -20e-6 })
  kept.machine.refusal = new Error('adjtimex: operation not permitted (EPERM)')
  await kept.pass(300)
  expect(kept.machine.orders).toEqual([])
  expect(kept.machine.error).toBeGreaterThan(1.9)
  expect(Math.abs(kept.servedError)).toBeLessThan(1e-3)
  expect(kept.discipline.faults()).toEqual([expect.stringContaining('not permitted')])
})

test('each frequency is written down before the kernel gets it, with the one before', async () => {
  kept = new KeptMachine({ speedAt: (seconds) => 1e-9 * seconds })
  await kept.pass(HOUR)
  const told = kept.machine.orders.map(({ frequency }) => frequency)
  const changes = told.filter((frequency, index) => frequency !== told[index - 1])
  expect(changes.length).toBeGreaterThan(10)
  expect(kept.remembered).toEqual(
    changes.map((frequency, index) => [...changes.slice(index - 1, index), frequency].slice(-2)),
  )
})

test('an orderly end leaves the frequency, and nobody vouches for the clock', async () => {
  kept = new KeptMachine({ speedAt: () => 20e-6, error: 0.01 })
  await kept.pass(1200)
  const { frequency } = kept.machine.read()
  kept.close()
  expect(kept.machine.read()).toMatchObject({ frequency, synchronised: false, rest: 0 })
  await kept.pass(HOUR)
  expect(Math.abs(kept.machine.error)).toBeLessThan(5e-3)
})

test('a death in the middle of slewing leaves no more than the kernel was given to work off', async () => {
  const weather: Weather = { error: 1, step: NEVER, speedAt: () => 20e-6 }
  kept = new KeptMachine(weather)
  await kept.pass(600)
  const left = kept.machine.error
  kept.die()
  await kept.pass(HOUR)
  expect(left - kept.machine.error).toBeLessThan(MAX_REST + 1e-3)
})
