import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askSupervisor } from '../../supervisor/control/control-client.ts'
import type { ServiceReport, StatusReport } from '../../supervisor/control/control-protocol.ts'
import { HANG_MS, waitFor } from './wait-for.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const LAUNCHER = join(ROOT, 'supervisor/lanward.js')

/** A running supervisor with its daemons, in a temporary folder of its own, on ports the kernel chose. */
export interface Box extends AsyncDisposable {
  readonly folder: string
  readonly config: string
  /** What was started: the supervisor, or the program that it runs inside of. */
  readonly supervisor: ChildProcess
  /** What the supervisor printed so far. */
  output(): string
  status(): Promise<StatusReport>
  service(name: string): Promise<ServiceReport>
  /** Waits until a look at the service satisfies. */
  until(name: string, what: string, holds: (service: ServiceReport) => boolean): Promise<ServiceReport>
  /** The port of the first listener of that scheme, e.g. `port('ntp', 'udp')`. */
  port(name: string, scheme: string, host?: string): Promise<number>
  /** Runs `lanward` with this box's configuration. */
  lanward(...words: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string }
  /** Stops by SIGTERM and gives the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface BoxOptions {
  /** Without state_dir, run_dir and user, which are added. */
  readonly config: string
  /** Whom the daemons become; else they stay what the supervisor is. */
  readonly user?: string | undefined
  /** Whom the box's folder belongs to, for a supervisor that `inside` runs as somebody else. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** Extra keys of `[supervisor]`. */
  readonly supervisor?: string | undefined
  /** The `lanward.js` to run, when it is not that of the checkout. */
  readonly launcher?: string
  /** Network namespace to run in. */
  readonly namespace?: string
  /** A program that starts the supervisor, e.g. in namespaces of its own: as its child, or in its own place. */
  readonly inside?: readonly string[]
  /** Variables beside those that the tests run with. */
  readonly environment?: Readonly<Record<string, string>>
  /** Wait until every service is ready and ok; else only until the supervisor answers. */
  readonly untilReady?: boolean
}

/** Starts a box from the bundles in `dist/`, as `npm start` does. */
export async function startBox(options: BoxOptions): Promise<Box> {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-box-'))
  const config = join(folder, 'lanward.toml')
  const runDir = join(folder, 'run')
  configure(config, options)
  if (options.user !== undefined || options.owner !== undefined) chmodSync(folder, 0o755)
  if (options.owner !== undefined) chownSync(folder, options.owner.uid, options.owner.gid)
  const launcher = options.launcher ?? LAUNCHER
  const command = [process.execPath, launcher, 'up', '--config', config]
  const outer = options.namespace === undefined ? [] : ['ip', 'netns', 'exec', options.namespace]
  const words = [...outer, ...(options.inside ?? []), ...command]
  const env = { ...process.env, ...options.environment }
  const supervisor = spawn(words[0] ?? '', words.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const printed: string[] = []
  for (const stream of [supervisor.stdout, supervisor.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => printed.push(text))
  const exited = once(supervisor, 'exit')

  const status = async (): Promise<StatusReport> => {
    // The supervisor's own document, as every front end gets it.
    return (await askSupervisor(join(runDir, 'control.sock'), 'status', {}, HANG_MS)) as StatusReport
  }
  const service = async (name: string): Promise<ServiceReport> => {
    const found = (await status()).services.find((one) => one.name === name)
    if (found === undefined) throw new Error(`no service ${name}`)
    return found
  }
  const box: Box = {
    folder,
    config,
    supervisor,
    output: () => printed.join(''),
    status,
    service,
    until: (name, what, holds) =>
      waitFor(`${name}: ${what}`, async () => {
        const report = await service(name)
        return holds(report) ? report : undefined
      }),
    port: async (name, scheme, host = '127.0.0.1') => {
      const url = (await service(name)).listen.find((text) => text.startsWith(`${scheme}://${host}:`))
      if (url === undefined) throw new Error(`${name} does not listen on ${scheme}://${host}`)
      return Number(url.split(':').at(-1))
    },
    lanward: (...args) =>
      spawnSync(process.execPath, [launcher, '--config', config, ...args], { encoding: 'utf8', timeout: HANG_MS }),
    stop: async (signal = 'SIGTERM') => {
      const inner = options.inside?.includes('--fork') === true ? children(supervisor.pid ?? 0)[0] : undefined
      if (inner !== undefined) process.kill(inner, signal)
      else if (supervisor.exitCode === null && supervisor.signalCode === null) supervisor.kill(signal)
      await exited
      return supervisor.exitCode
    },
    [Symbol.asyncDispose]: async () => {
      await box.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await waitFor('an answer of the supervisor', async () => {
      if (supervisor.exitCode !== null)
        throw new Error(`the supervisor ended with ${supervisor.exitCode}: ${box.output()}`)
      const report = await status().catch(() => undefined)
      if (report === undefined || options.untilReady === false) return report
      return report.services.every(({ state, health }) => state === 'ready' && health === 'ok') ? report : undefined
    })
  } catch (error) {
    const seen = await status().catch(() => null)
    await box[Symbol.asyncDispose]()
    throw new Error(`${String(error)}\n${JSON.stringify(seen, null, 1)}\n${box.output()}`)
  }
  return box
}

/** Writes the configuration of a box; a running one follows it after `lanward reload`. */
export function configure(
  file: string,
  { config, supervisor = '', user = 'self' }: Pick<BoxOptions, 'config' | 'supervisor' | 'user'>,
): void {
  const folders = 'state_dir = "state"\nrun_dir = "run"\n'
  writeFileSync(file, `${folders}[supervisor]\nuser = "${user}"\n${supervisor}\n${config}`)
}

/** Pids of the processes below `pid`, however deep. */
export function descendants(pid: number): readonly number[] {
  return children(pid).flatMap((child) => [child, ...descendants(child)])
}

/** Pids of its children; none when it is gone. */
export function children(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return text.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** The configuration of the demo on ports that the kernel chooses. */
export const ALL_FOUR = `
[syslog]
listen = ["udp://127.0.0.1:0", "udp://[::1]:0", "tcp://127.0.0.1:0", "tcp://[::1]:0", "unix://run/log.sock"]
[ntp]
listen = ["udp://127.0.0.1:0", "udp://[::1]:0"]
[dhcp]
listen = ["udp://127.0.0.1:0"]
relay_port = "source"
[[dhcp.subnet]]
subnet = "10.77.0.0/16"
pools = ["10.77.1.0-10.77.250.255"]
[http]
listen = ["tcp://127.0.0.1:0", "tcp://[::1]:0"]
`
