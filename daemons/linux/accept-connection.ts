import { check, declare, EAGAIN, EINTR, lastErrno } from './libc.ts'
import { formatSockaddr, SOCKADDR_BYTES } from './sockaddr.ts'

const accept4 = declare<(fd: number, address: Uint8Array, length: Uint8Array, flags: number) => number>(
  'int accept4(int fd, void *address, void *length, int flags)',
)

const NONBLOCK_CLOEXEC = 0o2004000
/** ECONNABORTED, and the errors of the network that accept(2) passes on: all are those of one connection, the next may be well. */
const ITS_OWN = new Set([EINTR, 64, 71, 92, 100, 101, 103, 112, 113])

export interface AcceptedConnection {
  /** The caller's to close; non-blocking. */
  readonly fd: number
  /** The other end: `ip:port`, `[ip6]:port` or `unix`. */
  readonly peer: string
}

/**
 * Takes the next connection that waits in a non-blocking listening socket.
 *
 * @returns null when none waits
 * @throws SystemError when this process or the machine has no room for one (EMFILE, ENFILE, ENOBUFS, ENOMEM): it still waits
 */
export function acceptConnection(listener: number): AcceptedConnection | null {
  const address = Buffer.alloc(SOCKADDR_BYTES)
  const length = Buffer.alloc(4)
  for (;;) {
    length.writeUInt32LE(address.length)
    const fd = accept4(listener, address, length, NONBLOCK_CLOEXEC)
    if (fd >= 0) return { fd, peer: formatSockaddr(address) }
    const errno = lastErrno()
    if (errno === EAGAIN) return null
    if (!ITS_OWN.has(errno)) check(fd, 'accept4')
  }
}
