import { readFileSync } from 'node:fs'
import { parseAddress } from '../../daemons/wire/address.ts'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'

/** A bound socket as `/proc/net` tells it; of TCP only listening ones. */
interface BoundSocket {
  /** As the table has it: 32-bit words in machine order, upper-case hex. */
  readonly address: string
  readonly inode: string
}

/** Inodes of the sockets that stand in the way of opening this one: of the same port, at its address or at all of them. */
export function rivalInodes(url: ListenUrl, proc = '/proc'): ReadonlySet<string> {
  return new Set(boundTo(url, proc, (address, host) => address === host || isEverywhere(address) || isEverywhere(host)))
}

/** Inodes of the sockets bound to just this address; usually one. */
export function exactInodes(url: ListenUrl, proc = '/proc'): ReadonlySet<string> {
  return new Set(boundTo(url, proc, (address, host) => address === host))
}

function boundTo(url: ListenUrl, proc: string, fits: (address: string, host: string) => boolean): readonly string[] {
  if ('path' in url) return inodesOfPath(readTable(`${proc}/net/unix`), url.path)
  if (!('port' in url)) return []
  const protocol = url.scheme === 'udp' ? 'udp' : 'tcp'
  const host = encodeHost(url.host)
  return [protocol, `${protocol}6`].flatMap((name) =>
    socketsOfPort(readTable(`${proc}/net/${name}`), url.port, protocol)
      .filter(({ address }) => fits(address, host))
      .map(({ inode }) => inode),
  )
}

/** Reads the sockets bound to `port` out of `/proc/net/udp` or `tcp`; of TCP only listening ones. */
export function socketsOfPort(table: string, port: number, protocol: 'udp' | 'tcp'): readonly BoundSocket[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const sockets: BoundSocket[] = []
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/)
    const listening = protocol === 'udp' || fields[3] === '0A'
    const [address, number] = (fields[1] ?? '').split(':')
    if (listening && number === wanted && address !== undefined && fields[9] !== undefined)
      sockets.push({ address, inode: fields[9] })
  }
  return sockets
}

/** Reads the inodes of the sockets bound to a path out of `/proc/net/unix`. */
export function inodesOfPath(table: string, path: string): readonly string[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => /^\S+: \S+ \S+ \S+ \S+ \S+ +(\d+) (.*)$/.exec(line))
    .flatMap((match) => (match?.[1] !== undefined && match[2] === path ? [match[1]] : []))
}

/** Writes an address as the tables do. */
export function encodeHost(host: string): string {
  const bytes = parseAddress(host) ?? new Uint8Array(4)
  let text = ''
  for (let word = 0; word < bytes.length; word += 4)
    text += Buffer.from(bytes.subarray(word, word + 4))
      .reverse()
      .toString('hex')
  return text.toUpperCase()
}

/** 0.0.0.0 or ::, which take the port at every address, IPv4 too. */
function isEverywhere(address: string): boolean {
  return /^0+$/.test(address)
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
