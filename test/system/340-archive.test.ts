import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect } from 'vitest'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { askSupervisor } from '../../supervisor/control/control-client.ts'
import { type Box, descendants, startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { testWith } from '../support/needs.ts'
import { HANG_MS, waitFor } from '../support/wait-for.ts'

const CONFIG = `[syslog]
listen = ["udp://127.0.0.1:0"]
segment = { size = "64KiB" }
archive = { after = "0s" }
`
const COUNT = 6000
const LNAV_FORMAT = new URL('../../config/lanward.lnav.json', import.meta.url).pathname

function segments(box: Box): string {
  return join(box.folder, 'state/syslog/segments')
}

function filesOf(box: Box, ending: string): string[] {
  return readdirSync(segments(box)).filter((name) => name.endsWith(ending))
}

async function send(box: Box): Promise<void> {
  using sender = openOnLoopback('udp://127.0.0.1:0')
  const port = await box.port('syslog', 'udp')
  for (let number = 0; number < COUNT; number++) {
    const text = `<${number % 8}>1 - host-${number % 7} load - - [a@1 n="${number}"] message ${number} of many`
    sendDatagram(sender.fd, Buffer.from(text), { address: '127.0.0.1', port })
    if (number % 500 === 499)
      await box.until('syslog', 'it is stored', ({ counters }) => counters['stored'] === number + 1)
  }
}

/** The numbers that the messages of `send` carry, as `lanward logs` shows them. */
function shown(box: Box): number[] {
  const { status, stdout } = box.lanward('logs', '--app', 'load')
  expect(status).toBe(0)
  return [...stdout.matchAll(/ message (\d+) of many$/gm)].map(([, number]) => Number(number))
}

function sealing(box: Box): number | undefined {
  return descendants(box.supervisor.pid ?? 0).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('seal.cjs')
    } catch {
      return false
    }
  })
}

describe('segments of a whole box', () => {
  testWith(
    ['program lnav', 'program jq'],
    'become Parquet with kill -9 in the middle; nothing is lost or doubled, and other programs read them',
    async () => {
      await using box = await startBox({ config: CONFIG })
      await send(box)
      const all = Array.from({ length: COUNT }, (_, number) => number)
      const [hot = ''] = filesOf(box, '.ndjson')
      const file = join(segments(box), hot)
      const lines = readFileSync(file, 'utf8').split('\n').length - 1
      expect(spawnSync('jq', ['-n', '[inputs] | length', file], { encoding: 'utf8' }).stdout.trim()).toBe(String(lines))
      expect(askLnav(box, file)).toEqual([{ n: lines }])

      // A new life looks at once.
      for (let kill = 0; kill < 3; kill++) {
        // Looked for meanwhile: it may be through before a command has ended.
        const restarted = askSupervisor(join(box.folder, 'run/control.sock'), 'restart', { service: 'syslog' }, HANG_MS)
        const pid = await waitFor('the sealing process', () => sealing(box))
        process.kill(pid, 'SIGKILL')
        await restarted
        expect(shown(box)).toEqual(all)
      }
      await box.until('syslog', 'the death is told', ({ health }) => health === 'degraded')
      expect(box.lanward('restart', 'syslog').status).toBe(0)
      await waitFor('all but the newest are sealed', () => (filesOf(box, '.ndjson').length === 1 ? true : undefined))
      expect(shown(box)).toEqual(all)
      expect(filesOf(box, '.parquet').length).toBeGreaterThan(10)
      expect(filesOf(box, '.tmp')).toEqual([])
      expect((await box.service('syslog')).health).toBe('ok')

      const count = `SELECT count(*)::INT AS n, count(DISTINCT seq)::INT AS d FROM '${segments(box)}/*.parquet' WHERE app = 'load'`
      const asked = await (await DuckDBInstance.create()).connect().then((db) => db.runAndReadAll(count))
      const [[rows, distinct] = []] = asked.getRows()
      expect(rows).toBe(distinct)
      expect(Number(rows)).toBeGreaterThan(COUNT / 2)
    },
    180_000,
  )
})

/** Counts the messages of a file as lnav understands them, with the format that comes with us. */
function askLnav(box: Box, file: string): unknown {
  const formats = join(box.folder, 'lnav', 'formats', 'lanward')
  mkdirSync(formats, { recursive: true })
  copyFileSync(LNAV_FORMAT, join(formats, 'lanward.json'))
  const query = ';SELECT count(*) AS n FROM lanward_log WHERE log_time IS NOT NULL AND log_body IS NOT NULL'
  const asked = spawnSync('lnav', ['-I', join(box.folder, 'lnav'), '-n', '-c', query, '-c', ':write-json-to -', file], {
    ...{ encoding: 'utf8', input: '', env: { ...process.env, HOME: box.folder, TERM: 'dumb' } },
  })
  return JSON.parse(asked.stdout)
}
