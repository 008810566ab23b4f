import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { judgeStart, type Mark, type StartFacts } from '../../../daemons/ntp/discipline/judge-start.ts'
import { KeptMachine } from './kept-machine.ts'

const DRIFT = 20e-6
const BOOT = 'boot'

const lives: KeptMachine[] = []
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  for (const life of lives.splice(0)) life.close()
  vi.useRealTimers()
})

function begin(weather: ConstructorParameters<typeof KeptMachine>[0] = {}): KeptMachine {
  const life = new KeptMachine({ speedAt: () => DRIFT, known: -DRIFT, ...weather })
  lives.push(life)
  return life
}

/** What a start on this machine would be told, with what an earlier life wrote down. */
function judge({ machine }: KeptMachine, frequencies: readonly number[] | undefined): string | null {
  const mark: Mark | null = frequencies === undefined ? null : { bootId: BOOT, frequencies }
  const facts: StartFacts = { state: machine.read(), bootId: BOOT, mark, keepers: [], rights: 'granted' }
  return judgeStart(facts)
}

test('a killed life is known by its mark at whatever moment, and the next one goes on where it was', async () => {
  const first = begin({ error: 0.3 })
  for (let second = 0; second < 900; second++) {
    await first.pass(1)
    expect(judge(first, first.remembered.at(-1))).toBeNull()
  }
  first.die()
  expect(first.machine.read().synchronised).toBe(true)
  expect(judge(first, undefined)).toContain('another program keeps')
  const second = begin({ machine: first.machine })
  let worst = 0
  await second.pass(1200, () => {
    worst = Math.max(worst, Math.abs(second.machine.error))
  })
  expect(worst).toBeLessThan(1e-3)
  expect(second.discipline.report()).toMatchObject({ state: 'steady', fault: null, steps: 0 })
})

test('an orderly end after a life that heard nobody takes back what the killed one before vouched for', async () => {
  const first = begin()
  await first.pass(300)
  first.die()
  const second = begin({ machine: first.machine })
  second.reachable = false
  await second.pass(10)
  expect(second.machine.read().synchronised).toBe(true)
  const { frequency } = second.machine.read()
  second.close()
  expect(second.machine.read()).toMatchObject({ synchronised: false, frequency })
})

test('two that keep one clock see each other within seconds, and one at least lets go', async () => {
  const first = begin({ error: 0.02 })
  const second = begin({ machine: first.machine, speedAt: () => DRIFT, seed: 99 })
  await first.pass(900)
  const faults = [first, second].flatMap(({ discipline }) => discipline.faults())
  expect(faults.length).toBeGreaterThan(0)
  expect(faults[0]).toContain('another program steers it too')
  expect(Math.abs(first.servedError)).toBeLessThan(2e-3)
  expect(Math.abs(second.servedError)).toBeLessThan(2e-3)
})
