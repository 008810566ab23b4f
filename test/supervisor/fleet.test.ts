import { join } from 'node:path'
import { DgramAsPromised } from 'dgram-as-promised'
import { describe, expect, test } from 'vitest'
import { RULES } from './lives.ts'
import { childSpec, type OpenFleet, openFleet, shellSpec, socketSpec } from './open-fleet.ts'

const RUN = 'exec sleep 1000'

/** Starts the services and waits until each is ready. */
async function allReady(open: OpenFleet, specs: Parameters<OpenFleet['fleet']['startAll']>[0]): Promise<void> {
  open.fleet.startAll(specs)
  await open.until(() => open.fleet.services.every(({ state }) => state.kind === 'ready'))
}

describe('the order of starting and stopping', () => {
  test('a service starts when the one before is ready and stops before it', async () => {
    await using open = openFleet()
    await allReady(open, [
      childSpec('second', 'says-ready.ts', { after: ['first'] }),
      childSpec('first', 'says-ready.ts', { after: [] }),
      childSpec('third', 'says-ready.ts', { after: ['second', 'nobody'] }),
    ])
    await open.fleet.stopAll()
    expect(open.story).toEqual(
      [
        ['first starting', 'first ready', 'second starting', 'second ready', 'third starting', 'third ready'],
        ['third stopping', 'third stopped', 'second stopping', 'second stopped', 'first stopping', 'first stopped'],
      ].flat(),
    )
  })

  test('a service whose forerunner fails starts nevertheless', async () => {
    await using open = openFleet()
    open.fleet.startAll([childSpec('first', 'exits-at-once.ts'), shellSpec('second', RUN, { after: ['first'] })])
    await open.until(() => open.stateOf('second').kind === 'ready')
    expect(open.story.indexOf('first backoff')).toBeLessThan(open.story.indexOf('second ready'))
  })

  test('a service stopped while it waits for its turn does not start', async () => {
    await using open = openFleet()
    open.fleet.startAll([childSpec('first', 'never-ready.ts'), shellSpec('second', RUN, { after: ['first'] })])
    const second = open.fleet.find('second')
    if (second === undefined) throw new Error('gone')
    expect(await open.fleet.stop(second)).toMatchObject({ reached: true })
    expect(open.fleet.isQueued('second')).toBe(false)
  })
})

describe('a reload', () => {
  test('touches only what changed', async () => {
    await using open = openFleet()
    const specs = ['same', 'rules', 'command', 'gone'].map((name) => shellSpec(name, RUN))
    await allReady(open, specs)
    const pids = new Map(open.fleet.services.map(({ spec, pid }) => [spec.name, pid]))
    const report = await open.fleet.reload([
      shellSpec('same', RUN),
      shellSpec('rules', RUN, { rules: { ...shellSpec('', RUN).rules, stopTimeoutMs: 1 } }),
      shellSpec('command', 'exec sleep 1001'),
      shellSpec('new', RUN),
    ])
    expect(report.changes).toEqual([
      { service: 'same', change: 'unchanged' },
      { service: 'rules', change: 'reloaded' },
      { service: 'command', change: 'restarted' },
      { service: 'new', change: 'added' },
      { service: 'gone', change: 'removed' },
    ])
    await open.until(() => open.stateOf('command').life === 2 && open.stateOf('command').kind === 'ready')
    await open.until(() => open.stateOf('new').kind === 'ready')
    expect(open.fleet.find('same')?.pid).toBe(pids.get('same'))
    expect(open.fleet.find('rules')?.pid).toBe(pids.get('rules'))
    expect(open.fleet.find('gone')).toBeUndefined()
  })

  test('that needs a port which is taken changes nothing', async () => {
    await using other = openFleet()
    await allReady(other, [shellSpec('holder', RUN, { sockets: [socketSpec('tcp://127.0.0.1:0')] })])
    const url = other.surroundings.sockets.of('holder')[0]?.opened.url
    const port = url !== undefined && 'port' in url ? url.port : 0
    await using open = openFleet()
    await allReady(open, [shellSpec('mine', RUN)])
    // The holder is this very process, which counts as our own old socket; a foreign address never is.
    const refused = open.fleet.reload([shellSpec('mine', RUN, { sockets: [socketSpec(`tcp://192.0.2.1:${port}`)] })])
    await expect(refused).rejects.toThrow('this machine does not have the address')
    expect(open.fleet.find('mine')?.spec.sockets).toEqual([])
    expect(open.stateOf('mine')).toMatchObject({ kind: 'ready', life: 1 })
  })

  test('has a daemon that is starting look at its files again: it may have read them just before', async () => {
    await using open = openFleet()
    const spec = childSpec('svc', 'remembers-questions.ts', { own: true })
    open.fleet.startAll([spec])
    expect(open.stateOf('svc').kind).toBe('starting')
    expect((await open.fleet.reload([spec])).changes).toEqual([{ service: 'svc', change: 'unchanged' }])
    await open.until(() => open.stateOf('svc').kind === 'ready')
    expect(await open.fleet.find('svc')?.ask('asked', null, 5_000)).toContain('reread')
  })

  test('wakes a parked service whose configuration was repaired', async () => {
    await using open = openFleet()
    const bad = childSpec('svc', 'exits-at-once.ts')
    open.fleet.startAll([{ ...bad, command: [...bad.command, '78'] }])
    await open.until(() => open.stateOf('svc').kind === 'parked')
    await open.fleet.reload([childSpec('svc', 'says-ready.ts')])
    await open.until(() => open.stateOf('svc').kind === 'ready')
  })
})

describe('commands', () => {
  test('restart resolves with the next life, start of a running service at once', async () => {
    await using open = openFleet()
    await allReady(open, [childSpec('svc', 'says-ready.ts')])
    const service = open.fleet.find('svc')
    if (service === undefined) throw new Error('gone')
    expect(await open.fleet.start(service)).toEqual({ reached: true, state: 'ready', message: 'ready' })
    expect(await open.fleet.restart(service)).toMatchObject({ reached: true })
    expect(service.state).toMatchObject({ life: 2, restarts: 0 })
    expect(service.lastExit).toMatchObject({ reason: 'asked', code: 0 })
  })

  test('start of a service that fails says so at its first failure', async () => {
    await using open = openFleet()
    open.fleet.startAll([childSpec('svc', 'exits-at-once.ts')])
    const service = open.fleet.find('svc')
    if (service === undefined) throw new Error('gone')
    const report = await open.fleet.start(service)
    expect(report).toMatchObject({ reached: false, state: 'backoff', message: 'exit code 1' })
  })

  test('what a program says of itself is its status', async () => {
    await using open = openFleet()
    const says = childSpec('svc', 'says-ready.ts')
    await allReady(open, [{ ...says, command: [...says.command, 'STATUS=42 things'] }])
    expect(open.fleet.find('svc')?.statusText).toBe('42 things')
  })
})

describe('the held sockets', () => {
  test('what is sent while the daemon is dead is answered by the next one, and counted', async () => {
    await using open = openFleet()
    const backoff = { firstMs: 150, factor: 1, maxMs: 150, jitter: 0 }
    const ntp = childSpec('ntp', '', {
      own: true,
      command: [process.execPath, join(import.meta.dirname, '../../daemons/ntp/main.ts')],
      sockets: [socketSpec('udp://127.0.0.1:0')],
      section: {
        listen: [],
        clock: 'local',
        localStratum: 10,
        kernelStratum: 5,
        smear: false,
        instances: 1,
        allow: ['127.0.0.0/8'],
        rateLimit: null,
        sources: [],
      },
      rules: { ...RULES, probeEveryMs: null, restart: { ...RULES.restart, backoff } },
    })
    await allReady(open, [ntp])
    const url = open.surroundings.sockets.of('ntp')[0]?.opened.url
    const port = url !== undefined && 'port' in url ? url.port : 0
    process.kill(open.fleet.find('ntp')?.pid ?? 0, 'SIGKILL')
    await open.until(() => open.stateOf('ntp').kind === 'backoff')
    const client = DgramAsPromised.createSocket('udp4')
    const answered = client.setTimeout(5_000).recv()
    const request = Buffer.alloc(48)
    request[0] = 0x23
    request.writeBigUInt64BE(0x0123456789abcdefn, 40)
    await client.send(request, 0, 48, port, '127.0.0.1')
    const answer = await answered
    await client.close()
    expect(answer?.msg.subarray(24, 32)).toEqual(request.subarray(40, 48))
    await open.until(() => (open.fleet.find('ntp')?.lastExit?.queued ?? 0) > 0)
    expect(open.fleet.find('ntp')?.lastExit).toMatchObject({ signal: 'SIGKILL', queued: 1, dropped: 0 })
    expect(open.fleet.find('ntp')?.lastExit?.gap_ms).toBeGreaterThan(150)
  })
})
