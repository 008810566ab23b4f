import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Certificates } from '../support/certificates.ts'
import { waitFor } from '../support/wait-for.ts'
import { median } from './figures.ts'
import { ServerProcess } from './server-process.ts'

const OUTSTANDING = 64
const CHRONYD = '/usr/sbin/chronyd'
const OURS = { title: 'lanward', port: 11126, keyPort: 11446 }
const CHRONY = { title: 'chronyd', port: 11125, keyPort: 11445 }

interface Side {
  readonly title: string
  readonly port: number
  readonly keyPort: number
}

interface Round {
  readonly microseconds: number
  readonly perSecond: number
}

/**
 * CPU time per request that is protected by network time security, ours and chronyd's, side by side on loopback: a closed
 * loop, rounds taken in turn. What chronyd's helper spends on giving out keys is not counted.
 */
export async function benchNts(rounds: number, seconds: number): Promise<void> {
  using certificates = new Certificates()
  certificates.issue('time')
  const folder = mkdtempSync(join(tmpdir(), 'lanward-bench-nts-'))
  const servers = new Map<Side, ServerProcess>()
  try {
    servers.set(OURS, startLanward(folder, certificates))
    if (existsSync(CHRONYD)) servers.set(CHRONY, startChronyd(folder, certificates))
    for (const { keyPort, title } of servers.keys()) await waitFor(`${title} to give out keys`, () => connects(keyPort))
    const results = new Map<Side, Round[]>([...servers.keys()].map((side) => [side, []]))
    for (let round = 0; round < rounds; round++)
      for (const [side, server] of servers)
        results.get(side)?.push(measure(server, side, certificates.path('ca.pem'), seconds))
    report(results, rounds, seconds)
  } finally {
    for (const server of servers.values()) await server.stop()
    rmSync(folder, { recursive: true })
  }
}

function startLanward(folder: string, certificates: Certificates): ServerProcess {
  const file = join(folder, 'lanward.toml')
  const section = join(folder, 'section.json')
  const nts = `listen = ["tls://127.0.0.1:${OURS.keyPort}"]\ncert = "${certificates.path('time.pem')}"\nkey = "${certificates.path('time.key')}"`
  writeFileSync(file, `[ntp]\nlisten = ["udp://127.0.0.1:${OURS.port}"]\n[ntp.nts]\n${nts}\n`)
  const root = new URL('../..', import.meta.url).pathname
  const command = [join(root, 'supervisor/lanward.js'), '--config', file, 'section', 'ntp']
  writeFileSync(section, execFileSync(process.execPath, command))
  return new ServerProcess(OURS.title, process.execPath, [join(root, 'dist/daemons/ntp/main.cjs')], {
    LANWARD_SECTION: section,
    STATE_DIRECTORY: join(folder, 'state'),
  })
}

/** Never touches the clock (-x), knows no sources, writes only into `folder`. */
function startChronyd(folder: string, certificates: Certificates): ServerProcess {
  const file = join(folder, 'chrony.conf')
  const lines = [
    `port ${CHRONY.port}`,
    `ntsport ${CHRONY.keyPort}`,
    `ntsservercert ${certificates.path('time.pem')}`,
    `ntsserverkey ${certificates.path('time.key')}`,
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

/** Whether somebody accepts connections there. */
function connects(port: number): Promise<true | undefined> {
  const { promise, resolve } = Promise.withResolvers<true | undefined>()
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', () => resolve(true)).once('error', () => resolve(undefined))
  void promise.then(() => socket.destroy())
  return promise
}

function measure(server: ServerProcess, { port, keyPort }: Side, ca: string, seconds: number): Round {
  const load = new URL('nts-load.ts', import.meta.url).pathname
  const before = server.cpuMicroseconds()
  const words = [load, String(port), String(keyPort), ca, String(seconds), String(OUTSTANDING)]
  const output = execFileSync(process.execPath, words)
  const used = server.cpuMicroseconds() - before
  const { answers, seconds: took } = JSON.parse(output.toString()) as { answers: number; seconds: number }
  return { microseconds: used / answers, perSecond: answers / took }
}

function report(results: ReadonlyMap<Side, readonly Round[]>, rounds: number, seconds: number): void {
  print(`network time security: ${rounds} rounds of ${seconds} s, ${OUTSTANDING} requests outstanding, medians`)
  print('server     CPU per request   requests/s   all rounds (µs)')
  for (const [{ title }, list] of results) {
    const cost = median(list.map((round) => round.microseconds))
    const rate = median(list.map((round) => round.perSecond))
    const all = list.map((round) => round.microseconds.toFixed(2)).join(' ')
    print(`${title.padEnd(10)} ${`${cost.toFixed(2)} µs`.padStart(15)}   ${rate.toFixed(0).padStart(10)}   ${all}`)
  }
  const [ours = 0, theirs = 0] = [OURS, CHRONY].map((side) =>
    median((results.get(side) ?? []).map((round) => round.microseconds)),
  )
  if (theirs > 0) print(`ratio      ${(ours / theirs).toFixed(2)} of chronyd's CPU per request`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
