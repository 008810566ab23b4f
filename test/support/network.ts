import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { searchPath } from './needs.ts'
import { HANG_MS, waitFor } from './wait-for.ts'

/** Two hosts of our own, joined by a veth cable: network namespaces that nothing outside can reach. */
export interface Lan extends Disposable {
  /** Name of the server's namespace; its end of the cable is `lan0`. */
  readonly server: string
  /** Name of the client's namespace; its end of the cable is `eth0`. */
  readonly client: string
}

let made = 0

/**
 * Makes a LAN with 192.168.50.1/24 at the server's `lan0`; the client's `eth0` is up and has no address, unless given.
 *
 * @param clientAddress e.g. `192.168.50.2/24`
 */
export function makeLan(clientAddress?: string): Lan {
  const id = `${process.pid}-${made++}`
  const lan = { server: `lw-s-${id}`, client: `lw-c-${id}` }
  ip('netns', 'add', lan.server)
  ip('netns', 'add', lan.client)
  ip('-n', lan.server, 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', lan.client)
  ip('-n', lan.server, 'address', 'add', '192.168.50.1/24', 'dev', 'lan0')
  for (const [namespace, device] of [
    [lan.server, 'lo'],
    [lan.server, 'lan0'],
    [lan.client, 'lo'],
    [lan.client, 'eth0'],
  ] as const) {
    ip('-n', namespace, 'link', 'set', device, 'up')
  }
  if (clientAddress !== undefined) ip('-n', lan.client, 'address', 'add', clientAddress, 'dev', 'eth0')
  return {
    ...lan,
    [Symbol.dispose]: () => {
      ip('netns', 'delete', lan.client)
      ip('netns', 'delete', lan.server)
    },
  }
}

/** Runs `ip` and gives what it printed. */
export function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8', env: searchPath() })
}

/** Waits until a device's link-local address is its own (RFC 4862 section 5.4): before that, nothing may send from it. */
export async function settled(namespace: string, device: string): Promise<void> {
  await waitFor('a link-local address', () => {
    const shown = ip('-n', namespace, '-6', 'address', 'show', 'dev', device, 'scope', 'link')
    return shown.includes('fe80::') && !shown.includes('tentative') ? true : undefined
  })
}

/** Sets what its kernel goes by in a namespace. @param setting below /proc/sys, as `net/ipv6/conf/all/forwarding` */
export function setKernel(namespace: string, setting: string, value: number): void {
  runIn(namespace, ['sh', '-c', `echo ${value} > /proc/sys/${setting}`])
}

/** Starts a program inside a namespace. */
export function spawnIn(namespace: string, command: readonly string[], options: SpawnOptions = {}): ChildProcess {
  return spawn('ip', ['netns', 'exec', namespace, ...command], { env: searchPath(), ...options })
}

/** Ends a program and waits for that; it may have ended by itself before. */
export async function end(program: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return
  const ended = once(program, 'exit')
  program.kill(signal)
  await ended
}

/** Runs a program inside a namespace to its end and gives its standard output; throws with its words when it fails. */
export function runIn(namespace: string, command: readonly string[], timeoutMs = HANG_MS): string {
  return execFileSync('ip', ['netns', 'exec', namespace, ...command], {
    encoding: 'utf8',
    env: searchPath(),
    timeout: timeoutMs,
  })
}
