import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Box, configure, startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { waitFor } from '../support/wait-for.ts'

const NTP = '[ntp]\nlisten = ["udp://127.0.0.1:0"]\n'
const SLEEPS =
  '[[service]]\nname = "sleeps"\ncommand = ["sleep", "1000"]\nlisten = ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"]\n'
const HELD = '[[service]]\nname = "held"\ncommand = ["sleep", "1000"]\nlisten = ["tcp://127.0.0.1:0"]\n'

/** Pid and addresses of each service. The kernel chose the ports: a socket that was opened anew would have another. */
async function whatRuns(box: Box): Promise<Readonly<Record<string, unknown>>> {
  const { services } = await box.status()
  return Object.fromEntries(services.map(({ name, pid, listen }) => [name, { pid, listen }]))
}

/** Changes the file of a box and asks it to follow. */
function reload(box: Box, config: string): ReturnType<Box['lanward']> {
  configure(box.config, { config })
  return box.lanward('reload', '--json')
}

describe('a reload', () => {
  test('touches only what changed: the others keep their process and their sockets', async () => {
    await using box = await startBox({ config: NTP + SLEEPS + HELD })
    const before = await whatRuns(box)
    const longer = HELD.replace('"1000"', '"999"').replace(
      '"tcp://127.0.0.1:0"',
      '"tcp://127.0.0.1:0", "udp://127.0.0.1:0"',
    )
    const added = '[[service]]\nname = "added"\ncommand = ["sleep", "1000"]\n'
    const told = reload(box, NTP + SLEEPS + longer + added)
    expect(told.status).toBe(0)
    expect(JSON.parse(told.stdout).changes).toEqual([
      { service: 'ntp', change: 'unchanged' },
      { service: 'sleeps', change: 'unchanged' },
      { service: 'held', change: 'restarted' },
      { service: 'added', change: 'added' },
    ])
    await box.until('added', 'ready', ({ state }) => state === 'ready')
    const held = await box.until(
      'held',
      'ready again',
      ({ state, last_exit }) => state === 'ready' && last_exit !== null,
    )
    const after = await whatRuns(box)
    expect({ ntp: after['ntp'], sleeps: after['sleeps'] }).toEqual({ ntp: before['ntp'], sleeps: before['sleeps'] })
    expect(before['held']).not.toEqual(after['held'])
    const [kept] = (before['held'] as { listen: readonly string[] }).listen
    expect(held.listen).toEqual([kept, expect.stringMatching(/^udp:\/\/127\.0\.0\.1:\d+$/)])
    const removed = reload(box, NTP + SLEEPS)
    expect(JSON.parse(removed.stdout).changes).toContainEqual({ service: 'held', change: 'removed' })
    expect(await whatRuns(box)).toEqual({ ntp: before['ntp'], sleeps: before['sleeps'] })
  })

  test('of a broken file is refused by file and line, all goes on, and status says that the file differs', async () => {
    await using box = await startBox({ config: NTP + SLEEPS })
    const before = await whatRuns(box)
    expect((await box.status()).supervisor.config_changed).toBe(false)
    expect(box.lanward('status').stdout).not.toContain('differs')
    const refused = reload(box, `${NTP}${SLEEPS}stop_signl = "SIGINT"\n`)
    const line = readFileSync(box.config, 'utf8').split('\n').indexOf('stop_signl = "SIGINT"') + 1
    expect(refused.status).toBe(78)
    expect(refused.stderr).toContain(
      `${box.config}:${line}: service[0].stop_signl: is not a known key; did you mean "stop_signal"?`,
    )
    expect(await whatRuns(box)).toEqual(before)
    expect((await box.status()).supervisor.config_changed).toBe(true)
    const status = box.lanward('status')
    expect(status.stdout).toContain(
      'the file on disk differs from what runs; check it and take it over: lanward check, then lanward reload',
    )
    expect(status.status).toBe(0)
    box.supervisor.kill('SIGHUP')
    await waitFor('the refusal in the log', () => (box.output().includes('cannot reload') ? true : undefined))
    expect(await whatRuns(box)).toEqual(before)
    const repaired = reload(box, `${NTP}${SLEEPS}stop_signal = "SIGINT"\n`)
    expect(JSON.parse(repaired.stdout).changes).toEqual([
      { service: 'ntp', change: 'unchanged' },
      { service: 'sleeps', change: 'reloaded' },
    ])
    expect(await whatRuns(box)).toEqual(before)
    expect((await box.status()).supervisor.config_changed).toBe(false)
  })

  test('whose new socket cannot be had changes nothing', async () => {
    using taken = openOnLoopback('udp://127.0.0.1:0')
    await using box = await startBox({ config: NTP + SLEEPS })
    const before = await whatRuns(box)
    const url = `udp://127.0.0.1:${taken.port}`
    const refused = reload(box, `${NTP.replace('"]', `", "${url}"]`)}${HELD}`)
    expect(refused.status).toBe(75)
    expect(refused.stderr).toContain(`nothing was changed: cannot open ${url}: the port is taken by`)
    expect(await whatRuns(box)).toEqual(before)
    expect((await box.status()).supervisor.config_changed).toBe(true)
  })
})
