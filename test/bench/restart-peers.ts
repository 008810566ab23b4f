import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { searchPath } from '../support/needs.ts'
import { median } from './figures.ts'
import { exchange } from './first-answer.ts'
import { gapRow, killRounds, type Victim } from './kill-rounds.ts'

/**
 * The same small program for everybody: tells who it is and since when. Takes a held socket if it is given one, and says
 * that it is ready where somebody listens to that.
 */
const ECHO = `const socket = require('node:dgram').createSocket('udp4')
socket.on('message', (_, from) => {
  socket.send(JSON.stringify({ pid: process.pid, upMs: performance.now() }), from.port, from.address)
})
if (process.env.NOTIFY_FD) socket.on('listening', () => require('node:fs').writeSync(Number(process.env.NOTIFY_FD), '\\n'))
if (process.env.LISTEN_FDS) socket.bind({ fd: 3 })
else socket.bind(Number(process.argv[2]), '127.0.0.1')
`

/** A program that has run this long is restarted at once by all of them: s6, runit and supervisord count a shorter run as a failed start. */
const GOOD_RUN_MS = 1_300
const NPM_MS = 120_000

/** Keeps the echo running on a port. */
interface Peer {
  readonly title: string
  /** Installs or finds what it needs; false when it cannot be had here. */
  available(folder: string): boolean
  start(folder: string, port: number, command: readonly string[]): Promise<AsyncDisposable>
}

/**
 * Kills the same small Node program (a UDP echo) under each supervisor in turn.
 *
 * @returns the rows of a table, the shortest median first, with its ratio to ours; and the peers that are not here
 */
export async function comparePeers(
  rounds: number,
): Promise<{ readonly rows: readonly (readonly (string | number)[])[]; readonly skipped: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-bench-peers-'))
  const program = join(folder, 'echo.cjs')
  writeFileSync(program, ECHO)
  const running: AsyncDisposable[] = []
  try {
    const skipped: string[] = []
    const gaps = new Map<Victim, number[]>()
    for (const [index, peer] of PEERS.entries()) {
      const home = join(folder, String(index))
      mkdirSync(home)
      if (!peer.available(home)) {
        skipped.push(peer.title)
        continue
      }
      const port = freePort()
      running.push(await peer.start(home, port, [process.execPath, program, String(port)]))
      gaps.set(victimOf(peer.title, port), [])
    }
    for (let round = 0; round < rounds; round++)
      for (const [victim, own] of gaps) own.push(...(await killRounds(victim, 1)))
    const ours = median([...gaps].find(([{ title }]) => title === OURS)?.[1] ?? [])
    const rows = [...gaps]
      .sort(([, left], [, right]) => median(left) - median(right))
      .map(([{ title }, own]) => [...gapRow(title, own), (median(own) / ours).toFixed(2)])
    return { rows, skipped }
  } finally {
    for (const one of running) await one[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
}

function victimOf(title: string, port: number): Victim {
  const ask = async (): Promise<{ pid: number; upMs: number }> =>
    JSON.parse(String(await exchange(port, Buffer.from('?'))))
  return {
    title,
    ask: async () => void (await ask()),
    settle: async () => {
      const { pid, upMs } = await ask()
      await pause(Math.max(0, GOOD_RUN_MS - upMs))
      return pid
    },
  }
}

const OURS = 'lanward, holding its socket'

/** Each death counts as the first after a good run. */
const RESTART = 'restart = { limit = { restarts = 1000, within = "30s" }, reset_after = "1s"'

function lanward(title: string, restart: string, held: boolean): Peer {
  return {
    title,
    available: () => true,
    start: async (_, port, command) => {
      const listen = held ? `listen = ["udp://127.0.0.1:${port}"]\n` : ''
      const service = `[[service]]\nname = "echo"\ncommand = ${JSON.stringify(command)}\n${listen}`
      return startBox({ config: service, supervisor: restart })
    },
  }
}

const PEERS: readonly Peer[] = [
  lanward(OURS, `${RESTART} }`, true),
  lanward('lanward, holding its socket, first backoff 1 ms', `${RESTART}, backoff = { first = "1ms" } }`, true),
  lanward('lanward, the program opens its socket', `${RESTART} }`, false),
  {
    title: 'a shell loop',
    available: () => true,
    start: async (_, __, command) =>
      stoppedBy('SIGKILL', spawnGroup('sh', ['-c', 'while :; do "$@"; done', 'sh', ...command])),
  },
  {
    title: 's6-supervise',
    available: () => isInstalled('s6-supervise'),
    start: async (folder, _, command) => {
      writeRun(folder, command)
      return stoppedBy('SIGTERM', spawnGroup('s6-supervise', [folder]))
    },
  },
  {
    title: 's6-supervise, the program says when it is ready',
    available: () => isInstalled('s6-supervise'),
    start: async (folder, _, command) => {
      writeRun(folder, ['env', 'NOTIFY_FD=3', ...command])
      writeFileSync(join(folder, 'notification-fd'), '3\n')
      return stoppedBy('SIGTERM', spawnGroup('s6-supervise', [folder]))
    },
  },
  {
    title: 'runit (runsv)',
    available: () => isInstalled('runsv'),
    start: async (folder, _, command) => {
      writeRun(folder, command)
      return stoppedBy('SIGTERM', spawnGroup('runsv', [folder]))
    },
  },
  {
    title: 'supervisord',
    available: () => isInstalled('supervisord'),
    start: async (folder, _, command) => {
      const file = join(folder, 'supervisord.conf')
      writeFileSync(
        file,
        `[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${folder}/pid
[program:echo]\ncommand=${command.join(' ')}\nautorestart=true\nstdout_logfile=NONE\nstderr_logfile=NONE\n`,
      )
      return stoppedBy('SIGTERM', spawnGroup('supervisord', ['--configuration', file]))
    },
  },
  {
    title: 'PM2',
    available: (folder) => {
      const words = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', 'pm2']
      return spawnSync('npm', words, { cwd: folder, timeout: NPM_MS, stdio: 'ignore' }).status === 0
    },
    start: async (folder, _, [interpreter = '', program = '', ...args]) => {
      const env = { ...process.env, PM2_HOME: join(folder, 'home') }
      const pm2 = (...words: string[]): void => {
        execFileSync(join(folder, 'node_modules/.bin/pm2'), words, { env, stdio: 'ignore', timeout: NPM_MS })
      }
      pm2('start', program, '--name', 'echo', '--interpreter', interpreter, '--', ...args)
      return { [Symbol.asyncDispose]: async () => pm2('kill') }
    },
  },
]

function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program], { env: searchPath() }).status === 0
}

/** A service folder of s6 or runit. */
function writeRun(folder: string, command: readonly string[]): void {
  writeFileSync(join(folder, 'run'), `#!/bin/sh\nexec ${command.join(' ')}\n`, { mode: 0o755 })
}

function spawnGroup(file: string, args: readonly string[]): ChildProcess {
  return spawn(file, args, { detached: true, stdio: 'ignore', env: searchPath() })
}

/** Ends a supervisor and waits for it; what it leaves behind in its group goes with it. */
function stoppedBy(signal: NodeJS.Signals, supervisor: ChildProcess): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      const gone = once(supervisor, 'exit')
      if (signal === 'SIGTERM') supervisor.kill(signal)
      else process.kill(-(supervisor.pid ?? 0), signal)
      await gone
    },
  }
}

function freePort(): number {
  using socket = openOnLoopback('udp://127.0.0.1:0')
  return socket.port
}
