import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect } from 'vitest'
import type { TimeReport } from '../../daemons/ntp/time-report.ts'
import { askTime, type ToldTime, timeReport } from '../support/ask-time.ts'
import { type Box, configure, startBox } from '../support/box.ts'
import { freePort } from '../support/free-port.ts'
import { searchPath, testWith } from '../support/needs.ts'
import { startTimeServer } from '../support/time-server.ts'
import { waitFor } from '../support/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-sources-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const running: ChildProcess[] = []
afterEach(async () => {
  for (const child of running.splice(0)) {
    const ended = once(child, 'exit')
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await ended
    }
  }
})

/** A chronyd on loopback that serves this machine's clock and never touches it. */
function startChronyd(stratum: number): { readonly port: number; readonly process: ChildProcess } {
  const port = freePort()
  const file = join(folder, `chrony-${port}.conf`)
  const lines = [
    'bindcmdaddress /',
    'cmdport 0',
    'allow 127.0.0.0/8',
    'bindaddress 127.0.0.1',
    `local stratum ${stratum}`,
  ]
  writeFileSync(file, `${lines.join('\n')}\nport ${port}\npidfile ${join(folder, `${port}.pid`)}\n`)
  const chronyd = spawn('chronyd', ['-x', '-d', '-u', 'root', '-f', file], { env: searchPath(), stdio: 'ignore' })
  running.push(chronyd)
  return { port, process: chronyd }
}

/** The last eight questions, the newest of which may be under way. */
const ASKED_AND_HEARD = expect.stringMatching(/^37[67]$/)

function config(ports: readonly number[]): string {
  const sources = ports.map(
    (port) => `[[ntp.source]]\naddress = "127.0.0.1"\nport = ${port}\npoll = { min = "2s", max = "4s" }\n`,
  )
  return `[ntp]\nlisten = ["udp://127.0.0.1:0"]\n${sources.join('')}`
}

/** Asks our server for the time. */
async function ask(box: Box): Promise<ToldTime> {
  return askTime(await box.port('ntp', 'udp'))
}

describe('a time server with sources', () => {
  testWith(
    ['root', 'program chronyd'],
    'follows the chronyd servers that agree, names the liar, and keeps on when they go',
    async () => {
      using liar = await startTimeServer(30)
      const honest = [startChronyd(4), startChronyd(5)]
      const leader = `127.0.0.1:${honest[0]?.port}`
      await using box = await startBox({
        config: config([liar.port, ...honest.map(({ port }) => port)]),
      })
      const found = await waitFor('an agreement', async () => {
        const said = await timeReport(box)
        return said.sources[0]?.state === 'falseticker' && said.clock.source === leader ? said : undefined
      })
      expect(found.sources[2]?.state).toBe('candidate')
      expect(found.clock.stratum).toBe(5)
      expect(Math.abs(found.clock.offset_s)).toBeLessThan(0.05)
      const served = await ask(box)
      expect(served).toMatchObject({ leap: 0, stratum: 5 })
      expect(Math.abs(served.aheadSeconds)).toBeLessThan(0.1 + served.errorSeconds)
      const ntp = await box.until('ntp', 'ok', ({ health }) => health === 'ok')
      expect(ntp.status).toContain(`stratum 5 from ${leader}`)

      for (const { process: chronyd } of honest) chronyd.kill('SIGKILL')
      await waitFor('silence noticed', async () =>
        (await timeReport(box)).sources[1]?.error === 'no answer' ? true : undefined,
      )
      expect((await ask(box)).stratum).toBe(5)
      await box.stop()
      const drift = JSON.parse(readFileSync(join(box.folder, 'state/ntp/drift.json'), 'utf8'))
      expect(Math.abs(drift.frequency_ppm)).toBeLessThanOrEqual(500)
    },
  )

  testWith(
    ['root', 'program chronyd'],
    'serves the time of its source, not that of the kernel, and its reload lets go of it',
    async () => {
      using liar = await startTimeServer(-100)
      await using box = await startBox({ config: config([liar.port]) })
      await waitFor('an agreement', async () => ((await timeReport(box)).clock.synchronised ? true : undefined))
      expect((await ask(box)).aheadSeconds).toBeCloseTo(-100, 0)
      writeFileSync(box.config, readFileSync(box.config, 'utf8').replace(/\[\[ntp\.source\]\][^[]*/, ''))
      expect(box.lanward('reload').status).toBe(0)
      const served = await ask(box)
      expect(served.stratum).toBe(10)
      expect(served.aheadSeconds).toBeCloseTo(0, 0)
    },
  )

  testWith(
    ['root', 'program chronyd'],
    'tells the same time as before at once when it is killed or restarted',
    async () => {
      using liar = await startTimeServer(-100)
      for (const port of [startChronyd(4).port, liar.port]) {
        await using box = await startBox({ config: config([port]) })
        await waitFor('an agreement', async () => ((await timeReport(box)).clock.synchronised ? true : undefined))
        const { aheadSeconds, errorSeconds, ...before } = await ask(box)
        expect(before).toEqual({ leap: 0, stratum: port === liar.port ? 3 : 5, referenceId: 0x7f00_0001 })
        const { pid, restarts } = await box.service('ntp')
        process.kill(pid ?? 0, 'SIGKILL')
        const next = await ask(box)
        expect(next).toMatchObject(before)
        expect(Math.abs(next.aheadSeconds - aheadSeconds)).toBeLessThan(0.05 + next.errorSeconds + errorSeconds)
        await box.until('ntp', 'its next life', (ntp) => ntp.state === 'ready' && ntp.restarts > restarts)
        expect(box.lanward('restart', 'ntp').status).toBe(0)
        expect(await ask(box)).toMatchObject(before)
      }
    },
  )

  testWith(
    ['root', 'program chronyd'],
    'goes on telling a time through a reload that takes the leader, and one that takes all others',
    async () => {
      const [first, second, third, last] = [3, 5, 6, 7].map((stratum) => startChronyd(stratum).port)
      if (first === undefined || second === undefined || third === undefined || last === undefined) return
      await using box = await startBox({ config: config([first, second]) })
      const told: unknown[] = []
      const follows = (port: number): Promise<TimeReport> =>
        waitFor(`all answers of all sources, led by ${port}`, async () => {
          const { leap, stratum } = await ask(box)
          told.push({ leap, stratum })
          const said = await timeReport(box)
          const hasHeard = said.sources.every(({ reach }) => reach === '377')
          return hasHeard && said.clock.source === `127.0.0.1:${port}` ? said : undefined
        })
      const exchange = async (...ports: readonly number[]): Promise<TimeReport> => {
        configure(box.config, { config: config(ports) })
        expect(box.lanward('reload').status).toBe(0)
        return timeReport(box)
      }
      const { sources } = await follows(first)
      told.length = 0

      const taken = await exchange(third, second)
      expect(taken.sources).toMatchObject([
        { address: `127.0.0.1:${third}` },
        { address: `127.0.0.1:${second}`, state: 'selected', reach: ASKED_AND_HEARD, poll_s: sources[1]?.poll_s },
      ])
      await follows(second)
      expect(new Set(told.map((one) => JSON.stringify(one)))).toEqual(new Set(['{"leap":0,"stratum":6}']))

      expect(await exchange(last)).toMatchObject({ clock: { stratum: 6 } })
      await follows(last)
      expect(new Set(told.map((one) => JSON.stringify(one)))).toEqual(
        new Set(['{"leap":0,"stratum":6}', '{"leap":0,"stratum":8}']),
      )
    },
    180_000,
  )
})

describe('a time server with a file of leap seconds', () => {
  testWith(
    [],
    'announces the one of this day, tells until when its file holds, and says when it is of no use',
    async () => {
      const day = 86_400
      // This midnight and the next: whenever it is read, one of them is less than a day away.
      const midnight = (Math.floor(Date.now() / 1000 / day) + 1) * day + 2_208_988_800
      const file = join(folder, 'leap-seconds.list')
      const table = `#@ ${midnight + 100 * day}\n${midnight - 300 * day} 37\n${midnight} 38\n${midnight + day} 39\n`
      writeFileSync(file, table)
      await using box = await startBox({ config: `[ntp]\nlisten = ["udp://127.0.0.1:0"]\nleap_file = "${file}"\n` })
      expect(await ask(box)).toMatchObject({ leap: 1, stratum: 10 })
      const { clock } = JSON.parse(box.lanward('time', '--json').stdout)
      expect(clock.leap).toMatchObject({ today: 'inserted', file, expired: false, smear_s: 0 })
      const ntp = await box.until(
        'ntp',
        'a word of it',
        ({ status }) => status?.includes('leap second is inserted') === true,
      )
      expect(ntp.health).toBe('ok')
      writeFileSync(file, `${table}<html>\n`)
      writeFileSync(box.config, `${readFileSync(box.config, 'utf8')}local_stratum = 9\n`)
      expect(box.lanward('reload').status).toBe(0)
      await box.until(
        'ntp',
        'a fault',
        ({ health, reason }) => health === 'degraded' && reason?.includes('<html>') === true,
      )
      expect((await ask(box)).leap).toBe(0)
    },
  )
})
