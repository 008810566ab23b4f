import { execFileSync } from 'node:child_process'
import {
  createReadStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { median, printTable } from './figures.ts'
import { ServerProcess } from './server-process.ts'

/**
 * 200-byte syslog messages over UDP at several rates: how many are stored, and the CPU time of the receiver for each,
 * ours and rsyslogd's in turn. Both write one structured JSON line per message to one file and fsync it once a second
 * (ours) or never (rsyslogd). Build first: our daemon runs as the bundle in dist/.
 *
 * Arguments: rounds (default 3), seconds per round (default 2), rates (default 50000,100000,150000).
 */
const [rounds = 3, seconds = 2] = process.argv.slice(2, 4).map(Number)
const rates = (process.argv[4] ?? '50000,100000,150000').split(',').map(Number)
const RSYSLOGD = '/usr/sbin/rsyslogd'
const PATIENCE_MS = 10_000

interface Side {
  readonly title: string
  readonly port: number
  start(folder: string): ServerProcess
  /** Files that messages end in. */
  outputs(folder: string): string[]
}

const LANWARD: Side = {
  title: 'lanward',
  port: 11514,
  start: (folder) => {
    const section = join(folder, 'section.json')
    writeFileSync(
      section,
      JSON.stringify({
        listen: [`udp://127.0.0.1:${LANWARD.port}`],
        maxMessageBytes: 65536,
        segment: { sizeBytes: 64 << 20, ageMs: 3_600_000 },
        retention: { ageMs: 86_400_000, sizeBytes: 10 * 2 ** 30 },
        sync: 1000,
        tls: null,
        forward: [],
        senders: [],
      }),
    )
    const bundle = new URL('../../dist/daemons/syslog/main.cjs', import.meta.url).pathname
    const environment = { LANWARD_SECTION: section, STATE_DIRECTORY: join(folder, 'state') }
    return new ServerProcess(LANWARD.title, process.execPath, [bundle], environment)
  },
  outputs: (folder) => listFiles(join(folder, 'state', 'segments')),
}

const RSYSLOG: Side = {
  title: 'rsyslogd',
  port: 11515,
  start: (folder) => {
    const configuration = join(folder, 'rsyslog.conf')
    const property = (name: string, key: string): string => `property(name="${name}" outname="${key}" format="jsonf")`
    const comma = 'constant(value=",")'
    const fields = [
      ['timegenerated', 'rt'],
      ['fromhost-ip', 'src'],
      ['syslogfacility-text', 'facility'],
      ['syslogseverity-text', 'severity'],
      ['hostname', 'host'],
      ['programname', 'app'],
      ['procid', 'procid'],
      ['timereported', 'ts'],
      ['msg', 'msg'],
    ].map(([name = '', key = '']) => property(name, key))
    writeFileSync(
      configuration,
      `global(workDirectory="${folder}")
module(load="imudp" batchSize="128")
template(name="line" type="list") { constant(value="{") ${fields.join(` ${comma} `)} constant(value="}\\n") }
input(type="imudp" address="127.0.0.1" port="${RSYSLOG.port}" rcvbufSize="4m" ruleset="all")
ruleset(name="all") { action(type="omfile" file="${join(folder, 'all.ndjson')}" template="line") }
`,
    )
    const pid = join(folder, 'rsyslog.pid')
    return new ServerProcess(RSYSLOG.title, RSYSLOGD, ['-n', '-f', configuration, '-i', pid], {})
  },
  outputs: (folder) => [join(folder, 'all.ndjson')].filter(existsSync),
}

interface Round {
  readonly sent: number
  readonly stored: number
  readonly perSecond: number
  readonly microseconds: number
}

async function main(): Promise<void> {
  const sides = existsSync(RSYSLOGD) ? [LANWARD, RSYSLOG] : [LANWARD]
  if (sides.length === 1) process.stdout.write(`${RSYSLOGD} is not installed: only our own figures\n`)
  const rows: (string | number)[][] = []
  for (const rate of rates) {
    const results = new Map<string, Round[]>(sides.map((side) => [side.title, []]))
    for (let round = 0; round < rounds; round++)
      for (const side of sides) results.get(side.title)?.push(await measure(side, rate))
    for (const [title, measured] of results) {
      const lost = measured.map((each) => each.sent - each.stored)
      rows.push([
        rate,
        title,
        Math.round(median(measured.map((each) => each.perSecond))),
        median(measured.map((each) => each.stored)),
        `${median(lost)} (${lost.join(', ')})`,
        median(measured.map((each) => each.microseconds)).toFixed(2),
        ratio(results, title),
      ])
    }
  }
  printTable(
    ['asked/s', 'receiver', 'sent/s', 'stored', 'lost: median (rounds)', 'µs CPU/message', 'of rsyslogd'],
    rows,
  )
}

function ratio(results: ReadonlyMap<string, readonly Round[]>, title: string): string {
  const own = median((results.get(title) ?? []).map((each) => each.microseconds))
  const theirs = median((results.get(RSYSLOG.title) ?? []).map((each) => each.microseconds))
  return Number.isNaN(theirs) ? '-' : (own / theirs).toFixed(2)
}

/** A fresh receiver and an empty folder each time, so that no round inherits anything. */
async function measure(side: Side, rate: number): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-bench-syslog-'))
  const server = side.start(folder)
  try {
    await listening(side.port)
    const before = server.cpuMicroseconds()
    const flood = new URL('syslog-flood.ts', import.meta.url).pathname
    const text = execFileSync('tsx', [flood, String(side.port), String(rate), String(seconds)], { encoding: 'utf8' })
    const { sent, seconds: took }: { sent: number; seconds: number } = JSON.parse(text)
    await settled(() => side.outputs(folder).reduce((sum, path) => sum + statSync(path).size, 0))
    const cpu = server.cpuMicroseconds() - before
    await server.stop()
    const stored = await countLines(side.outputs(folder))
    return { sent, stored, perSecond: sent / took, microseconds: cpu / Math.max(stored, 1) }
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true })
  }
}

/** Waits until the port is bound, as /proc/net/udp tells. */
async function listening(port: number): Promise<void> {
  const mark = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const deadline = performance.now() + PATIENCE_MS
  while (!readFileSync('/proc/net/udp', 'latin1').includes(mark)) {
    if (performance.now() > deadline) throw new Error(`nobody listens on port ${port}`)
    await pause(20)
  }
  await pause(300)
}

async function settled(bytes: () => number): Promise<void> {
  for (let last = -1, now = bytes(); now !== last; now = bytes()) {
    last = now
    await pause(500)
  }
}

async function countLines(paths: readonly string[]): Promise<number> {
  let lines = 0
  for (const path of paths)
    for await (const chunk of createReadStream(path))
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1
  return lines
}

function listFiles(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

await main()
