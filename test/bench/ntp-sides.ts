import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DgramAsPromised } from 'dgram-as-promised'
import { type OpenedSocket, openBeside, openSocket } from '../../daemons/linux/open-socket.ts'
import { formatSocketName } from '../../daemons/runtime/held-sockets.ts'
import { formatListenUrl } from '../../daemons/wire/listen-url.ts'
import { ServerProcess } from './server-process.ts'

/** The servers that the benchmarks of NTP compare, and the load that they bear. */

export const CHRONYD = '/usr/sbin/chronyd'
const BUNDLE = new URL('../../dist/daemons/ntp/main.cjs', import.meta.url).pathname
const LOAD = new URL('ntp-load.ts', import.meta.url).pathname
const FLOOD = new URL('ntp-flood.ts', import.meta.url).pathname

/** Our daemon with a section of its own, on sockets that it opens itself, or that are held for it. */
export function startLanward(
  folder: string,
  name: string,
  listen: readonly string[],
  options: { readonly held?: readonly OpenedSocket[]; readonly namespace?: string } = {},
): ServerProcess {
  const held = options.held ?? []
  const file = join(folder, `${name}.json`)
  const settings = {
    clock: 'local',
    localStratum: 10,
    kernelStratum: 5,
    smear: false,
    instances: 1,
    rateLimit: null,
    sources: [],
  }
  writeFileSync(file, JSON.stringify({ ...settings, listen, allow: ['0.0.0.0/0'] }))
  const names = held.map(({ url }) => formatSocketName(formatListenUrl(url), false)).join(':')
  const sockets = held.length === 0 ? {} : { LISTEN_FDS: String(held.length), LISTEN_FDNAMES: names }
  const words = [...inNamespace(options.namespace), process.execPath, BUNDLE]
  return new ServerProcess(
    name,
    words[0] ?? '',
    words.slice(1),
    { ...sockets, LANWARD_SECTION: file, STATE_DIRECTORY: join(folder, `${name}.state`) },
    held.map(({ fd }) => fd),
  )
}

/** As many sockets of one address of loopback as there are to be instances. */
export function holdSockets(port: number, instances: number): readonly OpenedSocket[] {
  const first = openSocket({ scheme: 'udp', host: '127.0.0.1', device: null, port })
  return [first, ...Array.from({ length: instances - 1 }, () => openBeside(first))]
}

/** Never touches the clock (-x), knows no sources unless told, writes only into `folder`. */
export function startChronyd(
  folder: string,
  name: string,
  lines: readonly string[],
  namespace?: string,
): ServerProcess {
  const file = join(folder, `${name}.conf`)
  const own = ['cmdport 0', `bindcmdaddress ${join(folder, `${name}.sock`)}`, `pidfile ${join(folder, `${name}.pid`)}`]
  writeFileSync(file, `${[...own, ...lines].join('\n')}\n`)
  const words = [...inNamespace(namespace), CHRONYD, '-x', '-d', '-u', 'root', '-L', '2', '-f', file]
  return new ServerProcess(name, words[0] ?? '', words.slice(1), {})
}

/** Waits until a server on loopback answers its first request. */
export async function answering(port: number): Promise<void> {
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

/** What one run of the load generator measured. */
export interface Answers {
  readonly answers: number
  readonly seconds: number
}

export interface Load {
  readonly port: number
  readonly seconds: number
  readonly outstanding: number
  readonly pauseUs?: number
  readonly clients?: number
  readonly address?: string
  readonly namespace?: string
}

/** Asks a server as fast as it answers; see `ntp-load.ts`. */
export async function ask(load: Load): Promise<Answers> {
  const { port, seconds, outstanding, pauseUs = 0, clients = 1, address = '127.0.0.1' } = load
  const words = [...inNamespace(load.namespace), process.execPath, LOAD]
  const args = [port, seconds, outstanding, pauseUs, clients].map(String)
  const { stdout } = await promisify(execFile)(words[0] ?? '', [...words.slice(1), ...args, address])
  return JSON.parse(stdout)
}

/** Asks a server on loopback more than it can answer, and leaves it more than one processor; see `ntp-flood.ts`. */
export async function flood(port: number, seconds: number): Promise<Answers> {
  const { stdout } = await promisify(execFile)(process.execPath, [FLOOD, String(port), String(seconds)])
  return JSON.parse(stdout)
}

function inNamespace(namespace: string | undefined): readonly string[] {
  return namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace]
}
