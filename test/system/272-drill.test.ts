import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DrillReport } from '../../supervisor/drill/promise.ts'
import { ALL_FOUR, type Box, startBox } from '../support/box.ts'
import { stateOf } from '../support/process-state.ts'
import { waitFor } from '../support/wait-for.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const SUPERVISOR = 'watchdog = "500ms"'

interface Told {
  readonly status: number | null
  readonly passed: boolean
  readonly drills: readonly DrillReport[]
}

/** Runs `lanward drill --yes --json` beside this process, so that the box is not kept waiting. */
async function drill(box: Box, ...words: string[]): Promise<Told> {
  const argv = [join(ROOT, 'supervisor/lanward.js'), 'drill', '--yes', '--json', '--config', box.config, ...words]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  const text: string[] = []
  const errors: string[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => text.push(chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => errors.push(chunk))
  const [status] = await once(child, 'close')
  if (text.length === 0) throw new Error(errors.join(''))
  return { status, ...JSON.parse(text.join('')) }
}

/** Each promise of each drill as one line, to be read in a failure. */
function lines({ drills }: Told): readonly string[] {
  return drills.flatMap(({ drill: name, service, promises, skipped }) =>
    skipped === null
      ? promises.map(({ promise, kept, found }) => `${kept ? 'pass' : 'FAIL'} ${name} ${service}: ${promise}: ${found}`)
      : [`skip ${name} ${service}: ${skipped}`],
  )
}

/** All drills one after another take half a minute where nothing else runs. */
const ALL_DRILLS_MS = 180_000

describe('lanward drill', () => {
  test('finds every promise kept on a running box', { timeout: ALL_DRILLS_MS }, async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: SUPERVISOR })
    const told = await drill(box)
    expect(lines(told).filter((line) => !line.startsWith('pass'))).toEqual([
      'skip flood http: it has no UDP socket that a client here can ask',
    ])
    expect(told).toMatchObject({ status: 0, passed: true })
    const sent = (name: string): readonly string[] =>
      lines(told).filter((line) => line.includes(` ${name}: what is sent`))
    for (const name of ['syslog', 'ntp', 'dhcp', 'http']) {
      expect(sent(name)).toHaveLength(2)
      for (const line of sent(name)) expect(line).toMatch(/ [1-9]\d* sent, [1-9]\d* answered/)
    }
    await box.until('http', 'all well', ({ health }) => health === 'ok')
  })

  test('finds a promise broken by a service that comes back too late, and ends with 1', async () => {
    // Ready at its first start alone.
    const script = 'test -e "$STATE_DIRECTORY/slow" || echo >&3; touch "$STATE_DIRECTORY/slow"; exec sleep 1000'
    const config = `[[service]]\nname = "relay"\ncommand = ["/bin/sh", "-c", '''${script}''']\ntype = "notify"\nnotify_fd = 3\n`
    await using box = await startBox({ config, supervisor: 'start_timeout = "2s"' })
    const told = await drill(box, 'kill')
    expect(told.status).toBe(1)
    expect(lines(told)[0]).toMatch(/^FAIL kill relay: it serves again in time: not within \d+ ms$/)
  })

  test('does only what it is asked to', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const told = await drill(box, 'kill', '--service', 'ntp')
    expect(told.drills.map(({ drill: name, service }) => [name, service])).toEqual([['kill', 'ntp']])
    expect(lines(told).filter((line) => !line.startsWith('pass'))).toEqual([])
    const { services } = await box.status()
    expect(services.map(({ name, restarts }) => [name, restarts])).toEqual([
      ['syslog', 0],
      ['ntp', 1],
      ['dhcp', 0],
      ['http', 0],
    ])
  })

  test('lets a process go on when it is interrupted in the middle of a hang', async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: 'watchdog = "1h"\nprobe_every = "1h"' })
    const { pid } = await box.service('ntp')
    if (pid === null) throw new Error('ntp does not run')
    const argv = ['drill', 'hang', '--service', 'ntp', '--yes', '--config', box.config]
    const child = spawn(process.execPath, [join(ROOT, 'supervisor/lanward.js'), ...argv])
    await waitFor('a standstill', () => (stateOf(pid) === 'T' ? true : undefined))
    child.kill('SIGINT')
    const [status] = await once(child, 'close')
    expect(status).toBe(75)
    expect(stateOf(pid)).not.toBe('T')
    expect((await box.service('ntp')).restarts).toBe(0)
  })
})
