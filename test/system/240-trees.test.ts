import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findOwnCgroup } from '../../supervisor/cgroup/cgroup-tree.ts'
import { type Box, children, descendants, startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { isGone, isZombie } from '../support/process-state.ts'
import { waitFor } from '../support/wait-for.ts'

const SUPERVISOR = 'stop_timeout = "200ms"'

const program = (name: string): string => join(import.meta.dirname, '../children', name)

function service(name: string, command: readonly string[], more = ''): string {
  return `[[service]]\nname = "${name}"\ncommand = ${JSON.stringify(command)}\n${more}\n`
}

const ESCAPER = service('escaper', ['/bin/sh', program('escapes.sh')])

/** Where the supervisor sees no cgroup tree, only sessions and orphans are left to it. */
const WITHOUT_CGROUPS = [
  ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c'],
  ...['mount -t tmpfs none /sys/fs/cgroup && exec "$@"', 'sh'],
]

describe.each([
  ['what a service started', [], undefined],
  ['what a service started, where there are no cgroups,', ['namespaces'], WITHOUT_CGROUPS],
] as const)('%s', (_title, needs, inside) => {
  const start = (config: string): Promise<Box> =>
    startBox({ config, supervisor: SUPERVISOR, untilReady: false, ...(inside === undefined ? {} : { inside }) })

  /** Starts the escaper and gives the pids of the leader, of what left it, and of that one's child. */
  async function startEscaper(): Promise<{ readonly box: Box; readonly pids: readonly number[] }> {
    const box = await start(ESCAPER)
    if (inside !== undefined) expect((await box.status()).supervisor.kill_scope).toBe('session')
    return { box, pids: await written(box, 'escaper', 3) }
  }

  testWith(
    needs,
    'is gone after stop, though it forked twice, changed its session, ignores SIGTERM and holds the output',
    async () => {
      const { box, pids } = await startEscaper()
      await using _box = box
      expect(pids.every(lives)).toBe(true)
      expect(box.lanward('stop', 'escaper').status).toBe(0)
      expect(pids.filter(lives)).toEqual([])
    },
  )

  testWith(needs, 'does not hold up a restart', async () => {
    const { box, pids } = await startEscaper()
    await using _box = box
    process.kill((await box.service('escaper')).pid ?? 0, 'SIGKILL')
    const next = await box.until('escaper', 'a new life', ({ state, restarts }) => state === 'ready' && restarts === 1)
    expect(pids).not.toContain(next.pid)
    await waitFor('the end of what the first life left', () => (pids.some(lives) ? undefined : true))
  })

  testWith(needs, 'is gone after stop, though it forks itself anew all the time', async () => {
    await using box = await start(service('runner', ['/bin/sh', program('forks-anew.sh')]))
    await waitFor('the runner', () => (children(pidOf(box)).filter(lives).length > 1 ? true : undefined))
    expect(box.lanward('stop', 'runner').status).toBe(0)
    expect(children(pidOf(box)).filter(lives)).toEqual([])
  })

  testWith(needs, 'is gone when the supervisor has ended', async () => {
    const { box, pids } = await startEscaper()
    await using _box = box
    expect(await box.stop()).toBe(0)
    expect(pids.filter(lives)).toEqual([])
  })
})

describe('where a cgroup is delegated', () => {
  testWith(
    ['cgroups'],
    'what wiped its environment is gone after stop as well, and the figures count all',
    async () => {
      const wiped = 'echo $$ >"$STATE_DIRECTORY/pids"; env -i setsid sh -c "sleep 1000 & sleep 1000" & exec sleep 1000'
      await using box = await startBox({ config: service('wiped', ['/bin/sh', '-c', wiped]), untilReady: false })
      expect((await box.status()).supervisor.kill_scope).toBe('cgroup')
      const full = await box.until('wiped', 'four processes', ({ processes }) => processes === 4)
      expect(full.cpu_s).toBeGreaterThan(0)
      const pids = descendants(pidOf(box))
      expect(pids).toHaveLength(4)
      expect(box.lanward('stop', 'wiped').status).toBe(0)
      expect(pids.filter(lives)).toEqual([])
      expect(await box.service('wiped')).toMatchObject({ processes: null })
    },
  )

  testWith(['cgroups'], 'nothing is left of it, neither after an end in order nor after the next start', async () => {
    const place = findOwnCgroup(process.pid) ?? ''
    const ours = (box: Box): string => join(place, `lanward-${pidOf(box)}`)
    const config = service('calm', ['/bin/sh', '-c', 'env -i setsid sleep 1000 & exec sleep 1000'])
    await using killed = await startBox({ config, untilReady: false })
    await killed.until('calm', 'running', ({ processes }) => processes === 2)
    const leaf = join(ours(killed), 'calm.1')
    const pids = text(join(leaf, 'cgroup.procs')).split('\n').filter(Boolean).map(Number)
    await killed.stop('SIGKILL')
    expect(pids.some(lives)).toBe(true)
    await using next = await startBox({ config, untilReady: false })
    await waitFor('the end of what was left behind', () =>
      pids.some(lives) || existsSync(ours(killed)) ? undefined : true,
    )
    expect(await next.stop()).toBe(0)
    expect(existsSync(ours(next))).toBe(false)
  })
})

describe('ten thousand orphans', () => {
  test('are reaped, while each end of our own children is told exactly', async () => {
    const codes = Array.from({ length: 30 }, (_, index) => index + 1)
    const enders = codes.map((code) =>
      service(`e${code}`, ['/bin/sh', '-c', `sleep ${code / 10}; exit ${code}`], 'restart = { on = "never" }'),
    )
    const storm = service('storm', ['/bin/sh', program('orphan-storm.sh'), '10000'])
    await using box = await startBox({ config: storm + enders.join(''), untilReady: false })
    const { pid } = await box.until('storm', 'running', ({ pid }) => pid !== null)
    await waitFor('ten thousand forks', () => (commandOf(pid ?? 0).includes('sleep') ? true : undefined), 60_000)
    await waitFor('the end of all others', async () => {
      const { services } = await box.status()
      return services.every(({ name, state }) => name === 'storm' || state === 'stopped') ? true : undefined
    })
    for (const code of codes)
      expect((await box.service(`e${code}`)).last_exit).toMatchObject({ code, signal: null, reason: 'exit' })
    await waitFor('no zombie', () => (children(pidOf(box)).some(isZombie) ? undefined : true))
    expect(await box.service('storm')).toMatchObject({ state: 'ready', restarts: 0, pid })
  })
})

describe('as process 1 of a PID namespace', () => {
  const inside = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child']
  /** Orphans without our mark, as of one that somebody entered the container with: one that ends, and one that stays. */
  const strangers = 'env -i setsid sh -c "(sleep 0.01 &) ; (exec sleep 4321 &)"; exec sleep 1000'

  testWith(['namespaces'], 'it reaps strangers, ends its own, and ends with all of them at SIGTERM', async () => {
    const config = service('odd', ['/bin/sh', '-c', strangers]) + ESCAPER
    await using box = await startBox({ config, supervisor: SUPERVISOR, inside, untilReady: false })
    expect((await box.status()).supervisor.pid).toBe(1)
    const [pid = 0] = children(pidOf(box))
    const commands = (): readonly string[] => descendants(pid).map(commandOf)
    await written(box, 'escaper', 3)
    await waitFor('the stranger alone', () =>
      commands().includes('sleep 4321 ') && !descendants(pid).some(isZombie) ? true : undefined,
    )
    expect(box.lanward('stop', 'escaper').status).toBe(0)
    expect(commands().toSorted()).toEqual(['sleep 1000 ', 'sleep 4321 '])
    const family = [pid, ...descendants(pid)]
    expect(await box.stop()).toBe(0)
    expect(family.filter(lives)).toEqual([])
  })
})

function pidOf(box: Box): number {
  return box.supervisor.pid ?? 0
}

/** So many pids that a service wrote into its folder. */
function written(box: Box, name: string, count: number): Promise<readonly number[]> {
  return waitFor(`${count} pids of ${name}`, () => {
    const pids = text(join(box.folder, 'state', name, 'pids'))
      .split(/\s+/)
      .filter(Boolean)
      .map(Number)
    return pids.length === count ? pids : undefined
  })
}

function lives(pid: number): boolean {
  return !isGone(pid)
}

function commandOf(pid: number): string {
  return text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
}

function text(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
