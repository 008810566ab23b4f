import { describe, expect, test } from 'vitest'
import { followersOf } from '../../supervisor/fleet/rest-for-one.ts'
import { RULES } from './lives.ts'
import { childSpec, type OpenFleet, openFleet } from './open-fleet.ts'

describe('followersOf', () => {
  const follower = { name: 'b', after: ['a'], restForOne: true, beganMs: 50 }

  test.each([
    ['was started before', {}, true],
    ['was started after', { beganMs: 100 }, false],
    ['does not run', { beganMs: null }, true],
    ['does not want it', { restForOne: false }, false],
    ['comes after another', { after: ['c'] }, false],
    ['is the leader itself', { name: 'a' }, false],
  ])('one that %s: %o', (_, changes, want) => {
    const one = { ...follower, ...changes }
    expect(followersOf({ name: 'a', readyMs: 100 }, [one])).toEqual(want ? [one] : [])
  })
})

describe('rest for one', () => {
  const QUICK = {
    ...RULES,
    watchdogMs: null,
    probeEveryMs: null,
    restart: { ...RULES.restart, backoff: { firstMs: 1, factor: 1, maxMs: 1, jitter: 0 } },
  }
  const FOLLOWING = { ...QUICK, restart: { ...QUICK.restart, restForOne: true } }

  async function allReady(open: OpenFleet): Promise<ReadonlyMap<string, number | null>> {
    open.fleet.startAll([
      childSpec('base', 'says-ready.ts', { rules: QUICK }),
      childSpec('beside', 'says-ready.ts', { rules: QUICK, after: ['base'] }),
      childSpec('above', 'says-ready.ts', { rules: FOLLOWING, after: ['base'] }),
      childSpec('top', 'says-ready.ts', { rules: FOLLOWING, after: ['above'] }),
    ])
    await open.until(() => open.fleet.services.every(({ state }) => state.kind === 'ready'))
    return new Map(open.fleet.services.map(({ spec, pid }) => [spec.name, pid]))
  }

  test('nobody is restarted by the first start', async () => {
    await using open = openFleet()
    await allReady(open)
    expect(open.fleet.services.map(({ state }) => state.life)).toEqual([1, 1, 1, 1])
  })

  test('those that want it are restarted once their forerunner is ready again, one after the other; others go on', async () => {
    await using open = openFleet()
    const pids = await allReady(open)
    const told = open.story.length
    process.kill(pids.get('base') ?? 0, 'SIGKILL')
    await open.until(() => open.stateOf('top').life === 2 && open.stateOf('top').kind === 'ready')
    expect(open.story.slice(told)).toEqual([
      ...['base backoff', 'base starting', 'base ready'],
      ...['above stopping', 'above starting', 'above ready'],
      ...['top stopping', 'top starting', 'top ready'],
    ])
    expect(open.fleet.find('beside')?.pid).toBe(pids.get('beside'))
    expect(open.fleet.find('above')?.lastExit).toMatchObject({ reason: 'rest-for-one', code: 0 })
    expect(open.stateOf('above')).toMatchObject({ restarts: 1, history: { failures: 0 } })
  })

  test('a restart by command takes them along as well, one that was stopped by command stays so', async () => {
    await using open = openFleet()
    await allReady(open)
    const [base, above] = [open.fleet.find('base'), open.fleet.find('above')]
    if (base === undefined || above === undefined) throw new Error('gone')
    await open.fleet.stop(above)
    await open.fleet.restart(base)
    expect(open.stateOf('above')).toMatchObject({ kind: 'stopped', life: 1 })
    await open.fleet.start(above)
    await open.fleet.restart(base)
    await open.until(() => open.stateOf('above').life === 3 && open.stateOf('above').kind === 'ready')
  })
})
