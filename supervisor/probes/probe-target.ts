import type { ListenUrl } from '../../daemons/wire/listen-url.ts'

/** Where a held Internet socket can be reached from this machine. */
export interface ProbeTarget {
  readonly host: string
  readonly port: number
  readonly family: 4 | 6
}

/**
 * Finds the address at which to ask a socket: its own, or loopback of its family when it listens everywhere.
 *
 * @throws Error for a unix or frame socket: those are not asked over the network
 */
export function probeTarget(url: ListenUrl): ProbeTarget {
  if (!('host' in url)) throw new Error(`cannot probe a ${url.scheme} socket`)
  const family = url.host.includes(':') ? 6 : 4
  const everywhere = url.host === '0.0.0.0' || url.host === '::'
  return { host: everywhere ? (family === 4 ? '127.0.0.1' : '::1') : url.host, port: url.port, family }
}
