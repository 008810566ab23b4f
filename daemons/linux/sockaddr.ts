import { formatAddress, parseAddress } from '../wire/address.ts'

/** Socket addresses in kernel form (sockaddr_in, sockaddr_in6, sockaddr_un, sockaddr_ll). */

export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = 10
export const AF_PACKET = 17

/** Room for any sockaddr that this program meets (sockaddr_un is 110 bytes). */
export const SOCKADDR_BYTES = 128

export interface Sockaddr {
  readonly bytes: Buffer
  /** Bytes that count, as `bind` and `sendto` want them. */
  readonly length: number
}

/**
 * Encodes an Internet address.
 *
 * @param address a literal IPv4 or IPv6 address without zone
 * @param scope interface index for link-local IPv6 addresses, else 0
 */
export function encodeInternetAddress(address: string, port: number, scope = 0): Sockaddr {
  const bytes = Buffer.alloc(SOCKADDR_BYTES)
  const octets = parseAddress(address)
  if (octets === null) throw new TypeError(`not an IP address: ${address}`)
  const family = octets.length === 4 ? AF_INET : AF_INET6
  bytes.writeUInt16LE(family, 0)
  bytes.writeUInt16BE(port, 2)
  bytes.set(octets, family === AF_INET ? 4 : 8)
  if (family === AF_INET6) bytes.writeUInt32LE(scope, 24)
  return { bytes, length: family === AF_INET ? 16 : 28 }
}

/** Encodes a unix socket path of at most 107 bytes; a leading `@` means the abstract name space. */
export function encodeUnixAddress(path: string): Sockaddr {
  const name = Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : path)
  if (name.length > 107) throw new TypeError(`unix socket path longer than 107 bytes: ${path}`)
  const bytes = Buffer.alloc(SOCKADDR_BYTES)
  bytes.writeUInt16LE(AF_UNIX, 0)
  name.copy(bytes, 2)
  return { bytes, length: 2 + name.length + (path.startsWith('@') ? 0 : 1) }
}

/** Encodes the link-layer address of an outgoing frame: only the interface counts, the frame carries the rest. */
export function encodeLinkAddress(interfaceIndex: number, destination: Uint8Array): Sockaddr {
  const bytes = Buffer.alloc(SOCKADDR_BYTES)
  bytes.writeUInt16LE(AF_PACKET, 0)
  bytes.writeInt32LE(interfaceIndex, 4)
  bytes.writeUInt8(6, 11)
  bytes.set(destination.subarray(0, 6), 12)
  return { bytes, length: 20 }
}

/** Reads the port of an Internet address, 0 for any other family. */
export function sockaddrPort(bytes: Buffer, offset = 0): number {
  const family = bytes.readUInt16LE(offset)
  return family === AF_INET || family === AF_INET6 ? bytes.readUInt16BE(offset + 2) : 0
}

/** Writes `ip:port`, `[ip6]:port` or `unix`. */
export function formatSockaddr(bytes: Buffer, offset = 0): string {
  const family = bytes.readUInt16LE(offset)
  if (family === AF_INET) return `${formatAddress(bytes, 4, offset + 4)}:${sockaddrPort(bytes, offset)}`
  if (family !== AF_INET6) return 'unix'
  const text = formatAddress(bytes, 16, offset + 8)
  return `${text.includes(':') ? `[${text}]` : text}:${sockaddrPort(bytes, offset)}`
}
