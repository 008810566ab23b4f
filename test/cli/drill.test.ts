import { expect, test } from 'vitest'
import { drillLines } from '../../supervisor/cli/drill.ts'
import { fakeSupervisor, lonelyConfig, run } from './fake-supervisor.ts'
import { serviceReport, statusReport } from './reports.ts'

const STOPPED = statusReport(serviceReport({ state: 'stopped', health: 'unknown' }))

test('drill asks before it disturbs anything, and does nothing without a yes', async () => {
  await using supervisor = await fakeSupervisor({ result: STOPPED })
  const argv = ['drill', 'kill', '--config', supervisor.configFile]
  const nobody = await run(argv)
  expect(nobody.code).toBe(64)
  expect(nobody.stderr).toContain(`This disturbs ntp of ${supervisor.configFile}: each is killed once.`)
  expect(nobody.stderr).toContain('--yes')
  expect(await run(argv, { answer: 'n' })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('nothing was done'),
  })
  expect(supervisor.requests.every(({ method }) => method === 'status')).toBe(true)
})

test.each([
  ['y', ['drill', 'flood']],
  ['unasked', ['drill', 'flood', '--yes']],
])('a drill of nothing that could be drilled (%s) is 1', async (answer, argv) => {
  await using supervisor = await fakeSupervisor({ result: STOPPED })
  const { code, stdout } = await run([...argv, '--config', supervisor.configFile], answer === 'y' ? { answer } : {})
  expect(stdout).toBe('flood ntp: skipped, it is stopped\n\nNothing could be drilled; 1 drill skipped.\n')
  expect(code).toBe(1)
})

test('drill --json is one document', async () => {
  await using supervisor = await fakeSupervisor({ result: STOPPED })
  const argv = ['drill', 'flood', '--yes', '--json', '--service', 'ntp', '--config', supervisor.configFile]
  const { stdout } = await run(argv)
  expect(JSON.parse(stdout)).toEqual({
    config: supervisor.configFile,
    passed: false,
    drills: [{ drill: 'flood', service: 'ntp', promises: [], skipped: 'it is stopped' }],
  })
})

test.each([
  [['drill', 'kil'], 'there is no drill "kil"; did you mean "kill"?'],
  [['drill', 'earthquake'], 'there is no drill "earthquake"; there are: kill, hang, flood, reload'],
  [['drill', '--service', 'npt'], 'there is no service "npt"; there are: ntp'],
])('%j is a usage error that says what there is', async (argv, message) => {
  await using supervisor = await fakeSupervisor({ result: STOPPED })
  const { code, stderr } = await run([...argv, '--yes', '--config', supervisor.configFile])
  expect({ code, stderr }).toEqual({ code: 64, stderr: `lanward: ${message}\n` })
})

test('drill without a supervisor is 69', async () => {
  expect((await run(['drill', '--yes', '--config', lonelyConfig().configFile])).code).toBe(69)
})

test('a report is told promise by promise, fit for a terminal', () => {
  const promises = [
    { promise: 'it serves again in time', kept: true, found: 'after 83 ms' },
    { promise: 'the process lives on', kept: false, found: 'no\u001b[2J answer' },
  ]
  expect(
    drillLines({ drill: 'kill', service: 'ntp', promises, skipped: null }, { colour: false, columns: null }),
  ).toEqual([
    'kill ntp:',
    '  pass  it serves again in time: after 83 ms',
    '  fail  the process lives on: no\\x1b[2J answer',
  ])
})
