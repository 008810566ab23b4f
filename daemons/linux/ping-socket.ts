import { check, declare } from './libc.ts'
import { AF_INET } from './sockaddr.ts'

const socket = declare<(domain: number, type: number, protocol: number) => number>(
  'int socket(int domain, int type, int protocol)',
)

const DATAGRAM_NONBLOCK_CLOEXEC = 0o2004002
const IPPROTO_ICMP = 1

/**
 * Opens a socket for ICMP echo without special rights: the kernel fills in identifier and checksum, and gives us the
 * answers to our own questions alone.
 *
 * @throws SystemError EACCES where `net.ipv4.ping_group_range` does not hold our group
 */
export function openPingSocket(): number {
  return check(socket(AF_INET, DATAGRAM_NONBLOCK_CLOEXEC, IPPROTO_ICMP), 'socket', 'icmp')
}
