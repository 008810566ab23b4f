import { expect, test } from 'vitest'
import { StatusReporter } from '../../supervisor/control/status-report.ts'
import { NO_SPARE } from '../../supervisor/spare/spare-state.ts'
import { childSpec, openFleet } from './open-fleet.ts'

const DRILL = { pid: 4, listen: 'udp://127.0.0.1:1223', fault: 'an hour ahead' }

test('a daemon that answers and reports a fault of its own is degraded, for that reason', async () => {
  await using box = openFleet()
  box.fleet.startAll([childSpec('half', 'reports-fault.ts', { own: true })])
  await box.until(() => box.stateOf('half').kind === 'ready')
  const facts = {
    version: '1',
    execs: 0,
    configFile: '',
    configHash: () => '',
    startedMs: 0,
    nowMs: () => 0,
    killScope: 'session' as const,
    troubles: () => [],
    limits: () => [],
    spare: { state: NO_SPARE, pid: null },
    timeDrills: () => [DRILL],
  }
  const reporter = new StatusReporter(box.fleet, { ...facts, sockets: box.surroundings.sockets })
  const { supervisor, services } = await reporter.report()
  expect(services[0]).toMatchObject({
    health: 'degraded',
    reason: 'the disk is full',
    status: 'half of it',
    counters: { received: 3 },
  })
  expect(supervisor.health).toBe('degraded')
  expect(supervisor.time_drills).toEqual([DRILL])
})
