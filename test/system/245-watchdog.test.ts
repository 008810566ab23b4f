import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ALL_FOUR, type Box, startBox } from '../support/box.ts'
import { starve } from '../support/cpu-quota.ts'
import { testWith } from '../support/needs.ts'
import { waitFor } from '../support/wait-for.ts'

const SHORT = 'watchdog = "300ms"\nprobe_every = "100ms"'
/** A daemon beats three times per watchdog, and each beat wakes it at least once. */
const BEATS = 30

describe('the watchdog', () => {
  test('blames nobody when the supervisor itself was stopped, again and again', async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: SHORT })
    const before = await pidsOf(box)
    for (let round = 0; round < 3; round++) {
      const wakes = before.map(wakesOf)
      box.supervisor.kill('SIGSTOP')
      await waitFor(`${BEATS} heartbeats of each daemon`, () =>
        before.every((pid, index) => wakesOf(pid) >= (wakes[index] ?? 0) + BEATS) ? true : undefined,
      )
      box.supervisor.kill('SIGCONT')
      await waitFor('all services to be well', async () => {
        const { services } = await box.status()
        return services.every(({ state, health }) => state === 'ready' && health === 'ok') ? true : undefined
      })
    }
    const { services } = await box.status()
    expect(services.map(({ restarts, last_exit }) => ({ restarts, last_exit }))).toEqual(
      before.map(() => ({ restarts: 0, last_exit: null })),
    )
    expect(await pidsOf(box)).toEqual(before)
  })

  test('ends a daemon that stands still, says what it found, and starts the next one', async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: SHORT })
    const { pid } = await box.service('ntp')
    process.kill(pid ?? 0, 'SIGSTOP')
    const next = await box.until('ntp', 'a new life', ({ state, restarts }) => state === 'ready' && restarts === 1)
    expect(next.last_exit).toMatchObject({ reason: 'watchdog', signal: 'SIGKILL' })
    const why = box.lanward('why', 'ntp')
    expect(why.stdout).toContain('in the kernel: state T (stopped)')
    expect(why.stdout).toContain('a signal or a debugger has stopped it')
  })

  testWith(['cpu quota'], 'blames no daemon that is not let to run', async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: SHORT })
    const { pid } = await box.service('ntp')
    {
      using _starved = starve(pid ?? 0)
      const held = await box.until('ntp', 'degraded', ({ reason }) => reason?.startsWith('no sign of life') === true)
      expect(held).toMatchObject({ state: 'ready', health: 'degraded', pid })
      expect(held.reason).toContain('the machine is overloaded')
      await waitFor('more examinations', () => (box.output().split('it is not to blame').length > 5 ? true : undefined))
    }
    await box.until('ntp', 'well again', ({ health }) => health === 'ok')
    expect(await box.service('ntp')).toMatchObject({ restarts: 0, last_exit: null, pid })
  })
})

async function pidsOf(box: Box): Promise<readonly number[]> {
  return (await box.status()).services.map(({ pid }) => pid ?? 0)
}

/** How often a process went to sleep by itself so far. */
function wakesOf(pid: number): number {
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}
