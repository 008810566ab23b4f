import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { KernelClock } from '../../../daemons/linux/kernel-clock.ts'
import { reportTime } from '../../../daemons/ntp/time-report.ts'
import { NO_LEAP, NOBODY } from '../fixture.ts'
import { KeptMachine } from './kept-machine.ts'

let kept: KeptMachine
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  kept.close()
  vi.useRealTimers()
})

const FREE = { synchronised: false, maxErrorUs: 16e6, leap: 0, frequencyPpm: 0 } as const

function report(kernel: KernelClock = FREE): ReturnType<typeof reportTime>['clock'] {
  const { clock } = kept.machine
  const parts = { clock: kept.served, sources: [], leap: NO_LEAP, kernel, own: NOBODY, clients: { newest: () => [] } }
  const unixSeconds = Math.floor(clock.wallMs() / 1000)
  return reportTime({ ...parts, discipline: kept.discipline.report() }, unixSeconds, clock.monotonicMs()).clock
}

test('the report says who keeps the clock from the start to the end', async () => {
  kept = new KeptMachine({ error: 0.5, speedAt: () => 20e-6, known: -20e-6 })
  expect(report()).toMatchObject({ kept_by: 'nobody', discipline: { state: 'waiting', rest_s: null } })
  expect(kept.discipline.words()).toEqual([])
  await kept.pass(60)
  expect(report()).toMatchObject({
    kept_by: 'lanward',
    discipline: { state: 'slewing', rest_s: expect.closeTo(-0.47, 1) },
  })
  expect(kept.discipline.words()).toEqual([expect.stringMatching(/^slews this machine's clock \(-0\.4\d\d s left\)$/)])
  await kept.pass(1500)
  expect(report()).toMatchObject({
    kept_by: 'lanward',
    discipline: { state: 'steady' },
    frequency_ppm: expect.closeTo(0, 0),
  })
  expect(kept.discipline.words()).toEqual(["keeps this machine's clock"])
  kept.machine.meddle({ frequency: 0 })
  await kept.pass(1)
  expect(report()).toMatchObject({ kept_by: 'nobody', discipline: { state: 'stopped', vouched: false } })
  expect(kept.discipline.words()).toEqual([])
})

test('what an earlier life vouches for is not said to be another program', () => {
  kept = new KeptMachine()
  expect(report({ ...FREE, synchronised: true })).toMatchObject({
    kept_by: 'lanward',
    discipline: { state: 'waiting', vouched: false },
  })
})

test('sources are shown against the clock as it is, however long it was kept', async () => {
  kept = new KeptMachine({ error: 0.5, speedAt: () => 80e-6, known: -80e-6 })
  await kept.pass(4 * 3600)
  // Against the untouched clock it is more than half a second by now.
  expect(kept.discipline.aheadBy()).toBeLessThan(-1)
  for (const { offset_s } of kept.upstream.report()) expect(Math.abs(offset_s ?? 1)).toBeLessThan(1e-3)
})

test('a leap second is given to the kernel, which does it', async () => {
  kept = new KeptMachine()
  await kept.pass(120)
  const atUnix = Math.floor(kept.machine.clock.wallMs() / 1000) + 3600
  expect(kept.discipline.promise(FREE)).toMatchObject({ leap: 1 })
  const plan = { atUnix, by: -1, announced: true, performs: false, smear: false, doneMs: 0 } as const
  kept.served.planLeap(plan, true)
  await kept.pass(1)
  expect(kept.machine.leap).toBe(1)
  kept.served.planLeap({ ...plan, by: 1 }, true)
  await kept.pass(1)
  expect(kept.machine.leap).toBe(2)
  // One that the served time does by itself must not be done twice.
  kept.served.planLeap({ ...plan, performs: true }, true)
  await kept.pass(1)
  expect(kept.machine.leap).toBe(0)
  kept.served.planLeap({ ...plan, atUnix: atUnix - 3600 }, true)
  await kept.pass(1)
  expect(kept.machine.leap).toBe(0)
})

test('a leap second is not given to a kernel whose clock still shows the day before, at whose end it would do it', async () => {
  kept = new KeptMachine({ error: -30, step: { thresholdSeconds: 60, updates: 0 } })
  await kept.pass(120)
  const atUnix = Math.floor(kept.machine.clock.wallMs() / 1000) + 86_400 + 10
  kept.served.planLeap({ atUnix, by: -1, announced: true, performs: false, smear: false, doneMs: 0 }, true)
  await kept.pass(1)
  expect(kept.machine.leap).toBe(0)
  await kept.pass(20)
  expect(kept.machine.leap).toBe(1)
})
