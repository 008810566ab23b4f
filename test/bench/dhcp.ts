import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LEAN_ENVIRONMENT } from '../../daemons/runtime/lean-memory.ts'
import { searchPath } from '../support/needs.ts'
import { type Lan, makeLan, runIn } from '../support/network.ts'
import { waitFor } from '../support/wait-for.ts'
import { median, printTable } from './figures.ts'
import { ServerProcess } from './server-process.ts'

/**
 * Whole exchanges (DISCOVER, OFFER, REQUEST, ACK) of new clients by perfdhcp over a cable between two namespaces, at
 * rising rates: how many are completed, and the CPU time of the server for each, ours and kea-dhcp4's in turn. Ours has every
 * lease on disk (SQLite, fsync) before its ACK; Kea writes its memfile without. Needs root and Debian's kea-admin and
 * kea-dhcp4-server. Build first: our daemon runs as the bundle in dist/.
 *
 * Arguments: rounds (default 3), seconds per round (default 3), rates (default 1000,2000,4000,6000,8000,10000,12000), seconds of
 * the same load before each round that are not measured (default 0: the compiling of our code counts).
 */
const [rounds = 3, seconds = 3] = process.argv.slice(2, 4).map(Number)
const rates = (process.argv[4] ?? '1000,2000,4000,6000,8000,10000,12000').split(',').map(Number)
const warmUpSeconds = Number(process.argv[5] ?? 0)
const SUBNET = '192.168.0.0/16'
const SERVER = '192.168.50.1'
const POOL = ['192.168.64.0', '192.168.255.254'] as const
const CLIENTS = 45_000
const LEASE_S = 3600
/** Beyond this a server no longer keeps up. */
const DROPPED = 0.01
/** How long answers are waited for at the end, in microseconds. */
const LAST_ANSWERS_US = 500_000
/** What Node compiled at the start before, as the supervisor keeps it for its daemons. */
const compiled = mkdtempSync(join(tmpdir(), 'lanward-bench-code-'))
const CHECKOUT = new URL('../..', import.meta.url).pathname
const KEA = '/usr/sbin/kea-dhcp4'

interface Side {
  readonly title: string
  start(namespace: string, folder: string): ServerProcess
}

const LANWARD: Side = {
  title: 'lanward',
  start: (namespace, folder) => {
    const config = join(folder, 'lanward.toml')
    const section = join(folder, 'section.json')
    writeFileSync(
      config,
      `[dhcp]\nlisten = ["udp://${SERVER}:67"]\n[[dhcp.subnet]]\nsubnet = "${SUBNET}"
pools = ["${POOL.join('-')}"]\nlease_time = "${LEASE_S}s"\n`,
    )
    const launcher = join(CHECKOUT, 'supervisor/lanward.js')
    execFileSync(process.execPath, [launcher, 'section', 'dhcp', '--config', config, '--output', section])
    return serverIn(namespace, 'lanward', [process.execPath, join(CHECKOUT, 'dist/daemons/dhcp/main.cjs')], {
      ...LEAN_ENVIRONMENT,
      NODE_COMPILE_CACHE: compiled,
      LANWARD_SECTION: section,
      STATE_DIRECTORY: join(folder, 'state'),
    })
  },
}

const KEA_DHCP4: Side = {
  title: 'kea-dhcp4',
  start: (namespace, folder) => {
    const config = join(folder, 'kea.json')
    const dhcp4 = {
      'interfaces-config': { interfaces: ['lan0'], 'dhcp-socket-type': 'udp' },
      'lease-database': { type: 'memfile', persist: true, name: join(folder, 'leases.csv'), 'lfc-interval': 0 },
      'valid-lifetime': LEASE_S,
      subnet4: [{ subnet: SUBNET, pools: [{ pool: POOL.join(' - ') }] }],
      loggers: [{ name: 'kea-dhcp4', severity: 'ERROR', output_options: [{ output: 'stderr' }] }],
    }
    writeFileSync(config, JSON.stringify({ Dhcp4: dhcp4 }))
    return serverIn(namespace, 'kea-dhcp4', [KEA, '-c', config], {
      KEA_LOCKFILE_DIR: 'none',
      KEA_PIDFILE_DIR: folder,
    })
  },
}

interface Round {
  readonly perSecond: number
  readonly dropped: number
  readonly microseconds: number
}

async function main(): Promise<void> {
  if (spawnSync('perfdhcp', ['-v'], { env: searchPath() }).error !== undefined)
    throw new Error('perfdhcp is not installed: apt-get install kea-admin')
  const kea = spawnSync(KEA, ['-v']).error === undefined
  if (!kea) process.stdout.write(`${KEA} is not installed: only our own figures\n`)
  using lan = makeLan('192.168.50.2/16')
  let sides = kea ? [LANWARD, KEA_DHCP4] : [LANWARD]
  const rows: (string | number)[][] = []
  for (const rate of rates) {
    const results = new Map<Side, Round[]>(sides.map((side) => [side, []]))
    for (let round = 0; round < rounds; round++)
      for (const side of sides) results.get(side)?.push(await measure(side, lan, rate))
    const middle = (side: Side, key: keyof Round): number => median((results.get(side) ?? []).map((one) => one[key]))
    for (const side of sides)
      rows.push([
        rate.toLocaleString('en-US'),
        side.title,
        Math.round(middle(side, 'perSecond')).toLocaleString('en-US'),
        `${(middle(side, 'dropped') * 100).toFixed(2)} %`,
        `${middle(side, 'microseconds').toFixed(1)} µs`,
        side === LANWARD && sides.includes(KEA_DHCP4)
          ? (middle(LANWARD, 'microseconds') / middle(KEA_DHCP4, 'microseconds')).toFixed(2)
          : '',
      ])
    // One that cannot keep up any more is not asked for more.
    sides = sides.filter((side) => middle(side, 'dropped') < DROPPED)
  }
  printTable(['asked/s', 'server', 'completed/s', 'dropped, median', 'CPU per exchange', 'of kea-dhcp4'], rows)
}

/** A fresh server and an empty folder each time, so that no round inherits leases. */
async function measure(side: Side, lan: Lan, rate: number): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-bench-dhcp-'))
  const server = side.start(lan.server, folder)
  try {
    await waitFor(`${side.title} on port 67`, () =>
      runIn(lan.server, ['cat', '/proc/net/udp']).includes(':0043 ') ? true : undefined,
    )
    if (warmUpSeconds > 0) ask(lan.client, rate, warmUpSeconds)
    const before = server.cpuMicroseconds()
    const text = ask(lan.client, rate, seconds)
    const cpu = server.cpuMicroseconds() - before
    const dropped = [...text.matchAll(/^drops ratio: ([0-9.e-]+) %/gm)].map(([, percent]) => Number(percent) / 100)
    const completed = [...text.matchAll(/^received packets: (\d+)/gm)].map(([, count]) => Number(count)).at(-1) ?? 0
    if (dropped.length !== 2 || completed === 0) throw new Error(`perfdhcp says: ${text}`)
    return { perSecond: completed / seconds, dropped: Math.max(...dropped), microseconds: cpu / completed }
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true })
  }
}

/** Runs perfdhcp to its end; it exits with 3 when answers are missing, which is what we want to count. */
function ask(namespace: string, rate: number, duration: number): string {
  // With one thread it leaves the other of two cores to the server.
  const options = [
    '-4',
    '-g',
    'single',
    '-l',
    'eth0',
    '-r',
    rate,
    '-p',
    duration,
    '-R',
    CLIENTS,
    '-W',
    LAST_ANSWERS_US,
    SERVER,
  ].map(String)
  const ran = spawnSync('ip', ['netns', 'exec', namespace, 'perfdhcp', ...options], {
    encoding: 'utf8',
    env: searchPath(),
  })
  if (ran.status !== 0 && ran.status !== 3) throw new Error(`perfdhcp ended with ${ran.status}: ${ran.stderr}`)
  return ran.stdout
}

function serverIn(
  namespace: string,
  title: string,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): ServerProcess {
  return new ServerProcess(title, 'ip', ['netns', 'exec', namespace, ...command], environment)
}

try {
  await main()
} finally {
  rmSync(compiled, { recursive: true })
}
