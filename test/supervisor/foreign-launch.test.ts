import { describe, expect, test } from 'vitest'
import { foreignLaunch } from '../../supervisor/child/foreign-launch.ts'
import { type LaunchTools, limitsOfTools } from '../../supervisor/child/launch-tools.ts'
import { PLAIN_SETUP, type ProgramSetup } from '../../supervisor/spec/spec.ts'
import { RULES } from './lives.ts'
import { socketSpec } from './open-fleet.ts'

const TOOLS: LaunchTools = {
  setpriv: '/usr/bin/setpriv',
  prlimit: '/usr/bin/prlimit',
  dropsBounds: true,
  raisesLimits: false,
  setsClock: false,
  hardLimit: () => 1000,
}
const USER = { name: 'relay', uid: 998, gid: 997, home: '/srv' }
const RIGHTS = ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--no-new-privs']
const BECOME = ['--reuid=998', '--regid=997', '--init-groups', '--inh-caps=-all', '--ambient-caps=-all']

interface Given {
  readonly setup?: Partial<ProgramSetup>
  readonly watchdogMs?: number
  readonly sockets?: number
  readonly user?: typeof USER
  readonly tools?: Partial<LaunchTools>
}

function launch({ setup, watchdogMs, sockets = 0, user, tools }: Given): ReturnType<typeof foreignLaunch> {
  return foreignLaunch(
    {
      command: ['sh', '-c', 'true'],
      setup: { ...PLAIN_SETUP, ...setup },
      rules: { ...RULES, watchdogMs: watchdogMs ?? null },
      sockets: Array.from({ length: sockets }, () => socketSpec('udp://127.0.0.1:0')),
    },
    { path: '/nonexistent:/bin', user: user ?? null, tools: { ...TOOLS, ...tools } },
  )
}

describe('foreignLaunch', () => {
  test.each<[string, Given, readonly string[]]>([
    ['the program alone is tied to us', {}, [...RIGHTS, '--']],
    [
      'another user is taken on with groups and without capabilities',
      { user: USER },
      [...RIGHTS, ...BECOME, '--bounding-set=-all', '--'],
    ],
    [
      'the bounding set is left alone without the right to change it',
      { user: USER, tools: { dropsBounds: false } },
      [...RIGHTS, ...BECOME, '--'],
    ],
    [
      'sockets come with the true pid',
      { sockets: 1 },
      [...RIGHTS, '--', '/bin/sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh'],
    ],
    [
      'so does the watchdog',
      { sockets: 1, watchdogMs: 1 },
      [...RIGHTS, '--', '/bin/sh', '-c', 'LISTEN_PID=$$ WATCHDOG_PID=$$ exec "$@"', 'sh'],
    ],
    [
      'limits are set while there are the rights for it',
      {
        setup: {
          limits: [
            { resource: 'nofile', most: 1000 },
            { resource: 'core', most: 0 },
          ],
        },
      },
      ['/usr/bin/prlimit', '--nofile=1000', '--core=0', '--', ...RIGHTS, '--'],
    ],
    [
      'with the rights, limits may be above ours',
      { setup: { limits: [{ resource: 'stack', most: 'unlimited' }] }, tools: { raisesLimits: true } },
      ['/usr/bin/prlimit', '--stack=unlimited', '--', ...RIGHTS, '--'],
    ],
    ['without setpriv nothing stands before it', { tools: { setpriv: null } }, []],
  ])('%s', (_, given, before) => {
    expect(launch(given).words).toEqual([...before, '/bin/sh', '-c', 'true'])
  })

  test('what makes the C library load code is set when the rights are gone, other variables before', () => {
    const setup = { environment: { LD_PRELOAD: '/srv/x.so', MODE: 'fast', GCONV_PATH: '/srv', LDAP: 'no' } }
    const { words, environment } = launch({ setup, sockets: 1 })
    expect(environment).toEqual({ MODE: 'fast', LDAP: 'no' })
    expect(words.slice(RIGHTS.length)).toEqual([
      ...['--', '/usr/bin/env', 'LD_PRELOAD=/srv/x.so', 'GCONV_PATH=/srv', '/bin/sh', '-c', 'LISTEN_PID=$$ exec "$@"'],
      ...['sh', '/bin/sh', '-c', 'true'],
    ])
  })

  test('without setpriv the user is left to whoever spawns', () => {
    expect(launch({ user: USER, tools: { setpriv: null } }).user).toBe(USER)
    expect(launch({ user: USER }).user).toBeNull()
  })

  test.each<[Given, string]>([
    [
      { setup: { limits: [{ resource: 'nofile', most: 1001 }] } },
      'cannot set limit nofile to 1001: ours is 1000, and to raise it needs root with CAP_SYS_RESOURCE',
    ],
    [
      { setup: { limits: [{ resource: 'core', most: 'unlimited' }] } },
      'cannot set limit core to unlimited: ours is 1000, and to raise it needs root with CAP_SYS_RESOURCE',
    ],
    [
      { setup: { limits: [{ resource: 'core', most: 0 }] }, tools: { prlimit: null } },
      'cannot set limits: the program prlimit is missing (Debian: apt install util-linux)',
    ],
    [{ setup: { workingDirectory: '/nonexistent' } }, 'cannot start in /nonexistent: there is no such folder'],
  ])('refuses in words: %o', (given, want) => {
    expect(() => launch(given)).toThrow(want)
  })

  test('a relative program is found from its folder, and a folder is no program', () => {
    const spec = { setup: { ...PLAIN_SETUP, workingDirectory: '/usr/bin' }, rules: RULES, sockets: [] }
    const options = { path: '/', user: null, tools: { ...TOOLS, setpriv: null } }
    expect(foreignLaunch({ ...spec, command: ['./env'] }, options).words).toContain('/usr/bin/env')
    expect(() => foreignLaunch({ ...spec, command: ['/usr'] }, options)).toThrow('cannot start /usr: no such program')
  })
})

test('a machine without setpriv is told what that means', () => {
  expect(limitsOfTools(TOOLS)).toEqual([])
  expect(limitsOfTools({ ...TOOLS, setpriv: null })[0]).toContain('/usr/bin/setpriv is missing')
})
