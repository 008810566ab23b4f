import { describe, expect, test } from 'vitest'
import type { Clock } from '../../daemons/runtime/contract.ts'
import { systemClock } from '../../daemons/runtime/system-clock.ts'
import type { Calendar } from '../../supervisor/schedule/calendar.ts'
import { judge } from '../../supervisor/service/health.ts'
import type { SupervisedService } from '../../supervisor/service/service.ts'
import type { ServiceSpec } from '../../supervisor/spec/spec.ts'
import { RULES } from './lives.ts'
import { type OpenFleet, openFleet, shellSpec } from './open-fleet.ts'

const START_MS = Date.parse('2026-11-25T12:00:00Z')
const DAY_MS = 86_400_000
const SCHEDULE = { expression: '0 3 * * *', timezone: 'Europe/Berlin' }
const JOB = {
  ...RULES,
  watchdogMs: null,
  probeEveryMs: null,
  readiness: 'spawned' as const,
  scheduled: true,
  restart: { ...RULES.restart, on: 'never' as const },
}

/** A wall clock that a test sets; the monotonic one is the machine's. */
class WallClock implements Clock {
  nowMs = START_MS
  wallMs = (): number => this.nowMs
  wallNs = (): bigint => BigInt(this.nowMs) * 1_000_000n
  monotonicMs = systemClock.monotonicMs
}

function jobSpec(script: string, changes: Partial<ServiceSpec> = {}): ServiceSpec {
  return shellSpec('job', script, { schedule: SCHEDULE, rules: JOB, ...changes })
}

/** Due a moment after the test says so, at times that it sets: the timers of the scheduler are then over at once. */
function openClocked(
  dueMs: readonly number[],
  spec: ServiceSpec,
): OpenFleet & { clock: WallClock; job: SupervisedService } {
  const clock = new WallClock()
  const calendar: Calendar = { nextAfter: (wallMs) => dueMs.find((oneMs) => oneMs > wallMs) ?? null }
  const open = openFleet({ clock, calendarOf: () => calendar })
  open.fleet.startAll([spec])
  const job = open.fleet.find('job')
  if (job === undefined) throw new Error('gone')
  return Object.assign(open, { clock, job })
}

/** Lets a time come: the scheduler looks again when anything about its services changes, and this asks it to. */
function lookAt(open: ReturnType<typeof openClocked>, wallMs: number): void {
  open.clock.nowMs = wallMs
  open.fleet.scheduler.look()
}

describe('a service that runs by the clock', () => {
  test('waits in peace until its time, runs then, and waits again', async () => {
    await using open = openClocked([START_MS + DAY_MS, START_MS + 2 * DAY_MS], jobSpec('echo done'))
    const { job, fleet } = open
    expect(job.state).toMatchObject({ kind: 'stopped', cause: 'waiting', wanted: 'up', life: 0 })
    expect(judge(job.state)).toEqual({ health: 'ok', reason: null })
    expect(fleet.scheduler.lineOf(job)).toBe('next run 2026-11-26 13:00 Europe/Berlin; it has not run yet')
    lookAt(open, START_MS + DAY_MS - 1)
    expect(job.state.life).toBe(0)
    lookAt(open, START_MS + DAY_MS)
    await open.until(() => job.state.kind === 'stopped')
    expect(job.state).toMatchObject({ cause: 'waiting', failure: null, life: 1, restarts: 0 })
    expect(job.lastExit).toMatchObject({ reason: 'exit', code: 0, gap_ms: null })
    expect(open.surroundings.ledger.exits('job', 5)).toHaveLength(1)
    expect(fleet.scheduler.lineOf(job)).toBe('next run 2026-11-27 13:00 Europe/Berlin; last run: exit code 0')
    expect(open.story).toEqual(['job stopped', 'job ready', 'job stopped'])
  })

  test('whose run is still going when the next is due leaves that out, and tells it once', async () => {
    const times = [1, 2, 3, 4].map((hours) => START_MS + hours * 3_600_000)
    await using open = openClocked(times, jobSpec('exec sleep 1000'))
    for (const time of times.slice(0, 3)) lookAt(open, time)
    expect(open.job.state).toMatchObject({ kind: 'ready', life: 1 })
    expect(open.fleet.scheduler.report(open.job)).toEqual({
      ...SCHEDULE,
      next: '2026-11-25T16:00:00.000Z',
      next_local: '2026-11-25 17:00 Europe/Berlin',
      left_out: ['left out 2 runs from 2026-11-25 15:00 Europe/Berlin on: the run before had not ended'],
    })
  })

  test('tells what it missed while the machine slept', async () => {
    await using open = openClocked(
      [1, 2, 3].map((days) => START_MS + days * DAY_MS),
      jobSpec('true'),
    )
    lookAt(open, START_MS + 2 * DAY_MS + 3_600_000)
    expect(open.job.state.life).toBe(0)
    const told = 'missed 2 runs from 2026-11-26 13:00 Europe/Berlin on: the machine slept, or its clock was set'
    expect(open.fleet.scheduler.report(open.job)?.left_out).toEqual([told])
    expect(open.fleet.scheduler.lineOf(open.job)).toBe(
      `next run 2026-11-28 13:00 Europe/Berlin; it has not run yet; ${told}`,
    )
  })

  test('tells what it missed while the supervisor was down, and how its last run had ended', async () => {
    await using open = openClocked(
      [1, 2, 3].map((days) => START_MS + days * DAY_MS),
      jobSpec('exit 3'),
    )
    lookAt(open, START_MS + DAY_MS)
    await open.until(() => open.job.state.kind === 'stopped')
    await open.fleet.stopAll()
    const { clock, ledger, calendarOf } = open.surroundings
    open.clock.nowMs = START_MS + 2 * DAY_MS + 3_600_000
    await using later = openFleet({ clock, ledger, calendarOf })
    later.fleet.startAll([jobSpec('exit 3')])
    const job = later.fleet.find('job')
    if (job === undefined) throw new Error('gone')
    expect(judge(job.state)).toEqual({ health: 'failing', reason: 'last run: exit code 3' })
    expect(later.fleet.scheduler.lineOf(job)).toBe(
      'next run 2026-11-28 13:00 Europe/Berlin; last run: exit code 3; missed the run of 2026-11-27 13:00 Europe/Berlin: lanward was not running',
    )
  })

  test('runs at once by command, and again by the clock', async () => {
    await using open = openClocked([START_MS + DAY_MS], jobSpec('exit 0'))
    expect(await open.fleet.start(open.job)).toMatchObject({ reached: true })
    await open.until(() => open.job.state.kind === 'stopped')
    lookAt(open, START_MS + DAY_MS)
    await open.until(() => open.job.state.kind === 'stopped' && open.job.state.life === 2)
  })

  test('stopped by command is off the schedule, and nothing is missed meanwhile', async () => {
    await using open = openClocked(
      [1, 2, 3].map((days) => START_MS + days * DAY_MS),
      jobSpec('exit 0'),
    )
    expect(await open.fleet.stop(open.job)).toMatchObject({ reached: true })
    expect(open.job.state).toMatchObject({ kind: 'stopped', cause: 'asked', wanted: 'down' })
    lookAt(open, START_MS + DAY_MS)
    expect(open.job.state.life).toBe(0)
    expect(open.fleet.scheduler.report(open.job)).toMatchObject({ next: null, left_out: [] })
    open.clock.nowMs = START_MS + 2 * DAY_MS + 3_600_000
    await open.fleet.start(open.job)
    expect(open.fleet.scheduler.report(open.job)).toMatchObject({ next: '2026-11-28T12:00:00.000Z', left_out: [] })
  })

  test('whose run fails is tried again as its restart policy says, and the clock goes on', async () => {
    const restart = {
      ...RULES.restart,
      on: 'failure' as const,
      backoff: { firstMs: 1, factor: 1, maxMs: 1, jitter: 0 },
    }
    const rules = { ...JOB, restart: { ...restart, limit: { restarts: 2, withinMs: 30_000 } } }
    await using open = openClocked([START_MS + DAY_MS, START_MS + 2 * DAY_MS], jobSpec('exit 1', { rules }))
    lookAt(open, START_MS + DAY_MS)
    await open.until(() => open.job.state.kind === 'parked')
    expect(open.job.state).toMatchObject({ life: 3, restarts: 2 })
    lookAt(open, START_MS + 2 * DAY_MS)
    await open.until(() => open.job.state.life === 4)
    expect(open.job.state.restarts).toBe(2)
  })

  test('goes on with its run through a reload, which the next run follows; another schedule counts at once', async () => {
    await using open = openClocked([START_MS + DAY_MS, START_MS + 2 * DAY_MS], jobSpec('exec sleep 1000'))
    lookAt(open, START_MS + DAY_MS)
    const { pid } = open.job
    const schedule = { ...SCHEDULE, timezone: 'UTC' }
    expect(await open.fleet.reload([jobSpec('exec sleep 999', { schedule })])).toEqual({
      changes: [{ service: 'job', change: 'reloaded' }],
    })
    expect(open.job.pid).toBe(pid)
    expect(open.fleet.scheduler.report(open.job)).toMatchObject({ next_local: '2026-11-27 12:00 UTC' })
  })

  test('becomes one that always runs, and back, by a reload', async () => {
    await using open = openClocked([START_MS + DAY_MS], jobSpec('exec sleep 1000'))
    const always = shellSpec('job', 'exec sleep 1000')
    expect(await open.fleet.reload([always])).toEqual({ changes: [{ service: 'job', change: 'restarted' }] })
    await open.until(() => open.job.state.kind === 'ready')
    expect(open.fleet.scheduler.report(open.job)).toBeNull()
    await open.fleet.reload([jobSpec('exec sleep 1000')])
    expect(open.job.state).toMatchObject({ kind: 'stopped', cause: 'waiting', wanted: 'up' })
    expect(open.fleet.scheduler.report(open.job)?.next).not.toBeNull()
  })

  test('is no forerunner: its runs restart nobody', async () => {
    const rules = { ...JOB, scheduled: false, restart: { ...RULES.restart, restForOne: true } }
    await using open = openClocked([START_MS + DAY_MS], jobSpec('exec sleep 1000'))
    await open.fleet.reload([
      jobSpec('exec sleep 1000'),
      shellSpec('above', 'exec sleep 1000', { after: ['job'], rules }),
    ])
    await open.until(() => open.stateOf('above').kind === 'ready')
    lookAt(open, START_MS + DAY_MS)
    expect(open.job.state.kind).toBe('ready')
    expect(open.stateOf('above')).toMatchObject({ kind: 'ready', life: 1 })
  })
})

describe('the timer of the scheduler', () => {
  test('runs what is due by itself, as node-cron counts', async () => {
    await using open = openFleet()
    open.fleet.startAll([jobSpec('true', { schedule: { expression: '* * * * * *', timezone: null } })])
    await open.until(() => open.stateOf('job').life >= 2)
    expect(open.surroundings.ledger.exits('job', 1)[0]).toMatchObject({ reason: 'exit', code: 0 })
  })
})
