import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { searchPath } from './needs.ts'
import { runIn } from './network.ts'
import { waitFor } from './wait-for.ts'

/** Packages that cannot be installed beside chrony are unpacked here; a path of one of their programs, or null. */
export function findNtpClient(program: 'openntpd' | 'ntpdate'): string | null {
  const { LANWARD_NTP_CLIENTS, XDG_CACHE_HOME } = process.env
  const unpacked = join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lanward-tests/ntp-clients')
  const roots = [LANWARD_NTP_CLIENTS, '/', unpacked].filter((root) => root !== undefined)
  const paths = roots.map((root) => join(root, 'usr/sbin', program))
  return paths.find((path) => existsSync(path)) ?? null
}

/** Asks a server by ntpdate, which only asks (-q), and gives what it said. */
export function askByNtpdate(namespace: string, server: string): string {
  return runIn(namespace, [findNtpClient('ntpdate') ?? 'ntpdate', '-q', server])
}

/** An OpenNTPD that may not touch the clock: it runs without CAP_SYS_TIME. */
export class OpenNtpd implements AsyncDisposable {
  readonly #child: ChildProcess
  #said = ''

  /** @param folder for its configuration; its users, state and empty root exist in its own mount namespace alone */
  constructor(namespace: string, folder: string, server: string) {
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const config = file('ntpd.conf', `server ${server}\n`)
    const users = ['ntpd', '_openntpd'].map(
      (name, index) => `${name}:x:${65_000 + index}:65000::/var/lib/openntpd/empty:/bin/false`,
    )
    const passwd = file('passwd', `${readFileSync('/etc/passwd', 'utf8')}${users.join('\n')}\n`)
    const script = [
      `mount --bind ${passwd} /etc/passwd`,
      'mount -t tmpfs tmpfs /var/lib',
      'mkdir -p /var/lib/openntpd/run /var/lib/openntpd/db /var/lib/openntpd/empty',
      `exec setpriv --bounding-set=-sys_time --inh-caps=-sys_time ${findNtpClient('openntpd')} -d -v -f ${config}`,
    ]
    const words = ['netns', 'exec', namespace, 'unshare', '--mount', 'sh', '-ec', script.join('\n')]
    this.#child = spawn('ip', words, { env: searchPath(), stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text
      })
  }

  get said(): string {
    return this.#said
  }

  /** Waits until it says this. */
  async says(words: RegExp): Promise<void> {
    await waitFor(
      `OpenNTPD to say ${words}`,
      () => {
        if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.#said}`)
        return words.test(this.#said) || undefined
      },
      90_000,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGTERM')
    await once(this.#child, 'exit')
  }
}
