import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { allowsColour, readableWidth } from '../../supervisor/cli/terminal.ts'
import { explainConnectError } from '../../supervisor/control/control-client.ts'
import { fakeSupervisor, lonelyConfig, run } from './fake-supervisor.ts'

const COMMANDS = [
  ['status'],
  ['why', 'ntp'],
  ['start', 'ntp'],
  ['stop', 'ntp'],
  ['restart', 'ntp'],
  ['reload'],
  ['reexec'],
  ['leases'],
  ['leases', 'why', '10.0.0.1'],
  ['time'],
]

test.each(COMMANDS)('%s %s %s without a supervisor is 69 and names the socket', async (...argv) => {
  const { configFile, runDir } = lonelyConfig()
  const { code, stdout, stderr } = await run([...argv.filter((word) => word !== undefined), '--config', configFile])
  expect(stderr).toBe(
    `lanward: no supervisor answers on ${runDir}/control.sock (ENOENT); start it with: lanward up --config ${configFile}\n`,
  )
  expect({ code, stdout }).toEqual({ code: 69, stdout: '' })
})

test.each(COMMANDS)('%s %s %s refused by the supervisor ends with its code and its words', async (...argv) => {
  await using supervisor = await fakeSupervisor({ error: { exitCode: 75, message: 'not\u001b now' } })
  const outcome = await run([...argv.filter((word) => word !== undefined), '--config', supervisor.configFile])
  expect(outcome).toEqual({ code: 75, stdout: '', stderr: 'lanward: not\\x1b now\n' })
})

test.each(COMMANDS)('%s %s %s answered by something else is 70', async (...argv) => {
  await using supervisor = await fakeSupervisor({ result: 'what?' })
  const { code } = await run([...argv.filter((word) => word !== undefined), '--config', supervisor.configFile])
  expect(code).toBe(70)
})

test.each([
  ['an answer that is no JSON', { raw: 'nonsense\n' }, 70],
  ['an answer that is none', { raw: '{}\n' }, 70],
  ['an error without its parts', { raw: '{"id":1,"error":{}}\n' }, 70],
  ['a supervisor that hangs up', { hangUp: true }, 69],
] as const)('%s is told', async (_, answer, code) => {
  await using supervisor = await fakeSupervisor(answer)
  expect((await run(['status', '--config', supervisor.configFile])).code).toBe(code)
})

test.each([
  ['EACCES', 77, 'no permission for /r/control.sock; run this as the user that runs the supervisor'],
  ['EPERM', 77, 'no permission for /r/control.sock; run this as the user that runs the supervisor'],
  ['ECONNREFUSED', 69, 'no supervisor answers on /r/control.sock (ECONNREFUSED); start it with: lanward up'],
])('a control socket that answers %s is %d', (code, exitCode, message) => {
  const failure = explainConnectError(Object.assign(new Error('connect'), { code }), '/r/control.sock')
  expect(failure).toMatchObject({ exitCode, message })
})

test('a socket that nobody serves any more is 69', async () => {
  const { configFile, runDir } = lonelyConfig()
  writeFileSync(join(runDir, 'control.sock'), '')
  const { code, stderr } = await run(['status', '--config', configFile])
  expect(stderr).toContain('no supervisor answers')
  expect(code).toBe(69)
})

test.each([
  [['nonsense']],
  [['status', '--nonsense']],
  [['status', 'a', 'b']],
  [['why']],
  [['start']],
  [['leases', 'why']],
  [['leases', 'ntp']],
  [['--config']],
  [['logs', '--config']],
  [[]],
])('%j is a usage error', async (argv) => {
  const { code, stdout, stderr } = await run(argv)
  expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
  expect(stderr).not.toBe('')
})

test.each([[['--help']], [['help']], [['status', '--help']], [['leases', 'why', '--help']], [['--version']]])(
  '%j prints to stdout and is 0',
  async (argv) => {
    const { code, stdout, stderr } = await run(argv)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(argv[0] === '--version' ? /^\d+\.\d+\.\d+\n$/ : /^Usage: lanward/)
  },
)

test.each([
  [['stat'], 'lanward: there is no command "stat"; did you mean "status"?\n'],
  [['--json', 'lease'], 'lanward: there is no command "lease"; did you mean "leases"?\n'],
  [['--config', 'x', 'docter'], 'lanward: there is no command "docter"; did you mean "doctor"?\n'],
  [['st'], 'lanward: there is no command "st"; see: lanward --help\n'],
  [['help', 'tiem'], 'lanward: there is no command "tiem"; did you mean "time"?\n'],
  [['a\u001b[2J'], 'lanward: there is no command "a\\x1b[2J"; see: lanward --help\n'],
  [['why'], "lanward: missing required argument 'service'\nsee: lanward why --help\n"],
  [['leases', 'why'], "lanward: missing required argument 'client'\nsee: lanward leases why --help\n"],
  [['status', '--jsn'], "lanward: unknown option '--jsn'\n(Did you mean --json?)\nsee: lanward status --help\n"],
])('%j says what was likely meant, or where to look', async (argv, stderr) => {
  expect(await run(argv)).toEqual({ code: 64, stdout: '', stderr })
})

test('every command has help with an example, and every example is a command', async () => {
  const { stdout } = await run(['--help'], { columns: 200 })
  const commands = [...stdout.matchAll(/^ {2}([a-z]+)(?: .*)? {2,}\S/gm)]
    .map(([, name]) => name ?? '')
    .filter((name) => name !== 'help')
  expect(commands).toEqual(expect.arrayContaining(['up', 'status', 'doctor', 'drill', 'logs']))
  for (const name of commands) {
    const help = await run([name, '--help'])
    expect(help.stdout, name).toMatch(/^Examples?:\n {2}\S/m)
    for (const [, word] of help.stdout.matchAll(/^ {2}(?:sudo )?lanward ([a-z]+)/gm)) expect(commands).toContain(word)
  }
})

test('help fits a narrow terminal', async () => {
  const { stdout } = await run(['--help'], { columns: 60 })
  expect(stdout.split('\n').filter((line) => line.length > 60)).toEqual([])
})

test('check is 0 and names the services, or 78 with every problem and its line', async () => {
  const { configFile } = lonelyConfig()
  expect(await run(['check', '--config', configFile])).toEqual({
    code: 0,
    stdout: `${configFile}: ok, 1 service: ntp\n`,
    stderr: '',
  })
  writeFileSync(configFile, '[ntp]\nlocal_stratum = 99\nlistn = []\n')
  const problems = [
    `${configFile}:2: ntp.local_stratum: must be a whole number from 0 to 15, not 99`,
    `${configFile}:3: ntp.listn: is not a known key; did you mean "listen"?`,
  ]
  expect(await run(['--config', configFile, 'check'])).toEqual({
    code: 78,
    stdout: '',
    stderr: `${problems.join('\n')}\n`,
  })
  expect(await run(['up', '--config', configFile])).toMatchObject({ code: 78, stderr: `${problems.join('\n')}\n` })
  const json = await run(['check', '--json', '--config', configFile])
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, problems: [{ line: 2 }, { line: 3 }], warnings: [] })
  expect(json.code).toBe(78)
})

test('the configuration comes from --config, else from LANWARD_CONFIG', async () => {
  const env = { LANWARD_CONFIG: '/nonexistent/b.toml' }
  expect((await run(['check', '--config', '/nonexistent/a.toml'], { env })).stderr).toContain('/nonexistent/a.toml: ')
  expect((await run(['check'], { env })).stderr).toContain('/nonexistent/b.toml: ')
  expect((await run(['status'], { env })).code).toBe(78)
  expect((await run(['logs', '--config=/nonexistent/c.toml', '-n', '1'], { env })).stderr).toContain(
    '/nonexistent/c.toml',
  )
})

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
])('colour on a terminal (%s) with %o is %s', (isTerminal, env, want) => {
  expect(allowsColour(isTerminal, env)).toBe(want)
})

test.each([
  [0, null],
  [5, 32],
  [80, 80],
])('a terminal of %s columns is written for %s', (columns, want) => expect(readableWidth(columns)).toBe(want))

test('a configuration that is gone is 78, and says how a supervisor that still runs is reached', async () => {
  const { code, stderr } = await run(['status', '--config', '/nowhere/lanward.toml'])
  expect(code).toBe(78)
  expect(stderr).toContain('one with the same run_dir and state_dir reaches it')
})
