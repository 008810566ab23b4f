import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { NotifySocket } from '../../daemons/linux/notify-socket.ts'
import { unitText, unitValues } from './unit-file.ts'
import { waitFor } from './wait-for.ts'

const CHECKOUT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')

/** One message that the daemon sent to its NOTIFY_SOCKET, and who sent it. */
export interface Notification {
  readonly fields: ReadonlyMap<string, string>
  readonly senderPid: number
}

/** Where and with what the unit's commands run. */
export interface Surroundings {
  readonly folder: string
  /** The configuration in place of the one in /etc. */
  readonly config: string
  /** Sockets to hold, as `systemd-socket-activate --listen` takes them; none = the daemon opens its own. */
  readonly hold: { readonly datagram: boolean; readonly addresses: readonly string[] } | null
}

/**
 * A daemon started by the commands and environment of its unit, without systemd running: where it holds sockets,
 * `systemd-socket-activate` does, and becomes the daemon when the first traffic comes.
 */
export class LoneDaemon implements AsyncDisposable {
  readonly notifications: Notification[] = []
  readonly stateFolder: string
  readonly sectionFile: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #unit: string
  readonly #notify: NotifySocket
  readonly #child: ChildProcess
  #output = ''

  /** Starts it, and waits until its sockets are held. */
  static async start(name: string, surroundings: Surroundings): Promise<LoneDaemon> {
    const daemon = new LoneDaemon(name, surroundings)
    for (const address of surroundings.hold?.addresses ?? [])
      await waitFor(`socket ${address}`, () => daemon.output.includes(`Listening on ${address} as`) || undefined)
    return daemon
  }

  private constructor(name: string, { folder, config, hold }: Surroundings) {
    const runDir = join(folder, 'run')
    this.#unit = unitText(`lanward-${name}.service`, CHECKOUT)
      .replaceAll('/etc/lanward/lanward.toml', config)
      .replaceAll('%t', runDir)
      .replaceAll('%S', join(folder, 'lib'))
    this.stateFolder = join(folder, 'lib', this.#value('StateDirectory'))
    mkdirSync(this.stateFolder, { recursive: true })
    mkdirSync(join(runDir, this.#value('RuntimeDirectory')), { recursive: true })
    const notifyPath = join(folder, 'notify.sock')
    this.#environment = {
      ...Object.fromEntries(unitValues(this.#unit, 'Environment').flatMap((line) => line.split(' ').map(readPair))),
      STATE_DIRECTORY: this.stateFolder,
      NOTIFY_SOCKET: notifyPath,
      WATCHDOG_USEC: '300000',
    }
    this.sectionFile = this.#environment['LANWARD_SECTION'] ?? ''
    this.#notify = new NotifySocket(notifyPath, (fields, senderPid) => this.notifications.push({ fields, senderPid }))
    const [file = '', ...args] = [...holdWords(hold, this.#environment), ...this.#words(this.#value('ExecStart'))]
    this.#child = spawn(file, args, { env: { ...this.#environment }, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
      })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get output(): string {
    return this.#output
  }

  /** Waits for a message with this field and value after those `seen` before. */
  async told(field: string, value: string, seen = 0): Promise<Notification> {
    return waitFor(`${field}=${value}\n${this.#output}`, () => {
      const found = this.notifications.slice(seen).find(({ fields }) => fields.get(field) === value)
      if (found === undefined && this.#child.exitCode !== null) throw new Error(`it ended: ${this.#output}`)
      return found
    })
  }

  /** Runs the unit's reload commands in turn until one fails. */
  reload(): { readonly status: number | null; readonly stderr: string } {
    for (const command of unitValues(this.#unit, 'ExecReload')) {
      const [file = '', ...args] = this.#words(command.replace('$MAINPID', String(this.pid)))
      const { status, stderr } = spawnSync(file, args, { env: { ...this.#environment }, encoding: 'utf8' })
      if (status !== 0) return { status, stderr }
    }
    return { status: 0, stderr: '' }
  }

  /** The exit code; null after a signal. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended()
    this.#notify.close()
  }

  #value(key: string): string {
    const value = unitValues(this.#unit, key)[0]
    if (value === undefined) throw new Error(`the unit has no ${key}`)
    return value
  }

  /** Parts a command line as systemd does, as far as our units need it: single quotes, `$$`, `${NAME}`. */
  #words(line: string): string[] {
    return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) =>
      (quoted ?? plain).replaceAll(/\$\$|\$\{(\w+)\}/g, (_, name?: string) =>
        name === undefined ? '$' : (this.#environment[name] ?? ''),
      ),
    )
  }
}

function holdWords(hold: Surroundings['hold'], environment: Readonly<Record<string, string>>): string[] {
  if (hold === null) return []
  return [
    'systemd-socket-activate',
    ...(hold.datagram ? ['--datagram'] : []),
    ...hold.addresses.map((address) => `--listen=${address}`),
    ...Object.entries(environment).map(([name, value]) => `--setenv=${name}=${value}`),
  ]
}

/** `NAME=value`, of which the value may hold more of these signs. */
function readPair(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}
