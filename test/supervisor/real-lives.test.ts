import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { formatListenUrl } from '../../daemons/wire/listen-url.ts'
import { waitFor } from '../support/wait-for.ts'
import { RULES } from './lives.ts'
import { childSpec, isAlive, openFleet, shellSpec, socketSpec } from './open-fleet.ts'

const QUICK = {
  ...RULES,
  watchdogMs: null,
  probeEveryMs: null,
  restart: { ...RULES.restart, backoff: { firstMs: 1, factor: 1, maxMs: 1, jitter: 0 } },
}

describe('a service of real processes', () => {
  test('that exits at once is parked, and the ledger has its last words', async () => {
    await using open = openFleet()
    const rules = { ...QUICK, restart: { ...QUICK.restart, limit: { restarts: 1, withinMs: 30_000 } } }
    open.fleet.startAll([childSpec('bad', 'exits-at-once.ts', { rules })])
    await open.until(() => open.stateOf('bad').kind === 'parked')
    expect(open.stateOf('bad')).toMatchObject({ life: 2, restarts: 1 })
    const exits = open.surroundings.ledger.exits('bad', 10)
    expect(exits.map(({ code, reason, life }) => ({ code, reason, life }))).toEqual([
      { code: 1, reason: 'exit', life: 2 },
      { code: 1, reason: 'exit', life: 1 },
    ])
    expect(exits[1]?.last_lines).toContain('I cannot work like this')
  })

  test.each([64, 78])('that exits with %i is not tried again', async (code) => {
    await using open = openFleet()
    const bad = childSpec('bad', 'exits-at-once.ts')
    open.fleet.startAll([{ ...bad, command: [...bad.command, String(code)] }])
    await open.until(() => open.stateOf('bad').kind === 'parked')
    expect(open.stateOf('bad')).toMatchObject({ untilMs: null, life: 1 })
  })

  test('of ours that exits with 78 is told with the cause that it logged', async () => {
    await using open = openFleet()
    const bad = childSpec('bad', 'exits-at-once.ts', { own: true })
    const line = JSON.stringify({
      level: 60,
      err: { message: 'another program keeps the clock' },
      msg: 'exit 78',
    })
    open.fleet.startAll([{ ...bad, command: [...bad.command, '78', line] }])
    await open.until(() => open.stateOf('bad').kind === 'parked')
    expect(open.stateOf('bad')).toMatchObject({
      why: 'exit code 78: another program keeps the clock; not retried',
    })
  })

  test('that does not exist is a failed start with its name', async () => {
    await using open = openFleet()
    open.fleet.startAll([childSpec('none', '', { command: ['/nonexistent/program'] })])
    await open.until(() => open.stateOf('none').kind === 'backoff')
    expect(open.stateOf('none')).toMatchObject({ why: expect.stringContaining('/nonexistent/program') })
    expect(open.surroundings.ledger.exits('none', 1)[0]).toMatchObject({ reason: 'spawn', code: null })
  })

  test('that ignores SIGTERM is killed after its time', async () => {
    await using open = openFleet()
    open.fleet.startAll([childSpec('deaf', 'ignores-sigterm.ts', { rules: { ...QUICK, stopTimeoutMs: 50 } })])
    await open.until(() => open.stateOf('deaf').kind === 'ready')
    const service = open.fleet.find('deaf')
    if (service === undefined) throw new Error('gone')
    expect(await open.fleet.stop(service)).toMatchObject({ reached: true, state: 'stopped' })
    expect(service.lastExit).toMatchObject({ signal: 'SIGKILL', reason: 'asked' })
  })

  test('that never becomes ready is ended with the reason start-timeout', async () => {
    await using open = openFleet()
    open.fleet.startAll([childSpec('slow', 'never-ready.ts', { rules: { ...QUICK, startTimeoutMs: 150 } })])
    await open.until(() => open.fleet.find('slow')?.lastExit !== null)
    expect(open.fleet.find('slow')?.lastExit).toMatchObject({ reason: 'start-timeout', signal: 'SIGTERM' })
  })

  test.each([
    ['in a loop', 'spins.ts', 'busy without end', /^ {2}at loopWithoutEnd \(.*spins\.ts:5:/],
    ['in a lock', 'hangs.ts', 'waits for something', /^ {2}at .*hangs\.ts:5:/],
    ['in the kernel', 'waits-in-kernel.ts', 'waits for something', /^in the kernel: state S \(sleeping\)/],
  ])(
    'that hangs %s is found by its missing heartbeat, and the ledger tells where',
    async (_title, program, words, where) => {
      await using open = openFleet()
      const rules = {
        ...QUICK,
        watchdogMs: 100,
        restart: { ...QUICK.restart, limit: { restarts: 0, withinMs: 30_000 } },
      }
      open.fleet.startAll([childSpec('hung', program, { own: true, rules })])
      await open.until(() => open.stateOf('hung').kind === 'parked')
      expect(open.fleet.find('hung')?.lastExit).toMatchObject({ reason: 'watchdog', signal: 'SIGABRT' })
      expect(open.stateOf('hung')).toMatchObject({ why: expect.stringContaining(words) })
      const [exit] = open.surroundings.ledger.exits('hung', 1)
      expect(exit?.last_lines).toContainEqual(expect.stringMatching(where))
      expect(exit?.last_lines.at(-1)).toContain(words)
      expect(exit?.last_lines.join('\n')).not.toContain('Debugger')
    },
  )

  test('that dies takes the grandchildren of its group along, and is restarted though its output stays open', async () => {
    await using open = openFleet()
    open.fleet.startAll([childSpec('parent', 'leaves-grandchild.ts', { rules: QUICK })])
    await open.until(() => open.stateOf('parent').life >= 2)
    await open.until(() => wordsOf(open, 'parent').length > 0)
    const [staying = 0, escaped = 0] = wordsOf(open, 'parent')
    process.kill(escaped, 'SIGKILL')
    await waitFor('the end of the grandchild', () => (isAlive(staying) && !isZombie(staying) ? undefined : true))
  })

  test('that floods its output is held back without losing sight of the others', async () => {
    await using open = openFleet()
    open.fleet.startAll([
      childSpec('flood', 'floods-stdout.ts', { rules: { ...QUICK, readiness: 'spawned' } }),
      shellSpec('calm', 'exec sleep 1000'),
    ])
    await open.until(() => open.stateOf('calm').kind === 'ready')
    const calm = open.fleet.find('calm')
    if (calm === undefined) throw new Error('gone')
    const restarted = await open.fleet.restart(calm)
    expect(restarted.reached).toBe(true)
    expect(open.stateOf('flood').kind).toBe('ready')
    expect(open.surroundings.lines.size).toBeLessThanOrEqual(10_000)
  })

  test('gets its sockets with a true LISTEN_PID and a clean environment', async () => {
    await using open = openFleet()
    const script = 'echo "same=$((LISTEN_PID == $$)) fds=$LISTEN_FDS names=$LISTEN_FDNAMES notify=$NOTIFY_SOCKET"'
    const rules = { ...QUICK, readiness: 'spawned' as const, restart: { ...QUICK.restart, on: 'never' as const } }
    open.fleet.startAll([shellSpec('own', script, { rules, sockets: [socketSpec('udp://127.0.0.1:0')] })])
    await open.until(() => (open.surroundings.ledger.exits('own', 1)[0]?.last_lines.length ?? 0) > 0)
    const url = open.surroundings.sockets.of('own')[0]?.opened.url
    const [exit] = open.surroundings.ledger.exits('own', 1)
    const name = url === undefined ? '' : formatListenUrl(url).replaceAll(':', '%3A')
    expect(exit?.last_lines).toEqual([`same=1 fds=1 names=${name} notify=`])
  })

  test('whose port is taken is parked and says who has it', async () => {
    const holder = spawn(process.execPath, [
      '-e',
      'const s = require("dgram").createSocket("udp4"); s.bind(0, "127.0.0.1", () => console.log(s.address().port))',
    ])
    const [port] = await once(holder.stdout, 'data')
    try {
      await using open = openFleet()
      const taken = `udp://127.0.0.1:${String(port).trim()}`
      open.fleet.startAll([
        shellSpec('taken', 'exec sleep 1000', { sockets: [socketSpec(taken)] }),
        shellSpec('other', 'exec sleep 1000'),
      ])
      await open.until(() => open.stateOf('taken').kind === 'parked' && open.stateOf('other').kind === 'ready')
      expect(open.stateOf('taken')).toMatchObject({
        why: `cannot open ${taken}: the port is taken by node (pid ${holder.pid})`,
      })
    } finally {
      holder.kill('SIGKILL')
    }
  })
})

function wordsOf(open: ReturnType<typeof openFleet>, name: string): readonly number[] {
  for (const { last_lines } of open.surroundings.ledger.exits(name, 5)) {
    const line = last_lines.find((text) => text.startsWith('left '))
    if (line !== undefined) return line.split(' ').slice(1).map(Number)
  }
  return []
}

function isZombie(pid: number): boolean {
  try {
    return /^[0-9]+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return true
  }
}
