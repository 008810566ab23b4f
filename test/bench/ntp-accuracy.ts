import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeLan } from '../support/network.ts'
import { median, printTable } from './figures.ts'
import { ask, startChronyd, startLanward } from './ntp-sides.ts'
import type { ServerProcess } from './server-process.ts'

const SERVER = '192.168.50.1'
const PORTS = { lanward: 1124, chronyd: 1123 } as const
const MEASURE_S = 25
/** 5,000 requests/s to each server. */
const BACKGROUND = { outstanding: 5, pauseUs: 1000 }

/** One measurement of a client. @unit seconds */
interface Sample {
  readonly offset: number
  readonly delay: number
}

/**
 * What a chronyd measures of our server and of a chronyd server at once, over a cable between two network namespaces. All clocks are
 * the same one: every offset is an error. Alone, then beside 5,000 requests/s to each; in basic mode, then interleaved.
 */
export async function measureAccuracy(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-bench-ntp-'))
  using lan = makeLan('192.168.50.2/24')
  const servers: ServerProcess[] = []
  try {
    const listen = [`udp://${SERVER}:${PORTS.lanward}`]
    servers.push(startLanward(folder, 'lanward', listen, { namespace: lan.server }))
    const lines = [`port ${PORTS.chronyd}`, 'local stratum 10', 'allow']
    servers.push(startChronyd(folder, 'chronyd', lines, lan.server))
    const rows: (string | number)[][] = []
    for (const mode of ['', ' xleave'])
      for (const busy of [false, true]) {
        const samples = await watch(folder, lan.client, mode, busy)
        const [ours, theirs] = [spread(samples.lanward), spread(samples.chronyd)]
        for (const [name, one] of [
          ['lanward', ours],
          ['chronyd', theirs],
        ] as const)
          rows.push([
            `${mode === '' ? 'basic' : 'interleaved'}, ${busy ? '5,000 requests/s' : 'idle'}`,
            name,
            one.count,
            (one.mean * 1e9).toFixed(0),
            (one.deviation * 1e9).toFixed(0),
            name === 'lanward' ? (ours.deviation / theirs.deviation).toFixed(2) : '',
            (one.delay * 1e6).toFixed(1),
          ])
      }
    const head = [
      'mode',
      'server',
      'measurements',
      'mean offset, ns',
      'standard deviation, ns',
      'of chronyd',
      'delay, µs',
    ]
    printTable(head, rows)
  } finally {
    for (const server of servers) await server.stop()
    rmSync(folder, { recursive: true })
  }
}

/** Has a client measure both servers for a while. */
async function watch(
  folder: string,
  namespace: string,
  mode: string,
  busy: boolean,
): Promise<Record<keyof typeof PORTS, readonly Sample[]>> {
  const logs = join(folder, `log${mode.trim()}${busy}`)
  mkdirSync(logs, { mode: 0o700 })
  const server = (port: number): string => `server ${SERVER} port ${port} minpoll -3 maxpoll -3${mode}`
  // One client for each: chronyd takes two servers at one address for the same.
  const clients = Object.entries(PORTS).map(([name, port]) =>
    startChronyd(logs, name, [server(port), 'port 0', `logdir ${join(logs, name)}`, 'log rawmeasurements'], namespace),
  )
  const loads = busy
    ? Object.values(PORTS).map((port) => ask({ ...BACKGROUND, port, seconds: MEASURE_S, address: SERVER, namespace }))
    : []
  await pause(MEASURE_S * 1000)
  await Promise.all(loads)
  for (const client of clients) await client.stop()
  return { lanward: readSamples(join(logs, 'lanward')), chronyd: readSamples(join(logs, 'chronyd')) }
}

/** chrony.conf(5), `log measurements`: offset and delay are fields 12 and 13; the first seconds are left out. */
function readSamples(logs: string): readonly Sample[] {
  const rows = readFileSync(join(logs, 'measurements.log'), 'utf8').split('\n')
  const fields = rows.map((row) => row.trim().split(/\s+/)).filter(([date]) => /^\d{4}-/.test(date ?? ''))
  return fields.slice(16).map((row) => ({ offset: Number(row[11]), delay: Number(row[12]) }))
}

/**
 * Mean and deviation of the offsets, without the measurements whose way took three times as long as usual: on a machine with other
 * work everybody is held up for milliseconds now and then, which shows in the delay, and clients leave such measurements out.
 */
function spread(samples: readonly Sample[]): { count: number; mean: number; deviation: number; delay: number } {
  const delay = median(samples.map((sample) => sample.delay))
  const offsets = samples.filter((sample) => sample.delay <= 3 * delay).map(({ offset }) => offset)
  const mean = offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length
  const square = offsets.reduce((sum, offset) => sum + (offset - mean) ** 2, 0)
  return { count: offsets.length, mean, deviation: Math.sqrt(square / (offsets.length - 1)), delay }
}
