import { type ListenUrl, parseListenUrl } from '../../daemons/wire/listen-url.ts'
import type { Finding, KeyPath } from '../config-problem.ts'

/** A socket that some service wants, and where that is written. */
export interface WantedSocket {
  readonly service: string
  readonly path: KeyPath
  readonly url: string
}

/** Longest path of a unix socket that the kernel takes. */
const LONGEST_PATH = 107

/** Sockets that cannot all be opened: the same twice, one that covers another, and paths that are too long. */
export function checkSockets(wanted: readonly WantedSocket[]): Finding[] {
  const findings: Finding[] = []
  const seen: { readonly wish: WantedSocket; readonly url: ListenUrl }[] = []
  for (const wish of wanted) {
    const url = parseListenUrl(wish.url)
    if (url === null) continue
    if ('path' in url && Buffer.byteLength(url.path) > LONGEST_PATH)
      findings.push({ path: wish.path, message: `must be a path of at most ${LONGEST_PATH} bytes, not ${url.path}` })
    const other = seen.find((earlier) => collide(earlier.url, url))
    if (other === undefined) seen.push({ wish, url })
    else {
      const owner = other.wish.service === wish.service ? 'this service' : other.wish.service
      const relation = other.wish.url === wish.url ? `${wish.url} is` : `${wish.url} collides with ${other.wish.url},`
      findings.push({ path: wish.path, message: `${relation} taken by ${owner} already` })
    }
  }
  return findings
}

function collide(left: ListenUrl, right: ListenUrl): boolean {
  if ('path' in left || 'path' in right) return 'path' in left && 'path' in right && left.path === right.path
  if (!('port' in left) || !('port' in right)) return false
  const sameProtocol = (left.scheme === 'udp') === (right.scheme === 'udp')
  if (!sameProtocol || left.port !== right.port || left.port === 0 || left.device !== right.device) return false
  if (left.host.includes(':') !== right.host.includes(':')) return false
  return left.host === right.host || isWildcard(left.host) || isWildcard(right.host)
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
