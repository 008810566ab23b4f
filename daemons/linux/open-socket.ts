import { lstatSync, unlinkSync } from 'node:fs'
import type { ListenUrl } from '../wire/listen-url.ts'
import { interfaceIndex } from './interfaces.ts'
import { check, declare, lastErrno, systemError } from './libc.ts'
import { prepareRouterSocket } from './router-socket.ts'
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  AF_UNIX,
  encodeInternetAddress,
  encodeUnixAddress,
  SOCKADDR_BYTES,
  type Sockaddr,
  sockaddrPort,
} from './sockaddr.ts'
import { growReceiveBuffer, setOption, setOptionBytes } from './socket-options.ts'
import { SystemError } from './system-error.ts'

const socket = declare<(domain: number, type: number, protocol: number) => number>(
  'int socket(int domain, int type, int protocol)',
)
const bind = declare<(fd: number, address: Uint8Array, length: number) => number>(
  'int bind(int fd, void *address, uint32_t length)',
)
const connect = declare<(fd: number, address: Uint8Array, length: number) => number>(
  'int connect(int fd, void *address, uint32_t length)',
)
const listen = declare<(fd: number, backlog: number) => number>('int listen(int fd, int backlog)')
const close = declare<(fd: number) => number>('int close(int fd)')
const chmod = declare<(path: string, mode: number) => number>('int chmod(const char *path, uint32_t mode)')
const getsockname = declare<(fd: number, address: Uint8Array, length: Uint8Array) => number>(
  'int getsockname(int fd, void *address, void *length)',
)

const SOCK_STREAM = 1
const SOCK_DGRAM = 2
const SOCK_RAW = 3
const IPPROTO_ICMPV6 = 58
const NONBLOCK_CLOEXEC = 0o2004000
const ENODEV = 19
/** "Don't fragment" on each, whatever is said of the path's MTU: linux/in.h. */
const IP_PMTUDISC_PROBE = 3
const EPROTOTYPE = 91
const ECONNREFUSED = 111
const BACKLOG = 1024

export interface OpenedSocket {
  readonly fd: number
  /** As asked for; a port of 0 is replaced by the one the kernel chose. */
  readonly url: ListenUrl
  /** What the kernel granted; null for sockets whose buffer we leave alone. */
  readonly receiveBufferBytes: number | null
}

/**
 * Opens, binds and (TCP, unix stream) listens on a socket that nobody reads yet; never given to Node's own `dgram`, which would start to read.
 * UDP and unix datagram sockets tell the receive time, the destination and the kernel's drops with each datagram.
 *
 * @throws SystemError with the code of the refused call: EADDRINUSE, EACCES, ENODEV (no such interface), …
 */
export function openSocket(url: ListenUrl, options: { readonly receiveBufferBytes?: number } = {}): OpenedSocket {
  switch (url.scheme) {
    case 'udp':
      return openUdp(url, options, null)
    case 'tcp':
    case 'tls':
      return opened(familyOf(url.host), SOCK_STREAM, (fd) => {
        prepareInternet(fd, url)
        setOption(fd, 'SO_REUSEADDR', 1)
        bindTo(fd, hostAddress(url), url.host)
        check(listen(fd, BACKLOG), 'listen')
        return { fd, url: { ...url, port: localPort(fd) }, receiveBufferBytes: null }
      })
    case 'unix':
      return opened(AF_UNIX, SOCK_DGRAM, (fd) => {
        prepareDatagramSocket(fd)
        bindToPath(fd, url.path, 0o666)
        return { fd, url, receiveBufferBytes: null }
      })
    case 'unix-stream':
      return { fd: openUnixListener(url.path, 0o666), url, receiveBufferBytes: null }
    case 'packet':
      return opened(AF_PACKET, SOCK_RAW, (fd) => {
        if (interfaceIndex(url.device) === 0) throw systemError(ENODEV, 'socket', url.device)
        return { fd, url, receiveBufferBytes: null }
      })
    case 'icmp6':
      return opened(
        AF_INET6,
        SOCK_RAW,
        (fd) => {
          const index = interfaceIndex(url.device)
          if (index === 0) throw systemError(ENODEV, 'socket', url.device)
          prepareDatagramSocket(fd)
          prepareRouterSocket(fd, url.device, index)
          return { fd, url, receiveBufferBytes: null }
        },
        IPPROTO_ICMPV6,
      )
  }
}

/**
 * Opens another UDP socket at the address of one that is open: the kernel gives each datagram to one of them, those of the same
 * sender always to the same (SO_REUSEPORT). Both must be of the same user.
 */
export function openBeside(first: OpenedSocket, options: { readonly receiveBufferBytes?: number } = {}): OpenedSocket {
  if (first.url.scheme !== 'udp') throw new TypeError(`only UDP sockets can share an address, not ${first.url.scheme}`)
  // Only now, so that whoever came first with the same option was found to be in the way, and does not share with us.
  setOption(first.fd, 'SO_REUSEPORT', 1)
  return openUdp(first.url, options, 'SO_REUSEPORT')
}

/**
 * Opens a UDP socket where others of ours at its port stand in the way: to Linux one that is bound to an interface conflicts
 * with one that is not. Each datagram comes to the one that says most about it; a whole address goes before an interface.
 *
 * @param others ours at the same port; they share with nobody else afterwards
 * @throws as `openSocket`
 */
export function openAmid(
  others: readonly Pick<OpenedSocket, 'fd'>[],
  url: ListenUrl,
  options: { readonly receiveBufferBytes?: number } = {},
): OpenedSocket {
  try {
    return openSocket(url, options)
  } catch (error) {
    const inUse = error instanceof SystemError && error.code === 'EADDRINUSE'
    if (!inUse || url.scheme !== 'udp' || others.length === 0) throw error
  }
  const share = (fd: number, value: 0 | 1): void => setOption(fd, 'SO_REUSEADDR', value)
  for (const { fd } of others) share(fd, 1)
  try {
    const one = openUdp(url, options, 'SO_REUSEADDR')
    share(one.fd, 0)
    return one
  } finally {
    for (const { fd } of others) share(fd, 0)
  }
}

/**
 * Has a datagram socket tell the receive time alone: for who asks neither where a datagram was sent to nor, by it, what was
 * dropped. Each control message that the kernel does not write saves 2 to 3 % of a reader's work.
 */
export function prepareStampedSocket(fd: number): void {
  setOption(fd, 'SO_TIMESTAMPNS', 1)
  setOption(fd, 'SO_RXQ_OVFL', 0)
  const family = localAddress(fd).readUInt16LE(0)
  if (family === AF_INET) setOption(fd, 'IP_PKTINFO', 0)
  if (family === AF_INET6) setOption(fd, 'IPV6_RECVPKTINFO', 0)
}

/**
 * Makes a datagram socket tell receive time (SO_TIMESTAMPNS), drops (SO_RXQ_OVFL) and, for Internet sockets, the
 * address and interface each datagram came to. Safe to repeat, so that sockets opened by somebody else work as well.
 */
export function prepareDatagramSocket(fd: number): void {
  setOption(fd, 'SO_TIMESTAMPNS', 1)
  setOption(fd, 'SO_RXQ_OVFL', 1)
  const family = localAddress(fd).readUInt16LE(0)
  if (family === AF_INET) setOption(fd, 'IP_PKTINFO', 1)
  if (family === AF_INET6) setOption(fd, 'IPV6_RECVPKTINFO', 1)
}

/**
 * Sends what leaves by an IPv4 socket in one piece or not at all: for datagrams that fit everywhere. Without fragments the kernel needs no
 * identification for each, which is a fifteenth of the work of a small reply.
 *
 * @rfc 6864 section 4.1: atomic datagrams
 * @attack a forged "fragmentation needed" makes nobody cut our replies into pieces, into which others can be slipped
 */
export function sendWhole(fd: number): void {
  if (localAddress(fd).readUInt16LE(0) === AF_INET) setOption(fd, 'IP_MTU_DISCOVER', IP_PMTUDISC_PROBE)
}

/** Opens a unix datagram socket at `path` with the given mode, replacing a stale file; the sender's pid comes with each datagram. */
export function openCredentialSocket(path: string, mode: number): number {
  return opened(AF_UNIX, SOCK_DGRAM, (fd) => {
    setOption(fd, 'SO_PASSCRED', 1)
    bindToPath(fd, path, mode)
    return { fd }
  }).fd
}

/** Opens a listening unix stream socket at `path` with the given mode, replacing a stale one. */
export function openUnixListener(path: string, mode: number): number {
  return opened(AF_UNIX, SOCK_STREAM, (fd) => {
    bindToPath(fd, path, mode)
    check(listen(fd, BACKLOG), 'listen')
    return { fd }
  }).fd
}

/** Whether a path is that of a socket whose owner is gone; one that somebody reads, or a file, is never in our way. */
function isStaleSocket(path: string): boolean {
  if (path.startsWith('@') || lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return false
  return [SOCK_DGRAM, SOCK_STREAM].every((type) => {
    const address = encodeUnixAddress(path)
    const probe = check(socket(AF_UNIX, type | NONBLOCK_CLOEXEC, 0), 'socket')
    try {
      return connect(probe, address.bytes, address.length) < 0 && STALE.has(lastErrno())
    } finally {
      close(probe)
    }
  })
}

/** Nobody reads it; or it is of the other type, which that one's turn tells. */
const STALE: ReadonlySet<number> = new Set([ECONNREFUSED, EPROTOTYPE])

/** Opens an unbound datagram socket of the given family, for sending only. */
export function openUnbound(family: number): number {
  return check(socket(family, SOCK_DGRAM | NONBLOCK_CLOEXEC, 0), 'socket')
}

/** Closes a descriptor; whoever else holds the same socket keeps it. */
export function closeFd(fd: number): void {
  close(fd)
}

/** The address a socket is bound to, as a raw sockaddr. */
export function localAddress(fd: number): Buffer {
  const bytes = Buffer.alloc(SOCKADDR_BYTES)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(SOCKADDR_BYTES)
  check(getsockname(fd, bytes, length), 'getsockname')
  return bytes
}

/** The port a socket is bound to. */
export function localPort(fd: number): number {
  return sockaddrPort(localAddress(fd))
}

function familyOf(host: string): number {
  return host.includes(':') ? AF_INET6 : AF_INET
}

/** Runs the preparation and leaves no descriptor behind when it fails. */
function opened<T>(domain: number, type: number, prepare: (fd: number) => T, protocol = 0): T {
  const fd = check(socket(domain, type | NONBLOCK_CLOEXEC, protocol), 'socket')
  try {
    return prepare(fd)
  } catch (error) {
    close(fd)
    throw error
  }
}

function openUdp(
  url: Extract<ListenUrl, { readonly port: number }>,
  options: { readonly receiveBufferBytes?: number },
  shared: 'SO_REUSEPORT' | 'SO_REUSEADDR' | null,
): OpenedSocket {
  return opened(familyOf(url.host), SOCK_DGRAM, (fd) => {
    prepareInternet(fd, url)
    prepareDatagramSocket(fd)
    if (shared !== null) setOption(fd, shared, 1)
    const receiveBufferBytes =
      options.receiveBufferBytes === undefined ? null : growReceiveBuffer(fd, options.receiveBufferBytes)
    bindTo(fd, hostAddress(url), url.host)
    return { fd, url: { ...url, port: localPort(fd) }, receiveBufferBytes }
  })
}

function prepareInternet(fd: number, url: { readonly host: string; readonly device: string | null }): void {
  // IPv4 has a socket of its own: a dual-stack one would take its port.
  if (url.host.includes(':')) setOption(fd, 'IPV6_V6ONLY', 1)
  if (url.device === null || isLinkLocal(url.host)) return
  setOptionBytes(fd, 'SO_BINDTODEVICE', Buffer.from(`${url.device}\0`))
  setOption(fd, 'SO_BROADCAST', 1)
}

function isLinkLocal(host: string): boolean {
  return /^fe[89ab]/i.test(host)
}

function hostAddress(url: { readonly host: string; readonly port: number; readonly device: string | null }): Sockaddr {
  return encodeInternetAddress(url.host, url.port, url.device === null ? 0 : interfaceIndex(url.device))
}

function bindTo(fd: number, address: Sockaddr, subject: string): void {
  check(bind(fd, address.bytes, address.length), 'bind', subject)
}

function bindToPath(fd: number, path: string, mode: number): void {
  if (isStaleSocket(path)) unlinkSync(path)
  bindTo(fd, encodeUnixAddress(path), path)
  if (!path.startsWith('@')) check(chmod(path, mode), 'chmod', path)
}
