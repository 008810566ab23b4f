import { formatAddress } from '../wire/address.ts'
import type { ListenUrl } from '../wire/listen-url.ts'
import { localAddress } from './open-socket.ts'
import { AF_INET, AF_INET6, AF_UNIX, sockaddrPort } from './sockaddr.ts'
import { getOption, getOptionBytes } from './socket-options.ts'

const SOCK_STREAM = 1
const SOCK_DGRAM = 2
/** Longest interface name with its NUL (IFNAMSIZ). */
const DEVICE_BYTES = 16

/**
 * Tells where a socket listens that somebody else opened, by asking the kernel.
 *
 * @returns null for what is no socket and for kinds that have no listen URL; never throws
 */
export function socketUrl(fd: number): ListenUrl | null {
  try {
    return readUrl(fd, getOption(fd, 'SO_TYPE'))
  } catch {
    return null
  }
}

function readUrl(fd: number, type: number): ListenUrl | null {
  const address = localAddress(fd)
  const family = address.readUInt16LE(0)
  if (family === AF_UNIX && type === SOCK_DGRAM) return unixUrl(address, 'unix')
  if (family === AF_UNIX && type === SOCK_STREAM) return unixUrl(address, 'unix-stream')
  if (family !== AF_INET && family !== AF_INET6) return null
  if (type !== SOCK_DGRAM && type !== SOCK_STREAM) return null
  const scheme = type === SOCK_DGRAM ? 'udp' : 'tcp'
  const host = family === AF_INET ? formatAddress(address, 4, 4) : formatAddress(address, 16, 8)
  return { scheme, host, device: deviceOf(fd), port: sockaddrPort(address) }
}

function unixUrl(address: Buffer, scheme: 'unix' | 'unix-stream'): ListenUrl | null {
  const abstract = address[2] === 0
  const name = address.toString('utf8', abstract ? 3 : 2)
  const path = name.slice(0, name.indexOf('\0'))
  return path === '' ? null : { scheme, path: abstract ? `@${path}` : path }
}

function deviceOf(fd: number): string | null {
  const name = getOptionBytes(fd, 'SO_BINDTODEVICE', DEVICE_BYTES).toString('latin1')
  const device = name.slice(0, name.indexOf('\0'))
  return device === '' ? null : device
}
