import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect } from 'vitest'
import { askTime, type ToldTime } from '../support/ask-time.ts'
import { type Box, startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { waitFor } from '../support/wait-for.ts'

const LAUNCHER = new URL('../../supervisor/lanward.js', import.meta.url).pathname

interface Drill extends AsyncDisposable {
  readonly port: number
  readonly pid: number | undefined
  /** What it told, one object each. */
  readonly told: readonly { readonly event: string }[]
  interrupt(): Promise<number | null>
}

async function startDrill(box: Box, ...words: string[]): Promise<Drill> {
  const args = ['--config', box.config, 'time', 'drill', '--json', '--listen', 'udp://127.0.0.1:0', ...words]
  const child = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const told: { event: string; listen?: string; drill: boolean }[] = []
  createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line)))
  const serving = await waitFor('the drill', () => told.find(({ event }) => event === 'serving'))
  expect(serving.drill).toBe(true)
  // Its last line comes before that, and may come after its exit.
  const ended = once(child, 'close')
  const interrupt = async (): Promise<number | null> => {
    if (child.exitCode === null) child.kill('SIGINT')
    await ended
    return child.exitCode
  }
  const port = Number(serving.listen?.split(':').at(-1))
  return { port, pid: child.pid, told, interrupt, [Symbol.asyncDispose]: async () => void (await interrupt()) }
}

/** How far a time that was told is from the one that it should be ahead by, beyond what nobody can know. */
function wrongBy({ aheadSeconds, errorSeconds }: ToldTime, shouldSeconds: number): number {
  return Math.max(0, Math.abs(aheadSeconds - shouldSeconds) - errorSeconds)
}

describe('lanward time drill', () => {
  testWith([], 'serves a wrong time beside the real one, and every view says so', async () => {
    await using box = await startBox({
      config: '[ntp]\nlisten = ["udp://127.0.0.1:0"]\n[http]\nlisten = ["tcp://127.0.0.1:0"]\n',
    })
    const real = await box.port('ntp', 'udp')
    {
      await using drill = await startDrill(box, '--offset', '1h', '--step', '-5s', '--in', '1s')
      const first = await askTime(drill.port)
      expect(first).toMatchObject({ leap: 0, referenceId: Buffer.from('DRIL').readUInt32BE() })
      expect(Math.min(wrongBy(first, 3600), wrongBy(first, 3595))).toBeLessThan(0.1)
      await waitFor('the jump', () => drill.told.find(({ event }) => event === 'stepped'))
      expect(wrongBy(await askTime(drill.port), 3595)).toBeLessThan(0.1)
      expect(wrongBy(await askTime(real), 0)).toBeLessThan(0.1)
      const seen = JSON.parse(box.lanward('time', '--json').stdout)
      expect(seen.drill).toMatchObject({ listen: `udp://127.0.0.1:${drill.port}` })
      expect(box.lanward('time').stdout).toMatch(/^DRILL: udp:\/\/127\.0\.0\.1:\d+ serves a wrong time on purpose/)
      const label = `DRILL: udp://127.0.0.1:${drill.port} serves a wrong time on purpose`
      expect(box.lanward('status').stdout).toContain(label)
      expect(box.lanward('why', 'ntp').stdout).toContain(label)
      expect(box.lanward('doctor').stdout).toMatch(/warn {2}drill .* serves a wrong time on purpose/)
      const url = `http://127.0.0.1:${await box.port('http', 'tcp')}`
      const page = await fetch(url, { headers: { accept: 'text/html' } })
      expect(await page.text()).toContain('serves a wrong time on purpose')
      const json = await fetch(`${url}/status`, { headers: { accept: 'application/json' } })
      expect(await json.json()).toMatchObject({ supervisor: { time_drills: [{ pid: drill.pid }] } })
      expect(await drill.interrupt()).toBe(0)
      expect(drill.told.at(-1)).toMatchObject({ event: 'ended', answered: 2, clients: 1 })
    }
    expect(JSON.parse(box.lanward('time', '--json').stdout).drill).toBeNull()
    expect(box.lanward('status').stdout).not.toContain('DRILL')
    expect(box.output()).toMatch(/a drill of time has begun[\s\S]*the drill of time has ended/)
  })

  testWith([], 'has a leap second come at the end of a year', async () => {
    await using box = await startBox({ config: '[ntp]\nlisten = ["udp://127.0.0.1:0"]\n' })
    await using drill = await startDrill(box, '--leap', 'insert', '--in', '4s')
    const before = await askTime(drill.port)
    expect(before.leap).toBe(1)
    await waitFor('the leap second', () => drill.told.find(({ event }) => event === 'leaped'))
    const after = await askTime(drill.port)
    expect(after.leap).toBe(0)
    expect(wrongBy(after, before.aheadSeconds - 1)).toBeLessThan(0.05 + before.errorSeconds)
  })

  testWith([], 'refuses to take the place of the real time, and what it cannot read', async () => {
    await using box = await startBox({ config: '[ntp]\nlisten = ["udp://127.0.0.1:0"]\n' })
    for (const words of [
      ['--listen', 'udp://127.0.0.1:123'],
      ['--listen', 'tcp://127.0.0.1:1223'],
      ['--offset', 'soon'],
      ['--leap', 'often'],
      ['--stratum', '16'],
      ['--in', '30d'],
    ]) {
      const { status, stderr } = box.lanward('time', 'drill', ...words)
      expect([status, stderr], words.join(' ')).toEqual([64, expect.stringContaining('lanward: ')])
    }
  })
})
