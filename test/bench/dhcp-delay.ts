import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LEAN_ENVIRONMENT } from '../../daemons/runtime/lean-memory.ts'
import { ip, makeLan, runIn } from '../support/network.ts'
import { waitFor } from '../support/wait-for.ts'
import { printTable } from './figures.ts'
import { ServerProcess } from './server-process.ts'

/**
 * From DISCOVER to ACK of new clients on an attached network, each of whose addresses is asked about by ARP before it is
 * offered (perfdhcp is a relay agent, which has nobody asked). Needs root. Build first: our daemon runs as the bundle in dist/.
 *
 * Arguments: seconds (default 20), rates (default 100,500,1000,1500).
 */
const seconds = Number(process.argv[2] ?? 20)
const rates = (process.argv[3] ?? '100,500,1000,1500').split(',').map(Number)
/** In which a rush begins: the demand is not known yet. */
const BEGIN_MS = 1000
const CHECKOUT = new URL('../..', import.meta.url).pathname
const CONFIG = `[dhcp]\ninterfaces = ["lan0"]\n[[dhcp.subnet]]\nsubnet = "192.168.0.0/16"
pools = ["192.168.64.0-192.168.255.254"]\nlease_time = "1h"\n`

type Exchange = readonly [beganMs: number, tookMs: number | null]

async function main(): Promise<void> {
  const rows: (string | number)[][] = []
  for (const rate of rates) {
    const exchanges = await measure(rate)
    const begin = exchanges.filter(([beganMs]) => beganMs < BEGIN_MS)
    const rest = exchanges.filter(([beganMs]) => beganMs >= BEGIN_MS)
    for (const [title, those] of [
      ['first second', begin],
      ['after it', rest],
    ] as const) {
      const took = those.flatMap(([, tookMs]) => tookMs ?? []).sort((one, other) => one - other)
      const part = (share: number): string => (took[Math.floor(took.length * share)] ?? Number.NaN).toFixed(1)
      rows.push([
        rate,
        title,
        those.length,
        those.length - took.length,
        part(0.5),
        part(0.99),
        (took.at(-1) ?? 0).toFixed(1),
      ])
    }
  }
  printTable(['new clients/s', 'when', 'clients', 'without an ACK', 'p50 ms', 'p99 ms', 'longest ms'], rows)
}

async function measure(rate: number): Promise<readonly Exchange[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-bench-dhcp-'))
  using lan = makeLan('192.168.50.2/16')
  ip('-n', lan.client, 'route', 'add', '255.255.255.255', 'dev', 'eth0')
  writeFileSync(join(folder, 'lanward.toml'), CONFIG)
  const section = join(folder, 'section.json')
  const launcher = join(CHECKOUT, 'supervisor/lanward.js')
  const config = join(folder, 'lanward.toml')
  execFileSync(process.execPath, [launcher, 'section', 'dhcp', '--config', config, '--output', section])
  const daemon = [process.execPath, join(CHECKOUT, 'dist/daemons/dhcp/main.cjs')]
  const server = new ServerProcess('lanward', 'ip', ['netns', 'exec', lan.server, ...daemon], {
    ...LEAN_ENVIRONMENT,
    LANWARD_SECTION: section,
    STATE_DIRECTORY: join(folder, 'state'),
  })
  try {
    await waitFor('port 67', () => runIn(lan.server, ['cat', '/proc/net/udp']).includes(':0043 ') || undefined)
    const program = join(import.meta.dirname, 'dhcp-delay-clients.ts')
    const command = [process.execPath, program, 'eth0', String(rate), String(seconds)]
    return JSON.parse(
      execFileSync('ip', ['netns', 'exec', lan.client, ...command], { encoding: 'utf8', maxBuffer: 64 << 20 }),
    )
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true })
  }
}

await main()
