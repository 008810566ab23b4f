import { describe, expect, test } from 'vitest'
import type { ServiceReport } from '../../supervisor/control/control-protocol.ts'
import { comeBackMs, foundOutMs, whyNotKilled } from '../../supervisor/drill/expected-return.ts'
import type { Ground } from '../../supervisor/drill/ground.ts'
import { runDrills } from '../../supervisor/drill/run-drills.ts'
import { drillHang } from '../../supervisor/drill/run-hang.ts'
import { drillKill } from '../../supervisor/drill/run-kill.ts'
import { drillReload } from '../../supervisor/drill/run-reload.ts'
import type { ServiceSpec } from '../../supervisor/spec/spec.ts'
import { serviceReport, statusReport, whyReport } from '../cli/reports.ts'
import { configOf } from '../config/check-text.ts'
import { childSpec } from '../supervisor/open-fleet.ts'

/** A pid that no process has: nothing can be done to it. */
const NOBODY = 2 ** 22 + 1
const SPEC = childSpec('relay', 'says-ready.ts')
const HANGS = { ...SPEC, rules: { ...SPEC.rules, watchdogMs: 1000 } }
const READY = serviceReport({ name: 'relay', pid: NOBODY, listen: [], restarts: 0 })
const LATER = { ...READY, pid: NOBODY + 1, restarts: 1 }

/** A supervisor that is played: time passes only by pausing, and `looks` are its answers in order, the last for ever. */
function playedGround(
  looks: readonly ServiceReport[],
  changes: Partial<Ground> = {},
): Ground & { readonly signals: string[] } {
  const left = [...looks]
  const signals: string[] = []
  let nowMs = 0
  const look = (): ServiceReport => (left.length > 1 ? left.shift() : left[0]) ?? READY
  return {
    config: configOf('[ntp]\n'),
    specs: [SPEC],
    stop: new AbortController().signal,
    status: async () => statusReport(look()),
    service: async () => look(),
    why: async () => whyReport({ restart_limit: { restarts: 5, within_s: 30, used: 0 } }),
    reload: async () => ({ changes: [{ service: 'relay', change: 'unchanged' }] }),
    readStored: async () => [],
    signal: (pid, signal) => void signals.push(`${signal} ${pid}`),
    nowMs: () => nowMs,
    keptWaitingMs: () => 0,
    pause: async (ms) => {
      nowMs += ms
    },
    signals,
    ...changes,
  }
}

/** What each promise of a report came to. */
async function verdicts(report: ReturnType<typeof drillKill>): Promise<readonly boolean[]> {
  return (await report).promises.map(({ kept }) => kept)
}

describe('drillKill', () => {
  test('kills the process of the service, and believes only in another one', async () => {
    const exit = { ...LATER, last_exit: { ...serviceReport().last_exit, ...EXIT } }
    const ground = playedGround([READY, READY, READY, exit])
    expect(await verdicts(drillKill(ground, SPEC))).toEqual([true, true, true, true, true])
    expect(ground.signals).toEqual([`SIGKILL ${NOBODY}`])
  })

  test('of a service that never comes back is a broken promise, not an endless wait', async () => {
    const report = await drillKill(playedGround([READY]), SPEC)
    expect(report.promises[0]).toMatchObject({ kept: false, found: expect.stringMatching(/^not within \d+ ms$/) })
  })

  test.each([
    [
      'that is degraded',
      serviceReport({ health: 'degraded', reason: 'disk full' }),
      SPEC,
      'it is ready and degraded: disk full',
    ],
    ['that is stopped', serviceReport({ state: 'stopped', health: 'unknown' }), SPEC, 'it is stopped and unknown'],
    [
      'that would stay down',
      READY,
      { ...SPEC, rules: { ...SPEC.rules, restart: { ...SPEC.rules.restart, on: 'never' as const } } },
      'restart.on',
    ],
    ['without process', { ...READY, pid: null }, SPEC, 'it has no process'],
  ])('leaves a service alone %s', async (_, report, spec, why) => {
    const ground = playedGround([report])
    expect((await drillKill(ground, spec)).skipped).toContain(why)
    expect(ground.signals).toEqual([])
  })

  test('leaves a service alone that the next death would park', () => {
    const limit = { restarts: 5, within_s: 30, used: 5 }
    expect(whyNotKilled(SPEC, READY, limit)).toBe('it would be parked: 5 of 5 restarts within 30 s are used')
    expect(whyNotKilled(SPEC, READY, { ...limit, used: 4 })).toBeNull()
  })
})

const EXIT = {
  at: '',
  code: null,
  signal: 'SIGKILL',
  reason: 'signal',
  gap_ms: 1,
  queued: null,
  dropped: null,
} as const

describe('drillHang', () => {
  test('lets the process go on when nobody has noticed', async () => {
    const ground = playedGround([READY])
    expect((await drillHang(ground, HANGS)).promises[0]?.kept).toBe(false)
    expect(ground.signals[0]).toBe(`SIGSTOP ${NOBODY}`)
    expect(ground.signals.slice(1)).toContain(`SIGCONT ${NOBODY}`)
  })

  test('touches no later owner of that pid when the process was replaced', async () => {
    const ground = playedGround([READY, READY, { ...LATER, last_exit: { ...EXIT, reason: 'watchdog' } }])
    expect(await verdicts(drillHang(ground, HANGS))).toEqual([true, true, true, true])
    expect(ground.signals).toEqual([`SIGSTOP ${NOBODY}`])
  })

  test('lets the process go on when the user has had enough', async () => {
    const ground = playedGround([READY], { pause: async () => Promise.reject(new Error('enough')) })
    await expect(drillHang(ground, HANGS)).rejects.toThrow('enough')
    expect(ground.signals.at(-1)).toBe(`SIGCONT ${NOBODY}`)
  })

  test('is no use where nobody would notice', async () => {
    const ground = playedGround([READY])
    expect((await drillHang(ground, SPEC)).skipped).toBe('it has neither heartbeat nor probe')
    expect(ground.signals).toEqual([])
  })
})

describe('drillReload', () => {
  test('finds what was changed, and what became another process', async () => {
    const ground = playedGround([READY, LATER], {
      reload: async () => ({ changes: [{ service: 'relay', change: 'restarted' }] }),
    })
    expect(await verdicts(drillReload(ground))).toEqual([false, false, true])
    expect(await verdicts(drillReload(playedGround([READY])))).toEqual([true, true, true])
  })
})

test('drillReload puts nothing in force that somebody has only written down yet', async () => {
  const report = statusReport(READY)
  const status = async () => ({ ...report, supervisor: { ...report.supervisor, config_changed: true } })
  const ground = playedGround([READY], { status, reload: async () => Promise.reject(new Error('reloaded')) })
  expect((await drillReload(ground)).skipped).toContain('lanward reload first')
})

describe('the time that a service has', () => {
  const rules = (changes: Partial<ServiceSpec['rules']>, own = true): ServiceSpec => ({
    ...SPEC,
    own,
    rules: { ...SPEC.rules, ...changes },
  })

  test('grows with its backoff, and another program has its whole start timeout', () => {
    expect(comeBackMs(rules({}), 1)).toBeGreaterThan(comeBackMs(rules({}), 0))
    expect(comeBackMs(rules({ startTimeoutMs: 60_000 }, false), 0)).toBeGreaterThan(60_000)
    expect(comeBackMs(rules({ startTimeoutMs: 60_000 }), 0)).toBeLessThan(10_000)
  })

  test('to hang is that of whoever notices first', () => {
    const byHeartbeat = foundOutMs(rules({ watchdogMs: 10_000, probeEveryMs: null }), 0) ?? 0
    const byProbe = foundOutMs(rules({ watchdogMs: null, probeEveryMs: 100 }), 0) ?? 0
    expect(foundOutMs(rules({ watchdogMs: 10_000, probeEveryMs: 100 }), 0)).toBe(Math.min(byHeartbeat, byProbe))
    expect(byHeartbeat).toBeGreaterThan(12_000)
    expect(foundOutMs(rules({ watchdogMs: null, probeEveryMs: null }), 0)).toBeNull()
  })
})

test('runDrills does only what was asked for, the hangs last, and tells each report as it comes', async () => {
  const told: string[] = []
  const plan = { drills: ['hang', 'kill', 'flood', 'reload'] as const, services: ['relay'] }
  const reports = await runDrills(playedGround([serviceReport({ state: 'stopped' })]), plan, ({ drill }) =>
    told.push(drill),
  )
  expect(told).toEqual(['kill', 'reload', 'flood', 'hang'])
  expect(reports.map(({ drill }) => drill)).toEqual(told)
  const none = await runDrills(playedGround([READY]), { drills: ['kill'], services: [] }, () => undefined)
  expect(none).toEqual([])
})
