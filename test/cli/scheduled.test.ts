import { describe, expect, test } from 'vitest'
import { judgeHealth } from '../../daemons/http/health-verdict.ts'
import { readStatusDocument } from '../../daemons/http/status-document.ts'
import type { ServiceReport } from '../../supervisor/control/control-protocol.ts'
import { fakeSupervisor, run } from './fake-supervisor.ts'
import { exitReport, serviceReport, statusReport, whyReport } from './reports.ts'

const WAITING = serviceReport({
  name: 'backup',
  state: 'stopped',
  pid: null,
  uptime_s: null,
  probe: null,
  listen: [],
  status: 'next run 2026-11-26 03:00 Europe/Berlin; last run: exit code 0',
  last_exit: exitReport({ code: 0, signal: null, reason: 'exit', gap_ms: null, queued: null, dropped: null }),
  schedule: {
    expression: '0 3 * * *',
    timezone: 'Europe/Berlin',
    next: '2026-11-26T02:00:00.000Z',
    next_local: '2026-11-26 03:00 Europe/Berlin',
    left_out: ['missed the run of 2026-11-25 03:00 Europe/Berlin: lanward was not running'],
  },
})

describe('a service that runs by the clock', () => {
  test.each<[string, Partial<ServiceReport>, number]>([
    ['waits in peace', {}, 0],
    ['runs', { state: 'ready' }, 0],
    ['failed the last time', { health: 'failing', reason: 'last run: exit code 1' }, 1],
    ['was stopped by command', { health: 'unknown', reason: 'stopped by command' }, 1],
    ['has done its work for good', { schedule: null }, 0],
  ])('that %s: exit code of status and answer of /health', async (_, changes, code) => {
    const report = statusReport(serviceReport(), { ...WAITING, ...changes })
    await using supervisor = await fakeSupervisor({ result: report })
    const status = await run(['--config', supervisor.configFile, 'status'])
    expect(status.code).toBe(code)
    expect(judgeHealth({ document: readStatusDocument(report) }).ok).toBe(code === 0)
  })

  test('is told with its next and its last run', async () => {
    await using supervisor = await fakeSupervisor({ result: statusReport(WAITING) })
    const { stdout } = await run(['--config', supervisor.configFile, 'status'])
    expect(stdout).toMatch(/backup +stopped +ok .* next run 2026-11-26 03:00 Europe\/Berlin; last run: exit code 0\n/)
  })

  test('is explained by why, with the runs that were left out', async () => {
    const next = 'it runs at 2026-11-26 03:00 Europe/Berlin, or now: lanward start backup'
    await using supervisor = await fakeSupervisor({ result: whyReport({ service: WAITING, next }) })
    const { stdout } = await run(['--config', supervisor.configFile, 'why', 'backup'])
    expect(stdout).toContain('backup is stopped, health ok; it should run by the clock.')
    expect(stdout).toContain('By the clock: missed the run of 2026-11-25 03:00 Europe/Berlin: lanward was not running.')
    expect(stdout).toContain(`Next: ${next}`)
  })
})
