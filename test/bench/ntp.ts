import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeFd } from '../../daemons/linux/open-socket.ts'
import { median, memory, printTable } from './figures.ts'
import { measureAccuracy } from './ntp-accuracy.ts'
import { benchNts } from './ntp-nts.ts'
import { type Answers, answering, ask, CHRONYD, flood, holdSockets, startChronyd, startLanward } from './ntp-sides.ts'
import type { ServerProcess } from './server-process.ts'

/**
 * CPU time per request and rate of our NTP daemon and of chronyd, side by side on loopback: a closed loop of 64 requests, rounds
 * taken in turn, medians; then with 100,000 clients, then flooded, also with two instances; then with network time security; then what a chronyd client measures of both
 * (as root). Build first: our daemon runs as the bundle in dist/.
 *
 * Arguments: rounds (default 5), seconds per round (default 3).
 */
const [rounds = 5, seconds = 3] = process.argv.slice(2).map(Number)
const OUTSTANDING = 64
const CROWD = 100_000
const OURS = 11_124
const CHRONY = 11_123
const OURS_FOR_ALL = 11_126
const CHRONY_FOR_ALL = 11_127
const TWO = 11_128

interface Round {
  readonly microseconds: number
  readonly perSecond: number
  /** Processors kept busy by the server. */
  readonly cores: number
}

interface Side {
  readonly title: string
  readonly server: ServerProcess
  readonly load: () => Promise<Answers>
}

const load = { seconds, outstanding: OUTSTANDING }
const folder = mkdtempSync(join(tmpdir(), 'lanward-bench-ntp-'))
const held = holdSockets(TWO, 2)
const servers: ServerProcess[] = []
try {
  const listen = [`udp://127.0.0.1:${OURS}`]
  const forAll = [`udp://0.0.0.0:${OURS_FOR_ALL}`]
  const ours = started(startLanward(folder, 'lanward', listen))
  const oursForAll = started(startLanward(folder, 'lanward-all', forAll))
  const two = started(startLanward(folder, 'lanward-two', [`udp://127.0.0.1:${TWO}`], { held }))
  const sides: Side[] = [
    { title: 'lanward', server: ours, load: () => ask({ ...load, port: OURS }) },
    {
      title: 'lanward, one client, all addresses',
      server: oursForAll,
      load: () => ask({ ...load, port: OURS_FOR_ALL }),
    },
    {
      title: `lanward, ${CROWD} clients`,
      server: oursForAll,
      load: () => ask({ ...load, port: OURS_FOR_ALL, clients: CROWD }),
    },
    { title: 'lanward, flooded', server: ours, load: () => flood(OURS, seconds) },
    { title: 'lanward, two instances, flooded', server: two, load: () => flood(TWO, seconds) },
  ]
  await answering(OURS)
  if (existsSync(CHRONYD)) {
    const chrony = (name: string, port: number, ...lines: string[]): ServerProcess =>
      started(startChronyd(folder, name, [`port ${port}`, 'local stratum 10', 'allow', ...lines]))
    const one = chrony('chronyd', CHRONY, 'bindaddress 127.0.0.1')
    const all = chrony('chronyd-all', CHRONY_FOR_ALL, 'clientloglimit 67108864')
    sides.splice(1, 0, { title: 'chronyd', server: one, load: () => ask({ ...load, port: CHRONY }) })
    const crowd = { ...load, port: CHRONY_FOR_ALL, clients: CROWD }
    sides.splice(4, 0, { title: `chronyd, ${CROWD} clients`, server: all, load: () => ask(crowd) })
    sides.push({ title: 'chronyd, flooded', server: one, load: () => flood(CHRONY, seconds) })
    await answering(CHRONY)
  } else process.stdout.write(`${CHRONYD} is not installed: only our own figures\n`)

  const results = new Map<string, Round[]>(sides.map(({ title }) => [title, []]))
  for (let round = 0; round < rounds; round++)
    for (const side of sides) results.get(side.title)?.push(await measure(side))
  report(sides, results)
} finally {
  for (const server of servers) await server.stop()
  for (const { fd } of held) closeFd(fd)
  rmSync(folder, { recursive: true })
}
await benchNts(rounds, seconds)
if (process.getuid?.() === 0 && existsSync(CHRONYD)) await measureAccuracy()
else process.stdout.write('what clients measure: needs root and chronyd\n')

function started(server: ServerProcess): ServerProcess {
  servers.push(server)
  return server
}

async function measure({ server, load }: Side): Promise<Round> {
  const before = server.cpuMicroseconds()
  const { answers, seconds } = await load()
  const used = server.cpuMicroseconds() - before
  return { microseconds: used / answers, perSecond: answers / seconds, cores: used / 1e6 / seconds }
}

function report(sides: readonly Side[], results: ReadonlyMap<string, readonly Round[]>): void {
  const of = (title: string, key: keyof Round): number => median((results.get(title) ?? []).map((round) => round[key]))
  process.stdout.write(`${rounds} rounds of ${seconds} s, ${OUTSTANDING} requests outstanding, medians\n`)
  printTable(
    ['server', 'CPU per request, µs', 'rounds', 'requests/s', 'cores', 'memory (PSS), MiB'],
    sides.map(({ title, server }) => [
      title,
      of(title, 'microseconds').toFixed(2),
      (results.get(title) ?? []).map((round) => round.microseconds.toFixed(2)).join(' '),
      of(title, 'perSecond').toFixed(0),
      of(title, 'cores').toFixed(2),
      (memory(server.pid).pss / 2 ** 20).toFixed(1),
    ]),
  )
  if (!results.has('chronyd')) return
  const ratio = (key: keyof Round): string => (of('lanward', key) / of('chronyd', key)).toFixed(2)
  process.stdout.write(`of chronyd's: CPU per request ${ratio('microseconds')}, rate ${ratio('perSecond')}\n`)
}
