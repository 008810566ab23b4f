import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lease } from '../../daemons/dhcp/leases/lease.ts'
import { SqliteLeaseStore } from '../../daemons/dhcp/leases/sqlite-lease-store.ts'
import { LEAN_ENVIRONMENT } from '../../daemons/runtime/lean-memory.ts'
import { parseIpv4 } from '../../daemons/wire/address.ts'
import { searchPath } from '../support/needs.ts'
import { makeLan } from '../support/network.ts'
import { waitFor } from '../support/wait-for.ts'
import { memory, printTable } from './figures.ts'
import { ServerProcess } from './server-process.ts'

/**
 * What leases that are there already cost: the time until the daemon serves, its memory, and the CPU time of an exchange of a new
 * client (perfdhcp) beside them. Needs root and Debian's kea-admin. Build first: our daemon runs as the bundle in dist/.
 *
 * Arguments: numbers of leases (default 1000,100000,1000000), exchanges a second (default 2000), seconds (default 4).
 */
const counts = (process.argv[2] ?? '1000,100000,1000000').split(',').map(Number)
const [rate = 2000, seconds = 4] = process.argv.slice(3, 5).map(Number)
const SERVER = '192.168.50.1'
const FIRST = '192.1.0.0'
const CHECKOUT = new URL('../..', import.meta.url).pathname
const CONFIG = `[dhcp]\nlisten = ["udp://${SERVER}:67"]\n[[dhcp.subnet]]\nsubnet = "192.0.0.0/8"
pools = ["${FIRST}-192.60.255.255"]\nlease_time = "1h"\n`
/** Leases in one commit while the store is filled. */
const PORTION = 50_000

async function main(): Promise<void> {
  using lan = makeLan('192.168.50.2/16')
  const rows: (string | number)[][] = []
  for (const count of counts) {
    const folder = mkdtempSync(join(tmpdir(), 'lanward-bench-dhcp-'))
    const config = join(folder, 'lanward.toml')
    const section = join(folder, 'section.json')
    writeFileSync(config, CONFIG)
    const launcher = join(CHECKOUT, 'supervisor/lanward.js')
    execFileSync(process.execPath, [launcher, 'section', 'dhcp', '--config', config, '--output', section])
    mkdirSync(join(folder, 'state'))
    fill(join(folder, 'state/leases.sqlite'), count)
    const startedMs = performance.now()
    const program = [process.execPath, join(CHECKOUT, 'dist/daemons/dhcp/main.cjs')]
    const server = new ServerProcess('lanward', 'ip', ['netns', 'exec', lan.server, ...program], {
      ...LEAN_ENVIRONMENT,
      LANWARD_SECTION: section,
      STATE_DIRECTORY: join(folder, 'state'),
    })
    try {
      const ask = ['perfdhcp', '-4', '-g', 'single', '-l', 'eth0', '-n', '1', '-r', '20', '-W', '20000', SERVER]
      await waitFor('the first lease', () => spawnIn(lan.client, ask).includes('received packets: 1') || undefined)
      const servedMs = performance.now() - startedMs
      const { rss } = memory(server.pid)
      const before = server.cpuMicroseconds()
      const load = [
        'perfdhcp',
        '-4',
        '-g',
        'single',
        '-l',
        'eth0',
        '-r',
        rate,
        '-p',
        seconds,
        '-R',
        1_000_000,
        '-W',
        300_000,
        SERVER,
      ]
      const text = spawnIn(lan.client, load.map(String))
      const completed = [...text.matchAll(/^received packets: (\d+)/gm)].map(([, number]) => Number(number)).at(-1) ?? 0
      const perExchange = (server.cpuMicroseconds() - before) / completed
      const grown = memory(server.pid).rss
      const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0)
      rows.push([
        count,
        (servedMs / 1000).toFixed(2),
        mib(rss),
        mib(grown),
        perExchange.toFixed(1),
        completed / seconds,
      ])
    } finally {
      await server.stop()
      rmSync(folder, { recursive: true })
    }
  }
  printTable(
    ['leases', 'first ACK after s', 'RSS MiB', 'RSS under load MiB', 'µs CPU per exchange', 'exchanges/s'],
    rows,
  )
}

function fill(path: string, count: number): void {
  const nowMs = Date.now()
  const store = new SqliteLeaseStore(path, nowMs)
  const first = parseIpv4(FIRST) ?? 0
  for (let from = 0; from < count; from += PORTION)
    store.commit(
      Array.from({ length: Math.min(PORTION, count - from) }, (_, at): Lease => {
        const digits = (from + at).toString(16).padStart(8, '0').match(/../g) ?? []
        const mac = `52:54:${digits.join(':')}`
        return {
          ...{ address: first + from + at, client: `h1:${mac}`, mac, clientId: null, hostname: `host-${from + at}` },
          ...{ state: 'bound', startsMs: nowMs, endsMs: nowMs + 3600_000, relay: 0, circuitId: null, remoteId: null },
          reserved: false,
        }
      }),
    )
  store.close()
}

function spawnIn(namespace: string, command: readonly string[]): string {
  return spawnSync('ip', ['netns', 'exec', namespace, ...command], { encoding: 'utf8', env: searchPath() }).stdout
}

await main()
