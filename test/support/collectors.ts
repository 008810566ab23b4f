import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from './wait-for.ts'

type PeerCommand = (folder: string, config: string) => readonly [string, readonly string[], NodeJS.ProcessEnv]

/** A collector of others, rsyslogd or syslog-ng, with a folder of its own. */
export class PeerCollector implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'lanward-peer-'))
  #child: ChildProcess | null = null
  #said = ''
  readonly #command: PeerCommand

  private constructor(command: PeerCommand) {
    this.#command = command
  }

  /** rsyslogd, not yet started. */
  static rsyslogd(): PeerCollector {
    return new PeerCollector((folder, config) => [
      '/usr/sbin/rsyslogd',
      ['-n', '-f', config, '-i', join(folder, 'pid')],
      process.env,
    ])
  }

  /** syslog-ng, installed or unpacked; not yet started. */
  static syslogNg(): PeerCollector {
    return new PeerCollector(syslogNgCommand)
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Path of a file in its folder. */
  path(file: string): string {
    return join(this.folder, file)
  }

  /** Starts it with this configuration, and waits until these TCP ports of loopback are open. */
  async start(config: string, ...ports: number[]): Promise<void> {
    const file = this.path('peer.conf')
    writeFileSync(file, config)
    const [program, words, env] = this.#command(this.folder, file)
    const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text
      })
    this.#child = child
    try {
      for (const port of ports) await waitFor(`port ${port} of ${program}`, () => isOpen(port))
    } catch (error) {
      throw new Error(`${String(error)}: ${this.#said}`)
    }
  }

  /** Whole lines of a file that it writes, each read as JSON; none while there is no file. */
  lines(file: string): unknown[] {
    if (!existsSync(this.path(file))) return []
    const text = readFileSync(this.path(file), 'utf8')
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line))
  }

  /** Waits for its end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** How syslog-ng is started, with a configuration and a folder for what it keeps. */
export function syslogNgCommand(folder: string, config: string): ReturnType<PeerCommand> {
  const root = findSyslogNg() ?? ''
  const library = join(root, 'usr/lib')
  const libraries = [join(library, 'syslog-ng'), ...globSync(join(library, '*-linux-gnu')), library]
  const modules = globSync(join(library, 'syslog-ng/[0-9]*'))
  return [
    join(root, 'usr/sbin/syslog-ng'),
    [
      ...['--foreground', '--no-caps', '--stderr', '-f', config, `--module-path=${modules.join(':')}`],
      ...['-R', join(folder, 'persist'), '-c', join(folder, 'ctl'), '-p', join(folder, 'pid')],
    ],
    root === '/' ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries.join(':') },
  ]
}

/** What `usr/sbin/syslog-ng` lies below: the system, or a folder into which its packages were unpacked; null = nowhere. */
export function findSyslogNg(): string | null {
  const { LANWARD_SYSLOG_NG, XDG_CACHE_HOME } = process.env
  const unpacked = join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lanward-tests/syslog-ng')
  const roots = [LANWARD_SYSLOG_NG, '/', unpacked].filter((root) => root !== undefined)
  return roots.find((root) => existsSync(join(root, 'usr/sbin/syslog-ng'))) ?? null
}

/** Whether rsyslogd is there with the driver that speaks TLS by OpenSSL. */
export function hasRsyslogTls(): boolean {
  return existsSync('/usr/sbin/rsyslogd') && globSync('/usr/lib/*-linux-gnu/rsyslog/lmnsd_ossl.so').length > 0
}

async function isOpen(port: number): Promise<true | undefined> {
  const peer = connect({ port, host: '127.0.0.1' })
  try {
    await once(peer, 'connect')
    return true
  } catch {
    return undefined
  } finally {
    peer.destroy()
  }
}
