import { setOptionBytes } from './socket-options.ts'
import { SystemError } from './system-error.ts'

/**
 * Has an IPv6 socket hear a multicast group on an interface. Joining what was joined before, by whoever held the socket, is
 * no fault. The socket stays a member until it is closed by all who hold it.
 *
 * @param group 16 octets
 * @throws SystemError when the kernel refuses
 */
export function joinGroup(fd: number, group: Uint8Array, interfaceIndex: number): void {
  // struct ipv6_mreq: the group, then the index.
  const request = Buffer.alloc(20)
  request.set(group)
  request.writeInt32LE(interfaceIndex, 16)
  try {
    setOptionBytes(fd, 'IPV6_ADD_MEMBERSHIP', request)
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EADDRINUSE') throw error
  }
}
