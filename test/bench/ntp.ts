import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DgramAsPromised } from 'dgram-as-promised'
import { benchNts } from './ntp-nts.ts'
import { ServerProcess } from './server-process.ts'

/**
 * CPU time per request of our NTP daemon and of chronyd, side by side on loopback: a closed loop of 64 requests, rounds
 * taken in turn, the median of the rounds. Build first: our daemon runs as the bundle in dist/.
 *
 * Arguments: rounds (default 5), seconds per round (default 3).
 */
const [rounds = 5, seconds = 3] = process.argv.slice(2).map(Number)
const OUTSTANDING = 64
const CHRONYD = '/usr/sbin/chronyd'
const OURS = { title: 'lanward', port: 11124 }
const CHRONY = { title: 'chronyd', port: 11123 }

interface Round {
  readonly microseconds: number
  readonly perSecond: number
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-bench-ntp-'))
  const servers = new Map<string, ServerProcess>()
  try {
    servers.set(OURS.title, startLanward(folder))
    if (existsSync(CHRONYD)) servers.set(CHRONY.title, startChronyd(folder))
    else print(`${CHRONYD} is not installed: only our own figures`)
    const sides = [OURS, CHRONY].filter((side) => servers.has(side.title))
    for (const side of sides) await answering(side.port)
    const results = new Map<string, Round[]>(sides.map((side) => [side.title, []]))
    for (let round = 0; round < rounds; round++) {
      for (const side of sides) {
        const server = servers.get(side.title)
        if (server !== undefined) results.get(side.title)?.push(measure(server, side.port))
      }
    }
    report(results)
  } finally {
    for (const server of servers.values()) await server.stop()
    rmSync(folder, { recursive: true })
  }
}

function startLanward(folder: string): ServerProcess {
  const section = join(folder, 'section.json')
  const listen = [`udp://127.0.0.1:${OURS.port}`]
  writeFileSync(
    section,
    JSON.stringify({
      listen,
      clock: 'local',
      localStratum: 10,
      kernelStratum: 5,
      allow: ['127.0.0.0/8'],
      rateLimit: null,
      sources: [],
    }),
  )
  const bundle = new URL('../../dist/daemons/ntp/main.cjs', import.meta.url).pathname
  return new ServerProcess(OURS.title, process.execPath, [bundle], {
    LANWARD_SECTION: section,
    STATE_DIRECTORY: join(folder, 'state'),
  })
}

/** Never touches the clock (-x), knows no sources, writes only into `folder`. */
function startChronyd(folder: string): ServerProcess {
  const file = join(folder, 'chrony.conf')
  const lines = [
    `port ${CHRONY.port}`,
    'cmdport 0',
    'bindcmdaddress /',
    'bindaddress 127.0.0.1',
    'local stratum 10',
    'allow',
    `pidfile ${join(folder, 'chronyd.pid')}`,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return new ServerProcess(CHRONY.title, CHRONYD, ['-x', '-d', '-u', 'root', '-L', '2', '-f', file], {})
}

/** Waits until a server on loopback answers its first request. */
async function answering(port: number): Promise<void> {
  const socket = DgramAsPromised.createSocket('udp4')
  socket.setTimeout(200)
  const request = Buffer.alloc(48)
  request[0] = 0x23
  try {
    for (let tries = 0; tries < 50; tries++) {
      const answer = socket.recv().catch(() => undefined)
      await socket.send(request, 0, request.length, port, '127.0.0.1')
      if ((await answer) !== undefined) return
    }
    throw new Error(`nobody answers on port ${port}`)
  } finally {
    await socket.close()
  }
}

function measure(server: ServerProcess, port: number): Round {
  const load = new URL('ntp-load.ts', import.meta.url).pathname
  const before = server.cpuMicroseconds()
  const output = execFileSync(process.execPath, [load, String(port), String(seconds), String(OUTSTANDING)])
  const used = server.cpuMicroseconds() - before
  const { answers, seconds: took } = JSON.parse(output.toString()) as { answers: number; seconds: number }
  return { microseconds: used / answers, perSecond: answers / took }
}

function report(results: ReadonlyMap<string, readonly Round[]>): void {
  print(`${rounds} rounds of ${seconds} s, ${OUTSTANDING} requests outstanding, medians`)
  print('server     CPU per request   requests/s   all rounds (µs)')
  for (const [title, list] of results) {
    const cost = median(list.map((round) => round.microseconds))
    const rate = median(list.map((round) => round.perSecond))
    const all = list.map((round) => round.microseconds.toFixed(2)).join(' ')
    print(`${title.padEnd(10)} ${`${cost.toFixed(2)} µs`.padStart(15)}   ${rate.toFixed(0).padStart(10)}   ${all}`)
  }
  const ours = median((results.get(OURS.title) ?? []).map((round) => round.microseconds))
  const theirs = median((results.get(CHRONY.title) ?? []).map((round) => round.microseconds))
  if (theirs > 0) print(`ratio      ${(ours / theirs).toFixed(2)} of chronyd's CPU per request`)
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

await main()
await benchNts(rounds, seconds)
