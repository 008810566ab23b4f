import { describe, expect, test } from 'vitest'
import { findLaunchTools } from '../../supervisor/child/launch-tools.ts'
import { PLAIN_SETUP, type ProgramSetup, type ServiceSpec } from '../../supervisor/spec/spec.ts'
import { RULES } from './lives.ts'
import { childSpec, type OpenFleet, openFleet, shellSpec, socketSpec } from './open-fleet.ts'

const NOTIFY = { ...RULES, watchdogMs: null, probeEveryMs: null }
const ONCE = { ...NOTIFY, readiness: 'spawned' as const, restart: { ...RULES.restart, on: 'never' as const } }

/** A script that is run once, with a setup of its own. */
function onceSpec(script: string, setup: Partial<ProgramSetup>, changes: Partial<ServiceSpec> = {}): ServiceSpec {
  return shellSpec('one', script, { rules: ONCE, setup: { ...PLAIN_SETUP, ...setup }, ...changes })
}

/** Runs it and gives what it said. */
async function linesOf(open: OpenFleet, spec: ServiceSpec): Promise<readonly string[]> {
  open.fleet.startAll([spec])
  await open.until(() => (open.surroundings.ledger.exits('one', 1)[0]?.last_lines.length ?? 0) > 0)
  return open.surroundings.ledger.exits('one', 1)[0]?.last_lines ?? []
}

describe('a program of somebody else', () => {
  test('finds its variables, its folder and its limits', async () => {
    await using open = openFleet({ tools: findLaunchTools() })
    const spec = onceSpec('echo "$GREETING in $(pwd), $(ulimit -n) files, core $(ulimit -c), $LD_LIBRARY_PATH"', {
      environment: { GREETING: 'good  day', LD_LIBRARY_PATH: '/srv/lib' },
      workingDirectory: '/usr',
      limits: [
        { resource: 'nofile', most: 77 },
        { resource: 'core', most: 0 },
      ],
    })
    expect(await linesOf(open, spec)).toEqual(['good  day in /usr, 77 files, core 0, /srv/lib'])
  })

  test('that needs a folder which is not there fails with its name', async () => {
    await using open = openFleet()
    open.fleet.startAll([onceSpec('true', { workingDirectory: '/nonexistent' }, { rules: NOTIFY })])
    await open.until(() => open.stateOf('one').kind === 'backoff')
    expect(open.stateOf('one')).toMatchObject({ why: 'cannot start in /nonexistent: there is no such folder' })
  })

  test('is asked to end by the signal it knows', async () => {
    await using open = openFleet()
    const script = 'trap "exit 3" INT; trap "" TERM; echo >&3; sleep 1000 & wait'
    const setup = { ...PLAIN_SETUP, notifyFd: 3 }
    open.fleet.startAll([shellSpec('one', script, { stopSignal: 'SIGINT', rules: NOTIFY, setup })])
    await open.until(() => open.stateOf('one').kind === 'ready')
    const service = open.fleet.find('one')
    if (service === undefined) throw new Error('gone')
    expect(await open.fleet.stop(service)).toMatchObject({ reached: true })
    expect(service.lastExit).toMatchObject({ code: 3, reason: 'asked' })
  })
})

describe('readiness by a newline on a descriptor', () => {
  const script = 'echo almost >&2; printf "nearly" >&4; printf "\\nand more\\n" >&4; exec 4>&-; exec sleep 1000'

  test('makes ready, after the sockets and beside them', async () => {
    await using open = openFleet()
    open.fleet.startAll([
      shellSpec('one', script, {
        rules: NOTIFY,
        sockets: [socketSpec('udp://127.0.0.1:0')],
        setup: { ...PLAIN_SETUP, notifyFd: 4 },
      }),
    ])
    await open.until(() => open.stateOf('one').kind === 'ready')
    expect(open.story).toEqual(['one starting', 'one ready'])
  })

  test('a gap below the descriptor stays closed, and a program that says nothing is not ready', async () => {
    await using open = openFleet()
    const spec = shellSpec('one', '(: >&5) 2>/dev/null && echo open || echo closed; : >&9; exec sleep 1000', {
      rules: { ...NOTIFY, startTimeoutMs: 1_000 }, // Time enough for a shell to say a word on a busy machine.
      setup: { ...PLAIN_SETUP, notifyFd: 9 },
    })
    open.fleet.startAll([spec])
    await open.until(() => open.fleet.find('one')?.lastExit !== null)
    expect(open.fleet.find('one')?.lastExit).toMatchObject({ reason: 'start-timeout' })
    await open.until(() => (open.surroundings.ledger.exits('one', 1)[0]?.last_lines.length ?? 0) > 0)
    expect(open.surroundings.ledger.exits('one', 1)[0]?.last_lines).toEqual(['closed'])
  })
})

describe('the watchdog of a program of somebody else', () => {
  test('is told to it, and its silence ends it', async () => {
    await using open = openFleet()
    const says = childSpec('one', 'tells-watchdog.ts', { rules: { ...NOTIFY, watchdogMs: 300 } })
    open.fleet.startAll([says])
    await open.until(() => open.fleet.find('one')?.lastExit !== null)
    expect(open.fleet.find('one')?.lastExit).toMatchObject({ reason: 'watchdog', signal: 'SIGABRT' })
    await open.until(() => (open.surroundings.ledger.exits('one', 1)[0]?.last_lines.length ?? 0) > 0)
    expect(open.surroundings.ledger.exits('one', 1)[0]?.last_lines).toContain('watchdog 300000 mine=true')
  })
})
